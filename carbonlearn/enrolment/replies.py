"""How a stored portrait goes out: to its owner and to the desk."""

from __future__ import annotations

from flask import Response

from carbonlearn.core.errors import NotFound
from carbonlearn.infra import vault


def portrait_response(key: str | None) -> Response:
    """The portrait as JPEG, asked for anew each time. Raises NotFound when there is none."""
    try:
        content = vault.files().get(key or "")
    except FileNotFoundError:
        raise NotFound("PHOTO_NOT_FOUND") from None
    return Response(content, mimetype="image/jpeg", headers={"Cache-Control": "private, no-store"})
