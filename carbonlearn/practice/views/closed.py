"""Practice is closed to whoever sits a real exam, until it is over: no key and no explanation of a practice item helps there.

It holds for everything of practice, a mock that was left running too. The empty page of offline practice stays, and says so.
"""

from __future__ import annotations

from flask import g, make_response, render_template, request
from werkzeug.wrappers import Response

from carbonlearn.core.errors import Conflict
from carbonlearn.sittings.queries import running_of
from carbonlearn.web.errors import wants_json

HOLDS_NOTHING = ("practice_offline.page", "practice_offline.worker")


def while_sitting() -> Response | None:
    """Before each request of practice. Raises Conflict PRACTICE_WHILE_SITTING for a script; a reader gets a page with the way back."""
    actor = g.get("actor")
    if actor is None or request.endpoint in HOLDS_NOTHING:
        return None
    sitting_id = running_of(actor.user_id, g.now)
    if sitting_id is None:
        return None
    if wants_json():
        raise Conflict("PRACTICE_WHILE_SITTING")
    return make_response(render_template("practice/closed.html", sitting_id=sitting_id), 409)
