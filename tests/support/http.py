"""The HTTP client of the tests: each request has an application context of its own, as it has in a server."""

from __future__ import annotations

import secrets
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import Headers

from carbonlearn.infra.db import db

READING = {"GET", "HEAD", "OPTIONS"}


class Client(FlaskClient):
    """A browser without a screen.

    A test that also looks into the database stands in an application context; a request made there would share
    its session and its `g` with the test and with the request before. Here it gets a fresh one, and the test's own
    session lets go of its snapshot, so that it sees what the request stored.
    """

    def open(self, *args: Any, csrf: bool = True, htmx: bool = False, **kwargs: Any) -> Any:
        """Send one request. A writing one carries the form token, as each page of ours does, unless `csrf=False`."""
        if has_app_context():
            db.session.rollback()
        headers = Headers(kwargs.pop("headers", None))
        if csrf and kwargs.get("method", "GET") not in READING:
            headers.setdefault("X-CSRFToken", self.form_token())
        if htmx:
            headers["HX-Request"] = "true"
        with self.application.app_context():
            return super().open(*args, headers=headers, **kwargs)

    def form_token(self) -> str:
        """The token that a page given to this browser would hold."""
        with self.application.app_context(), self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token").dumps(raw)
