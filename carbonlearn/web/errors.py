"""Errors become pages or JSON: a stable code, a sentence in the reader's language, and what to do next."""

from __future__ import annotations

import logging
from urllib.parse import quote

from flask import Flask, current_app, g, jsonify, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Conflict, DomainError, Invalid, Late, NotFound, Refused, SignInNeeded
from carbonlearn.web import htmx
from carbonlearn.web.guard import access_of
from carbonlearn.web.messages import message

log = logging.getLogger("carbonlearn.web")

STATUS: dict[type[DomainError], int] = {
    Invalid: 422,
    SignInNeeded: 401,
    Refused: 403,
    NotFound: 404,
    Conflict: 409,
    Late: 409,
}
HTTP_CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
    415: "BAD_REQUEST",
    429: "TOO_MANY_REQUESTS",
    500: "SERVER_FAULT",
}
TITLES = {
    400: _l("请求有误"),
    401: _l("请先登录"),
    403: _l("不能这样做"),
    404: _l("没有找到"),
    405: _l("请求有误"),
    409: _l("情况已经变了"),
    413: _l("内容太大"),
    422: _l("填写有误"),
    429: _l("请稍候"),
    500: _l("服务器出错了"),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, answer)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """JSON for whoever sent or asked for JSON; a page for everyone else."""
    if request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def answer(error: DomainError) -> Response:
    """The response to a refusal that the domain foresaw."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if status == 401 and not wants_json():
        return _to_sign_in()
    return _respond(status, error.code, error.facts)


def _to_sign_in() -> Response:
    """Off to the sign-in page and back. Where htmx sent what somebody is typing, the page stays, and is told to sign in beside it."""
    if request.method != "GET" and htmx.asked():
        return make_response(render_template("errors/_signed_out.html"), 200)
    target = htmx.page_address() if htmx.asked() else request.full_path.rstrip("?")
    if request.method != "GET" or target == "/":
        target = ""
    return htmx.leave_for(url_for("accounts.sign_in") + (f"?next={quote(target)}" if target else ""))


def _respond(status: int, code: str, facts: dict[str, object]) -> Response:
    text = message(code, facts)
    if wants_json():
        body = {"error": {"code": code, "message": text, "facts": facts}}
        return make_response(jsonify(body), status)
    page = render_template(
        "errors/error.html",
        frame="base_desk.html" if _at_the_desk() else "base.html",
        back=_page_above() if status < 500 else "",
        status=status,
        title=TITLES.get(status, TITLES[500]),
        text=text,
        most=(request.max_content_length or 0) // 2**20,
        code=code,
        request_id=g.get("request_id") if status >= 500 else None,
    )
    return make_response(page, status)


def _at_the_desk() -> bool:
    actor = g.get("actor")
    return actor is not None and actor.is_staff and request.path.startswith("/desk")


def _page_above() -> str:
    """The nearest page at or above this address that the reader may open: the record whose act was refused, the list it stands in."""
    path = request.path if request.method != "GET" else request.path.rpartition("/")[0]
    while len(path) > 1:
        if _may_open(path):
            return path
        path = path.rpartition("/")[0]
    return ""


def _may_open(path: str) -> bool:
    try:
        endpoint, _values = current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    access, actor = access_of(current_app.view_functions[endpoint]), g.get("actor")
    if access is None or access.permission is None:
        return access is not None
    return actor is not None and actor.may(access.permission)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None and 300 <= status < 400:
        return make_response(error.response)
    if status >= 500:
        log.error("http error %s at endpoint %s", status, request.endpoint, exc_info=error)
    facts: dict[str, object] = {"request_id": g.get("request_id", "-")} if status >= 500 else {}
    if status == 413:
        facts = {"limit": request.max_content_length or 0}
    response = _respond(status, HTTP_CODES.get(status, "BAD_REQUEST"), facts)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error at endpoint %s", request.endpoint, exc_info=error)
    return _respond(500, "SERVER_FAULT", {"request_id": g.get("request_id", "-")})
