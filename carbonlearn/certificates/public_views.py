"""Is it real, today? The public page of a certificate, the look-up by number and name, the published keys. No sign-in, no cookie."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from flask import Blueprint, g, jsonify, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from carbonlearn.certificates import queries, services
from carbonlearn.certificates.presentation import ANSWER, as_json
from carbonlearn.certificates.rules.payload import same_name, signed_salt
from carbonlearn.certificates.rules.verify import Verdict
from carbonlearn.certificates.services import Examined
from carbonlearn.certificates.tally import answers, tally
from carbonlearn.core.errors import Invalid, NotFound
from carbonlearn.core.identity import mask_name
from carbonlearn.core.ids import read_certificate_code, read_certificate_number
from carbonlearn.infra import vault
from carbonlearn.infra.db import unit_of_work
from carbonlearn.web import limits, messages
from carbonlearn.web.context import settings
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import public
from carbonlearn.web.i18n import language
from carbonlearn.web.limits import Limit
from carbonlearn.web.openapi import operation
from carbonlearn.web.origin import refuse_other_sites
from carbonlearn.web.payload import json_body
from carbonlearn.web.security import csrf

log = logging.getLogger("carbonlearn.certificates")
bp = Blueprint("verification", __name__)

messages.register(
    {
        "CERTIFICATE_UNKNOWN": _l("没有查到这张证书。请核对编号和姓名；两项都对上才会显示结果。"),
        "CROSS_SITE": _l("这个请求来自别的网站，没有处理。请在本页面上填写。"),
    }
)

NAME_MAX = 80
"""Of this many letters; longer ones are cut, since nobody has them."""

GUESSES = (
    Limit("verify", 30, timedelta(minutes=1)),
    Limit("verify", 300, timedelta(days=1)),
)
"""Of one address: codes that are unknown, names, numbers. Who has the code of a certificate is never counted, and never refused."""

NAMES = Limit("name", 60, timedelta(hours=1))
"""Tried at one certificate, from wherever."""

NUMBER_BODY = {
    "type": "object",
    "required": ["number", "name"],
    "properties": {
        "number": {"type": "string", "description": "as printed, with or without hyphens"},
        "name": {"type": "string", "description": "the holder's full name"},
    },
}
NAME_BODY = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


@bp.get("/v")
@public
def lookup() -> Response:
    return _lookup_page({}, False)


@bp.post("/v")
@csrf.exempt
@public
@operation(
    "verifyByNumber",
    "Check a certificate by its number and the holder's full name",
    body=NUMBER_BODY,
    form=True,
    answer=ANSWER,
    errors=("CERTIFICATE_UNKNOWN", "CROSS_SITE", "TOO_MANY_REQUESTS"),
)
def lookup_by_number() -> Response:
    refuse_other_sites()
    _count_guess()
    typed = {"number": _typed("number"), "name": _typed("name")}
    found = _by_number(typed["number"], typed["name"])
    if found is None:
        if wants_json():
            raise NotFound("CERTIFICATE_UNKNOWN")
        return _lookup_page(typed, True)
    return _compared(found, typed["name"])


@bp.get("/v/<code>")
@public
@operation(
    "verifyCertificate",
    "Check a certificate by the code in its QR code",
    answer=ANSWER,
    errors=("CERTIFICATE_UNKNOWN", "TOO_MANY_REQUESTS"),
)
def certificate(code: str) -> Response:
    return _look(code)


@bp.get("/V/<code>")
@public
def scanned(code: str) -> Response:
    """The address as QR codes write it, in capitals."""
    return _look(code)


def _code_meant(typed: str) -> str:
    """The code in the one way it is stored: other spellings of it are the same guesses."""
    return read_certificate_code(typed) or typed.upper()


def _count_guess(*more: tuple[Limit, str]) -> None:
    limits.count(*((limit, limits.address()) for limit in GUESSES), *more)


@bp.post("/v/<code>")
@csrf.exempt
@public
@operation(
    "compareHolderName",
    "Compare a full name with the holder's",
    body=NAME_BODY,
    form=True,
    answer=ANSWER,
    errors=("CERTIFICATE_UNKNOWN", "CROSS_SITE", "TOO_MANY_REQUESTS"),
)
def compare_name(code: str) -> Response:
    refuse_other_sites()
    _count_guess((NAMES, _code_meant(code)))
    found = _by_code(code)
    return _compared(found, _typed("name")) if found else _unknown()


@bp.get("/.well-known/did.json")
@public
@operation("publicKeys", "The keys that certificates are checked with, as a did:web document")
def public_keys() -> Response:
    response = jsonify(vault.keys().did_document(settings().base_url))
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _typed(field: str) -> str:
    body: Any = (json_body() if request.is_json else request.form) or {}
    value = body.get(field, "") if hasattr(body, "get") else ""
    return value.strip()[:NAME_MAX] if isinstance(value, str) else ""


def _by_code(typed: str) -> Examined | None:
    code = read_certificate_code(typed)
    record = queries.public_record(code) if code else None
    return services.examine(record, g.now) if record else None


def _by_number(number: str, name: str) -> Examined | None:
    """The certificate of the number if the name is its holder's. One answer for every miss: nobody learns which of the two was wrong."""
    try:
        record = queries.public_record_by_number(str(read_certificate_number(number)))
    except Invalid:
        return None
    return services.examine(record, g.now) if record and same_name(name, record.holder_name) else None


def _lookup_page(typed: dict[str, str], missed: bool) -> Response:
    page = render_template(
        "certificates/public/lookup.html", typed=typed, missed=missed, switch=_switch(url_for(".lookup"))
    )
    return _publish(make_response(page, 404 if missed else 200))


def _look(typed: str) -> Response:
    """Page or JSON for a code: from memory while nothing that it rests on has changed, within the minute that it names."""
    code = read_certificate_code(typed)
    content = queries.public_content(code) if code else None
    if content is None:
        _count_guess()
        return _unknown()
    as_page = not wants_json()
    if as_page and _is_visit():
        _count(content[0])
    key = (content, g.now.replace(second=0, microsecond=0), language(), as_page)
    answer = answers.get_or_make(key, lambda: _made(typed, as_page))
    if request.if_none_match.contains_weak(answer.etag):
        return _publish(make_response("", 304), answer.etag)
    return _publish(answer.body.response(answer.media_type), answer.etag)


def _made(typed: str, as_page: bool) -> tuple[str, str]:
    found = _by_code(typed)
    if found is None:
        raise NotFound("CERTIFICATE_UNKNOWN")
    if as_page:
        return _page(found, None), "text/html; charset=utf-8"
    return jsonify(as_json(found, g.now)).get_data(as_text=True), "application/json"


def _compared(found: Examined, name: str) -> Response:
    """The same with the typed name compared in it; no cache keeps that."""
    if wants_json():
        return _publish(jsonify(as_json(found, g.now, name)))
    return _publish(make_response(_page(found, name)))


def _page(found: Examined, name: str | None) -> str:
    address = url_for(".certificate", code=found.record.code)
    return render_template(
        "certificates/public/certificate.html",
        found=found,
        words=None if found.verdict is Verdict.INVALID else queries.wording_of_record(found.record),
        masked=mask_name(found.record.holder_name),
        typed=name or "",
        name_agrees=None if name is None else same_name(name, found.record.holder_name),
        salt=found.record.name_salt or signed_salt(found.record.payload),
        address=address,
        switch=_switch(address),
    )


def _unknown() -> Response:
    if wants_json():
        raise NotFound("CERTIFICATE_UNKNOWN")
    page = render_template("certificates/public/unknown.html", switch=_switch(request.path))
    return _publish(make_response(page, 404))


def _switch(address: str) -> dict[str, str]:
    """The link to the other language."""
    if language() == "en":
        return {"href": f"{address}?lang=zh", "text": "中文"}
    return {"href": f"{address}?lang=en", "text": "English"}


def _publish(response: Response, etag: str | None = None) -> Response:
    response.headers["Vary"] = "Accept, Cookie"
    response.headers["Cache-Control"] = "no-cache" if etag else "no-store"
    if etag:
        response.headers["ETag"] = f'W/"{etag}"'
    return response


def _is_visit() -> bool:
    """Whether somebody comes to look: not a page fetched ahead or asked for its head, and not a step on from a page of ours, as the
    switch of language and the holder's own link are."""
    ahead = request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")).startswith("prefetch")
    return request.method == "GET" and not ahead and request.headers.get("Sec-Fetch-Site") != "same-origin"


def _count(certificate_id: str) -> None:
    """The one thing that a visit stores: how many there were. Bursts are stored together."""
    views = tally.add(certificate_id, g.now)
    if not views:
        return
    try:
        with unit_of_work():
            services.count_views(views)
    except SQLAlchemyError:
        log.exception("views not counted")  # nobody is refused the answer for the sake of a counter
