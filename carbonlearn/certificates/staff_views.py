"""The desk's certificates: how many stand how, which cannot be issued, one with its history, and its revocation."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from carbonlearn.certificates import queries, services
from carbonlearn.certificates.forms import CATEGORY_WORDS, RevocationForm
from carbonlearn.certificates.rules.status import State
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.glyphs import missing_glyphs
from carbonlearn.web import htmx
from carbonlearn.web.guard import requires
from carbonlearn.web.paging import PAGE_SIZE, page_of

bp = Blueprint("desk_certificates", __name__)


@bp.get("/desk/certificates")
@requires(Permission.CERTIFICATE_READ)
def index() -> str:
    text, status = request.args.get("q", "").strip(), request.args.get("status", "")
    after = request.args.get("after", "")
    rows = queries.desk_rows(g.actor, g.now, text=text, status=status, after=after, limit=PAGE_SIZE)
    due = [] if after else queries.due_within(g.actor)
    return render_template(
        "certificates/staff/index.html",
        page=page_of(rows, queries.row_key, PAGE_SIZE),
        counts=queries.status_counts(g.actor),
        blocked=[(row, [f"U+{ord(one):04X}" for one in missing_glyphs(row.holder_name)]) for row in due],
        text=text,
        status=status,
        after=after,
        categories=CATEGORY_WORDS,
    )


@bp.get("/desk/certificates/<certificate_id>")
@requires(Permission.CERTIFICATE_READ)
def detail(certificate_id: str) -> str:
    return _detail(certificate_id, RevocationForm())


def _detail(certificate_id: str, form: RevocationForm) -> str:
    certificate = queries.desk_certificate(certificate_id, g.actor)
    status = queries.statuses([certificate_id], g.now)[certificate_id]
    return render_template(
        "certificates/staff/detail.html",
        certificate=certificate,
        status=status,
        words=queries.wording_of_certificate(certificate),
        address=services.address_of(certificate),
        history=queries.history(certificate_id),
        views=queries.times_verified(certificate_id),
        may_revoke=status.state in (State.VALID, State.SUSPENDED)
        and g.actor.may_in(Permission.CERTIFICATE_REVOKE, certificate.base_id),
        form=form,
        categories=CATEGORY_WORDS,
    )


@bp.post("/desk/certificates/<certificate_id>/revocation")
@requires(Permission.CERTIFICATE_REVOKE, step_up=True)
def revoke(certificate_id: str) -> Response | tuple[str, int]:
    form = RevocationForm()
    if not form.validate_on_submit():
        return _detail(certificate_id, form), 422
    with unit_of_work():
        revoked = services.revoke(
            certificate_id, form.category.data or "", form.detail.data or "", actor=g.actor, now=g.now
        )
        number = revoked.number
    flash(_("证书 %(number)s 已撤销，查验页已经显示。", number=number), "ok")
    return htmx.go(url_for("desk_certificates.detail", certificate_id=certificate_id))
