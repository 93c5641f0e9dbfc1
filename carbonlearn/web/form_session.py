"""The form cookie, read cheaply: what was verified once need not be verified again at each of a thousand saved answers.

The cookie holds the secret that form tokens are checked against. Signatures of cookies and tokens never change their mind, except that
a cookie grows too old; so what was found is kept in the process for an hour at most.
"""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.wrappers import Request, Response
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadData, URLSafeTimedSerializer

from carbonlearn.infra.clock import stopwatch
from carbonlearn.infra.tokens import same
from carbonlearn.web.guard import access_of
from carbonlearn.web.uploads import is_upload

KEPT = 8192
KEPT_SECONDS = 3600
HEADER, FIELD, SALT = "X-CSRFToken", "csrf_token", "wtf-csrf-token"


class FormSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, whose plain contents are remembered. One with messages to flash is read anew, for they are taken out."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        plain = _plain_contents(app, cookie, _hour())
        return super().open_session(app, request) if plain is None else self.session_class(dict(plain))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie when it changed; otherwise say only that the answer rests on it, if it does."""
        if session.modified or session.permanent:
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")


class FormTokens(CSRFProtect):
    """Flask-WTF's check; for hot views, whose token always comes in the header, the same check by what is remembered."""

    def protect(self, apply_exemptions: bool = False) -> None:
        if is_upload():
            return  # its body is not read here; `uploads.received` checks the token
        view = current_app.view_functions.get(request.endpoint or "")
        access = access_of(view) if view else None
        if access is None or not access.hot or request.method != "POST":
            super().protect(apply_exemptions)
            return
        if not _is_of(
            session.get(FIELD, ""), current_app.config["SECRET_KEY"], request.headers.get(HEADER, "")
        ):
            self._error_response("The form token is missing or does not fit.")


def fits(app: Flask, cookie: str, token: str) -> bool:
    """Whether a token is of the form cookie, as ``FormTokens`` judges it. A cookie that is not plain is not judged here: False."""
    plain = _plain_contents(app, cookie, _hour())
    return plain is not None and _is_of(dict(plain).get(FIELD, ""), app.config["SECRET_KEY"], token)


def _is_of(held: str, key: str, token: str) -> bool:
    given = _secret_of(key, token, _hour())
    return bool(held and given) and same(given, held)


def _hour() -> int:
    return int(stopwatch() // KEPT_SECONDS)


@lru_cache(maxsize=KEPT)
def _plain_contents(app: Flask, cookie: str, _hour: int) -> tuple[tuple[str, str], ...] | None:
    """The contents of a form cookie that holds texts alone; None for any other, and for one that is not ours."""
    serializer = FormSessions().get_signing_serializer(app)
    if serializer is None:
        return None
    try:
        data = serializer.loads(cookie, max_age=int(app.permanent_session_lifetime.total_seconds()))
    except BadData:
        return None
    is_plain = isinstance(data, dict) and all(isinstance(value, str) for value in data.values())
    return tuple(data.items()) if is_plain else None


@lru_cache(maxsize=KEPT)
def _secret_of(key: str, token: str, _hour: int) -> str:
    """The secret that a form token carries under its signature; empty when the signature is not ours."""
    try:
        return str(URLSafeTimedSerializer(key, salt=SALT).loads(token))
    except BadData:
        return ""
