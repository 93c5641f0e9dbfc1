"""The exam room of a mock: the same pages, scripts, codes and receipts as a real sitting, by endpoints of the same names.

Beyond these pages nothing is shared: what is written here stands in tables of practice alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Permission
from carbonlearn.infra.db import unit_of_work
from carbonlearn.practice import services
from carbonlearn.practice.queries import mocks as mock_queries
from carbonlearn.sittings import replies
from carbonlearn.sittings.queries import RUNNING, Standing, holds_lease, room_items
from carbonlearn.sittings.rules.deadline import GRACE
from carbonlearn.sittings.rules.face import LONGEST_TEXT
from carbonlearn.sittings.rules.receipt import instant_text
from carbonlearn.web import htmx
from carbonlearn.web.errors import wants_json
from carbonlearn.web.guard import requires
from carbonlearn.web.openapi import operation
from carbonlearn.web.payload import Field, read_json, schema_of

bp = Blueprint("mock_room", __name__)

GENERATION = {"generation": Field("integer", 1, required=False)}
ANSWER = {
    "item": Field("integer", 1, 400),
    "revision": Field("integer", 1),
    "generation": Field("integer", 1),
    "operation_id": Field("string", 1, 40, r"[A-Za-z0-9_-]+"),
    "value": Field("answer", high=LONGEST_TEXT),
}


@bp.get("/practice/mocks/<mock_id>")
@requires(Permission.STUDY_OWN)
def sitting(mock_id: str) -> AnyResponse | str:
    found = _standing(mock_id)
    if found.status != RUNNING:
        return htmx.go(url_for("mocks.result", mock_id=mock_id))
    page = "room" if holds_lease(found, g.actor) else "elsewhere"
    return render_template(f"practice/mock_{page}.html", **_page_values(found, g.now))


@bp.get("/practice/mocks/<mock_id>/paper")
@requires(Permission.STUDY_OWN)
@operation(
    "mockPaper",
    "The paper of one's own running mock, with the answers saved so far",
    answer=replies.PAPER_SCHEMA,
    errors=("NOT_RUNNING", "LEASE_LOST"),
)
def paper(mock_id: str) -> Response:
    found = _in_the_room(mock_id)
    face = mock_queries.face(mock_id)
    return jsonify({"items": room_items(face), "name": face["name"], **_answers(found, g.now)})


@bp.get("/practice/mocks/<mock_id>/answers")
@requires(Permission.STUDY_OWN)
@operation(
    "mockAnswers",
    "The answers saved so far in one's own running mock, without the paper",
    answer=replies.ANSWERS_SCHEMA,
    errors=("NOT_RUNNING", "LEASE_LOST"),
)
def answers(mock_id: str) -> Response:
    return jsonify(_answers(_in_the_room(mock_id), g.now))


@bp.post("/practice/mocks/<mock_id>/responses")
@requires(Permission.STUDY_OWN)
@operation(
    "saveMockResponse",
    "Save one answer of a mock; 200 only after it is stored for ever",
    body=schema_of(ANSWER),
    answer=replies.SAVED_SCHEMA,
    errors=("LEASE_LOST", "LATE", "STALE_REVISION", "NOT_RUNNING", "SITTING_NOT_FOUND"),
)
def save(mock_id: str) -> Response:
    mock_queries.own_mock(mock_id, g.actor)  # a stranger learns nothing of what would be an answer
    wish = read_json(ANSWER)
    mock_queries.shapes_of(mock_id)  # opened here if need be, not while others wait to write
    with unit_of_work():
        saved = services.save(mock_id, actor=g.actor, now=g.now, **wish)
    return jsonify(replies.saved(saved, g.now))


@bp.get("/practice/mocks/<mock_id>/clock")
@requires(Permission.STUDY_OWN)
@operation("mockClock", "The server's clock and the state of one's own mock", answer=replies.STATE_SCHEMA)
def clock(mock_id: str) -> Response:
    return jsonify(_state(_standing(mock_id), g.now))


@bp.get("/practice/mocks/<mock_id>/submission")
@requires(Permission.STUDY_OWN)
def submission(mock_id: str) -> AnyResponse | str:
    found = _standing(mock_id)
    if found.status != RUNNING or not holds_lease(found, g.actor):
        return htmx.go(url_for("mock_room.sitting", mock_id=mock_id))
    return render_template("sittings/submission.html", **_page_values(found, g.now))


@bp.post("/practice/mocks/<mock_id>/submission")
@requires(Permission.STUDY_OWN)
@operation(
    "submitMock",
    "Hand a mock in, which marks it; repeating it gives the same receipt",
    body=schema_of(GENERATION),
    answer=replies.STATE_SCHEMA,
    errors=("LEASE_LOST",),
    method="POST",
)
def submit(mock_id: str) -> AnyResponse:
    generation = _sent_generation()
    with unit_of_work():
        services.submit(mock_id, actor=g.actor, now=g.now, generation=generation)
    return _answer(mock_id)


@bp.post("/practice/mocks/<mock_id>/takeover")
@requires(Permission.STUDY_OWN)
@operation(
    "takeOverMock",
    "Carry a mock on upon this device; the one before can write no more",
    body=schema_of(GENERATION),
    answer=replies.STATE_SCHEMA,
    errors=("NOT_RUNNING", "LEASE_LOST"),
)
def take_over(mock_id: str) -> AnyResponse:
    generation = _sent_generation()
    with unit_of_work():
        services.take_over(mock_id, actor=g.actor, now=g.now, generation=generation)
    return _answer(mock_id)


def _standing(mock_id: str) -> Standing:
    return mock_queries.standing(mock_queries.own_mock(mock_id, g.actor), g.now)


def _in_the_room(mock_id: str) -> Standing:
    found = _standing(mock_id)
    if found.status != RUNNING:
        raise Conflict("NOT_RUNNING", status=found.status)
    if not holds_lease(found, g.actor):
        raise Conflict("LEASE_LOST", generation=found.generation)
    return found


def _sent_generation() -> int | None:
    if request.is_json:
        return read_json(GENERATION).get("generation")
    return request.form.get("generation", type=int)


def _page_values(found: Standing, now: datetime) -> dict[str, Any]:
    clock_now = replies.clock_of(found.must_submit_by, now) | {"grace_ms": int(GRACE.total_seconds() * 1000)}
    given = mock_queries.final_answers(found.id).values()
    return {
        "room": "mock_room",
        "own": {"mock_id": found.id},
        "sitting": found,
        "clock": clock_now,
        "answered": sum(value is not None for value in given),
    }


def _answers(found: Standing, now: datetime) -> dict[str, Any]:
    stored = mock_queries.answers(found.id)
    return {
        "answers": {
            str(number): {"value": one.value, "revision": one.revision} for number, one in stored.items()
        },
        "last_item": mock_queries.last_item(found.id),
        "generation": found.generation,
        **replies.clock_of(found.must_submit_by, now),
    }


def _state(found: Standing, now: datetime) -> dict[str, Any]:
    return {
        "sitting_id": found.id,
        "status": found.status,
        "generation": found.generation,
        "held": found.status == RUNNING and holds_lease(found, g.actor),
        "item_count": found.item_count,
        "starts_at": instant_text(found.checked_in_at),
        **replies.clock_of(found.must_submit_by, now),
        "ended_at": None if found.ended_at is None else instant_text(found.ended_at),
        "answers_sha256": found.answers_hash,
        "receipt_code": found.receipt_code,
    }


def _answer(mock_id: str) -> AnyResponse:
    if wants_json():
        return jsonify(_state(_standing(mock_id), g.now))
    return htmx.go(url_for("mock_room.sitting", mock_id=mock_id))
