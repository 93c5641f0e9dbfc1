"""The one module that knows htmx: which requests want a fragment, and the headers an answer carries."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, make_response, redirect, render_template, request
from htmx_flask import Htmx
from werkzeug.wrappers import Response

_htmx = Htmx()


def init_app(app: Flask) -> None:
    _htmx.init_app(app)


def wants_fragment() -> bool:
    """Whether htmx asks for a part of a page (a boosted or restored page is a whole page)."""
    return bool(request.htmx) and request.headers.get("HX-Request-Type", "partial") == "partial"  # type: ignore[attr-defined]


def render(page: str, partial: str | None = None, status: int = 200, **values: Any) -> Response:
    """The page, or only its partial when htmx asks for a fragment. Sets Vary so that no cache mixes the two."""
    template = partial if partial and wants_fragment() else page
    response = make_response(render_template(template, **values), status)
    response.headers.add("Vary", "HX-Request")
    return response


def asked() -> bool:
    """Whether htmx asks, for a part or for a whole page."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def page_address() -> str:
    """The page (path and query) from which htmx asks; empty when it is no page of ours."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    if page.netloc != request.host:
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def leave_for(location: str) -> Response:
    """The whole page goes elsewhere: 303 for a browser, HX-Redirect for htmx, which would follow a 303 and put that page into this one."""
    if not asked():
        return redirect(location, 303)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = location
    return response


def go(location: str) -> Response:
    """On to another page after a POST: 303 for a plain form, HX-Redirect for htmx."""
    if wants_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = location
        return response
    return redirect(location, 303)
