"""CSRF, the content security policy, cache rules and other headers: wired here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Refused
from carbonlearn.infra.config import Settings
from carbonlearn.web.errors import answer
from carbonlearn.web.form_session import FormSessions, FormTokens
from carbonlearn.web.uploads import is_upload

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
"""Added to every answer; nothing else sets these."""

HSTS = "max-age=31536000; includeSubDomains"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_UPLOAD_BYTES = 4 * 1024 * 1024
LARGER_BODY = "carbonlearn_larger_body"
View = TypeVar("View", bound=Callable[..., Any])
STATIC_MAX_AGE = 365 * 24 * 3600

csrf = FormTokens()


def init_app(app: Flask, settings: Settings, media_origin: str = "") -> None:
    """``media_origin``: where lesson media may be fetched from beside ourselves; empty when they all come from here."""
    app.extensions["carbonlearn_policy"] = policy_with(media_origin)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-form" if settings.is_https else "form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        WTF_CSRF_TIME_LIMIT=None,  # the default hour would end inside an exam
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.session_interface = FormSessions()
    app.before_request(_allow_larger_body)
    app.before_request(_refuse_nul)
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _csrf_failed)
    app.after_request(_headers)
    app.extensions["carbonlearn_https"] = settings.is_https


def policy_with(media_origin: str) -> str:
    """The policy of every page, with one more origin for pictures and recordings."""
    if not media_origin:
        return POLICY
    return POLICY.replace("img-src 'self'", f"img-src 'self' {media_origin}").replace(
        "media-src 'self'", f"media-src 'self' {media_origin}"
    )


def shows_own_pages() -> None:
    """This page may hold one of ours in a frame."""
    g.framing = "default-src 'none'; frame-src 'self'"


def shown_in_own_page() -> None:
    """This page may stand in a frame of one of ours."""
    g.framing = "frame-ancestors 'self'"


def _policy() -> str:
    policy: str = current_app.extensions["carbonlearn_policy"]
    framing = g.get("framing", "")
    if framing.startswith("frame-ancestors"):
        return policy.replace("frame-ancestors 'none'", framing)
    return policy.replace("default-src 'none'", framing) if framing else policy


def larger_body(most: int) -> Callable[[View], View]:
    """A signed-in person may send this view up to ``most`` bytes, so that it can answer too large a file by its form."""

    def declare(view: View) -> View:
        setattr(view, LARGER_BODY, most)
        return view

    return declare


def _allow_larger_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, LARGER_BODY, None)
    if most and g.actor is not None:
        request.max_content_length = most


def _refuse_nul() -> None:
    """No text of ours holds a NUL, and PostgreSQL stores none: refused here, so that no view need think of it.

    Fields of a JSON body are looked at where they are read, by ``payload.Field``.
    """
    sent = [request.path]
    if request.query_string:
        sent += [text for values in request.args.listvalues() for text in values]
    if request.mimetype in FORMS and not is_upload():
        sent += [text for values in request.form.listvalues() for text in values]
    if any("\x00" in text for text in sent):
        raise BadRequest()


def _csrf_failed(error: CSRFError) -> Response:
    return answer(Refused("CSRF_FAILED"))


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.extend(ALWAYS)
    policy = _policy()
    if policy is not POLICY:
        headers["Content-Security-Policy"] = policy
    if request.is_secure:
        headers["Strict-Transport-Security"] = HSTS
    if request.endpoint == "static":
        versioned = "v" in request.args or "/vendor/" in request.path
        headers["Cache-Control"] = (
            f"public, max-age={STATIC_MAX_AGE}, immutable" if versioned else "public, max-age=300"
        )
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response


def headers_of_json(length: int, scheme: str) -> list[tuple[str, str]]:
    """All headers of an answer that did not pass through Flask: JSON for one signed-in device, never stored."""
    secure = [("Strict-Transport-Security", HSTS)] if scheme == "https" else []
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(length)),
        *ALWAYS.items(),
        *secure,
        ("Cache-Control", "no-store"),
        ("Vary", "Cookie"),
    ]
