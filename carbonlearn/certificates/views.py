"""One's own certificates: the card, the page to show at a gate, the printed sheet, the signed credential."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response

from carbonlearn.certificates import queries, services
from carbonlearn.certificates.models import Certificate
from carbonlearn.certificates.rules.status import CertificateStatus
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.pdf import render_pdf
from carbonlearn.infra.qr import qr_svg
from carbonlearn.web import messages
from carbonlearn.web.context import settings
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import requires
from carbonlearn.web.openapi import operation

bp = Blueprint("certificates", __name__)

messages.register(
    {
        "CERTIFICATE_NOT_FOUND": _l("没有找到这张证书，或者它不属于您。"),
        "CERTIFICATE_STATUS": _l("这张证书现在的状态不允许这样改：已撤销或被替代的不能再改。"),
        "CERTIFICATE_UNDRAWABLE": _l("姓名里有字体印不出的字：%(characters)s。请改用通用字形后再签发。"),
        "RELEASED_PASS_NOT_FOUND": _l("没有已发布的合格成绩，不能签发证书。"),
        "REVOCATION_CATEGORY": _l("请选择一个原因类别。"),
        "REVOCATION_REASON": _l("请写明撤销的理由，至少 4 个字。"),
    }
)

ANSWER = {
    "type": "object",
    "required": ["certificates"],
    "properties": {
        "certificates": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "number", "code", "status", "issued_at", "verify_url", "credential"],
                "properties": {
                    "id": {"type": "string"},
                    "number": {"type": "string"},
                    "code": {"type": "string"},
                    "status": {"type": "string"},
                    "issued_at": {"type": "string", "format": "date-time"},
                    "verify_url": {"type": "string"},
                    "credential": {"type": "string"},
                    "demonstration": {"type": "boolean"},
                },
            },
        }
    },
}


@bp.get("/certificates")
@requires(Permission.CERTIFICATE_OWN)
@operation("myCertificates", "One's own certificates, newest first", answer=ANSWER)
def mine() -> Response | str:
    own = queries.own_certificates(g.actor)
    statuses = queries.statuses([certificate.id for certificate in own], g.now)
    if wants_json():
        return jsonify(certificates=[_as_json(found, statuses[found.id]) for found in own])
    asked = (request.args.get("certificate"), request.args.get("enrolment"))
    named = (
        found for found in own if found.id == asked[0] or (not asked[0] and found.enrolment_id == asked[1])
    )
    return render_template(
        "certificates/mine.html",
        certificates=own,
        statuses=statuses,
        chosen=next(named, own[0] if own else None),
        words={found.id: queries.wording_of_certificate(found) for found in own},
        qr=_qr,
        address_of=services.address_of,
    )


@bp.get("/certificates/<certificate_id>")
@requires(Permission.CERTIFICATE_OWN)
def show(certificate_id: str) -> str:
    certificate = queries.own_certificate(certificate_id, g.actor)
    return render_template(
        "certificates/show.html",
        certificate=certificate,
        status=queries.statuses([certificate.id], g.now)[certificate.id],
        words=queries.wording_of_certificate(certificate),
        qr=_qr,
        host=settings().host,
        theme="light",
    )


@bp.get("/certificates/<certificate_id>/standing")
@requires(Permission.CERTIFICATE_OWN)
def standing(certificate_id: str) -> str:
    """Why a certificate is no longer valid, by category, and what its holder can do."""
    certificate = queries.own_certificate(certificate_id, g.actor)
    return render_template(
        "certificates/standing.html",
        certificate=certificate,
        status=queries.statuses([certificate.id], g.now)[certificate.id],
        words=queries.wording_of_certificate(certificate),
        address=services.address_of(certificate),
    )


@bp.app_template_global()
def certificate_of_result(result_id: str) -> tuple[Certificate, CertificateStatus] | None:
    """The certificate of a result and how it stands. The page of a result is drawn by an earlier step, which knows of none."""
    found = queries.certificate_of_result(result_id)
    return (found, queries.statuses([found.id], g.now)[found.id]) if found else None


@bp.get("/certificates/<certificate_id>/certificate.pdf")
@requires(Permission.CERTIFICATE_OWN)
def sheet(certificate_id: str) -> Response:
    certificate = queries.own_certificate(certificate_id, g.actor)
    pdf = render_pdf("certificate", services.sheet_of(certificate), made_at=certificate.issued_at)
    return _download(pdf, "application/pdf", f"{certificate.number}.pdf")


@bp.get("/certificates/<certificate_id>/certificate.jwt")
@requires(Permission.CERTIFICATE_OWN)
def credential(certificate_id: str) -> Response:
    certificate = queries.own_certificate(certificate_id, g.actor)
    return _download(certificate.credential.encode(), "application/vc+jwt", f"{certificate.number}.jwt")


def _download(content: bytes, media_type: str, name: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _qr(certificate: Certificate) -> Markup:
    """The code as an inline image; its text comes from us alone and is escaped by ``qr_svg``."""
    return Markup(qr_svg(services.qr_text(services.address_of(certificate)), label="QR"))  # noqa: S704


def _as_json(certificate: Certificate, status: CertificateStatus) -> dict[str, Any]:
    return {
        "id": certificate.id,
        "number": certificate.number,
        "code": certificate.code,
        "status": status.state,
        "issued_at": certificate.issued_at.isoformat(),
        "verify_url": services.address_of(certificate),
        "credential": certificate.credential,
        "demonstration": certificate.demonstration,
    }
