"""Saved answers and beats, answered before Flask's round begins when nothing about them is out of the ordinary.

Both come by the thousand, and their one statement carries every check; the round around it (contexts, routing, hooks) costs more than the
statement. This way only ever says yes, in the words and with the headers of the view. Whatever is not plain (another kind of body, a
wrong token, a refusal, a fault) goes on to Flask as it came, whose view decides anew and explains; so what is answered here must be
safe to repeat. A test holds the two ways equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.sansio.http import parse_cookie

from carbonlearn.infra.tokens import token_hash
from carbonlearn.web import form_session, security
from carbonlearn.web.context import session_cookie_name
from carbonlearn.web.payload import MAX_BODY_BYTES, Field, checked

Environ = dict[str, Any]
Onward = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Answer = Callable[[str, str, dict[str, Any], datetime], Mapping[str, Any] | None]
"""Of the id in the address, the hash of the session's token, the checked body and the instant; None when it is not plain."""

PUBLIC_ID = re.compile("[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class PlainRoute:
    """A POST of JSON to one address with a public id in it."""

    begins: str
    ends: str
    fields: Mapping[str, Field]
    answer: Answer

    def id_in(self, path: str) -> str | None:
        """The public id, if the address is one of these."""
        if not (path.startswith(self.begins) and path.endswith(self.ends)):
            return None
        found = path[len(self.begins) : -len(self.ends)]
        return found if PUBLIC_ID.fullmatch(found) else None


def init_app(app: Flask, routes: Sequence[PlainRoute]) -> None:
    """Put the short way before the application. Before ``security``, whose reading of proxies' headers must come first of all."""
    app.wsgi_app = ShortWay(app, app.wsgi_app, routes)  # type: ignore[method-assign]


class ShortWay:
    """Tries the plain routes; everything else, and all that is not plain, is the application's."""

    def __init__(self, app: Flask, onward: Onward, routes: Sequence[PlainRoute]) -> None:
        self._app, self._onward, self._routes = app, onward, routes

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        route, subject = self._route(environ)
        if route is None:
            return self._onward(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        answer = self._answer(route, subject, environ, body)
        if answer is None:
            return self._onward(environ, start_response)
        start_response("200 OK", security.headers_of_json(len(answer), environ["wsgi.url_scheme"]))
        return [answer]

    def _route(self, environ: Environ) -> tuple[PlainRoute | None, str]:
        if (
            environ["REQUEST_METHOD"] == "POST"
            and not environ.get("QUERY_STRING")
            and _is_small_json(environ)
        ):
            for route in self._routes:
                if subject := route.id_in(environ["PATH_INFO"]):
                    return route, subject
        return None, ""

    def _answer(self, route: PlainRoute, subject: str, environ: Environ, body: bytes) -> bytes | None:
        with self._app.app_context():
            try:
                cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
                form = cookies.get(self._app.config["SESSION_COOKIE_NAME"], "")
                if not form_session.fits(self._app, form, environ.get("HTTP_X_CSRFTOKEN", "")):
                    return None
                session = token_hash(cookies.get(session_cookie_name(), ""))
                wish = checked(json.loads(body), route.fields)
                now = self._app.extensions["carbonlearn_clock"].now()
                found = route.answer(subject, session, wish, now)
            except Exception:  # refused or at fault: the view meets it again, and explains or logs it
                return None
            if found is None:
                return None
            return f"{self._app.json.dumps(found, separators=(',', ':'))}\n".encode()


def _is_small_json(environ: Environ) -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    return (
        environ.get("CONTENT_TYPE") == "application/json"
        and length.isdecimal()
        and int(length) <= MAX_BODY_BYTES
        and "HTTP_TRANSFER_ENCODING" not in environ
    )
