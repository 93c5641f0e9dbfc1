"""The HTTP client of the tests: each request has an application context of its own, as it has in a server."""

from __future__ import annotations

from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient

from carbonlearn.infra.db import db


class Client(FlaskClient):
    """A browser without a screen.

    A test that also looks into the database stands in an application context; a request made there would share its
    session and its `g` with the test and with the request before. Here it gets a fresh one, and the test's own session
    lets go of its snapshot, so that it sees what the request stored.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        if has_app_context():
            db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)
