"""Files of items on their way to a person: never kept by a browser, never shown as a page."""

from __future__ import annotations

from urllib.parse import quote

from flask import make_response
from werkzeug.wrappers import Response


def sent(content: bytes, content_type: str, name: str) -> Response:
    """An attachment under this name."""
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "items"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
