"""What is said about a sitting: the values of its pages, and the JSON that its script reads, with their schemas."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Response

from carbonlearn.catalogue.queries import rules_of
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries as exams_queries
from carbonlearn.exams.models import ExamWindow
from carbonlearn.exams.rules.attendance import absent_from
from carbonlearn.infra.db import db
from carbonlearn.sittings import queries
from carbonlearn.sittings.rules.deadline import GRACE, remaining
from carbonlearn.sittings.rules.receipt import instant_text
from carbonlearn.sittings.services import Saved
from carbonlearn.web.compression import Frozen, begun_by

_INSTANT = {"type": "string", "format": "date-time"}
_TIME = {
    "server_now": _INSTANT,
    "deadline": {"anyOf": [_INSTANT, {"type": "null"}]},
    "remaining_ms": {"type": "integer"},
}
STATE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sitting_id": {"type": "string"},
        "status": {"type": "string"},
        "generation": {"type": "integer"},
        "held": {"type": "boolean", "description": "this device may write"},
        "item_count": {"type": "integer"},
        "starts_at": _INSTANT,
        **_TIME,
        "ended_at": {"anyOf": [_INSTANT, {"type": "null"}]},
        "answers_sha256": {"type": ["string", "null"]},
        "receipt_code": {"type": ["string", "null"]},
    },
}
SAVED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "saved_revision": {"type": "integer"},
        "received_at": _INSTANT | {"description": "the server time that the receipt signs"},
        **_TIME,
        "receipt": {"type": "string", "description": "Ed25519, base64url, over the canonical JSON of item, revision, "
                    "server_time, sitting and value_sha256"},
        "key_id": {"type": "string"},
    },
}  # fmt: skip
ANSWERS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answers": {"type": "object", "description": "by item number: value and revision"},
        "last_item": {"type": ["integer", "null"], "description": "the item answered last, where to go on"},
        "generation": {"type": "integer"},
        **_TIME,
    },
}
PAPER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "items": {"type": "array", "items": {"type": "object"}},
        **ANSWERS_SCHEMA["properties"],
    },
}


def clock_of(deadline: datetime | None, now: datetime) -> dict[str, Any]:
    """The server's clock beside a deadline, as every reply of a sitting tells it."""
    return {
        "server_now": instant_text(now),
        "deadline": None if deadline is None else instant_text(deadline),
        "remaining_ms": 0 if deadline is None else int(remaining(deadline, now).total_seconds() * 1000),
    }


def state(sitting: queries.Standing, window: ExamWindow, now: datetime, held: bool) -> dict[str, Any]:
    """Where a sitting stands, as JSON."""
    return {
        "sitting_id": sitting.id,
        "status": sitting.status,
        "generation": sitting.generation,
        "held": held,
        "item_count": sitting.item_count,
        "starts_at": instant_text(window.starts_at),
        **clock_of(sitting.must_submit_by, now),
        "ended_at": None if sitting.ended_at is None else instant_text(sitting.ended_at),
        "answers_sha256": sitting.answers_hash,
        "receipt_code": sitting.receipt_code,
    }


def saved(one: Saved, now: datetime) -> dict[str, Any]:
    """The reply to a saved answer."""
    return {
        "saved_revision": one.revision,
        "received_at": instant_text(one.received_at),
        **clock_of(one.deadline_at, now),
        "receipt": one.receipt,
        "key_id": one.key_id,
    }


def paper(seen: Any, now: datetime) -> Response:
    """The paper with the saved answers, as JSON. The items come first, since they are the same for all and stand ready, compressed;
    answers are stored as JSON and only joined in. ``seen`` is what ``queries.in_the_room`` found."""
    text = _answers(seen, now, name=queries.paper_name(seen.paper_id))
    return begun_by(_beginning(seen.paper_id), text.encode(), "application/json")


def answers(seen: Any, now: datetime) -> Response:
    """The saved answers without the paper, as JSON: for a page that has the paper and asks what has arrived since."""
    return Response("{" + _answers(seen, now), mimetype="application/json")


def _answers(seen: Any, now: datetime, **more: Any) -> str:
    """The rest of a JSON object, from its answers to the closing brace."""
    stored = queries.stored_answers(seen.id)
    answers = ",".join(
        f'"{row.item_number}":{{"value":{row.value},"revision":{row.revision}}}' for row in stored
    )
    last = max(stored, key=lambda row: (row.received_at, row.item_number), default=None)
    rest = json.dumps(
        {
            **more,
            "last_item": last.item_number if last else None,
            "generation": seen.generation,
            **clock_of(seen.must_submit_by, now),
        },
        ensure_ascii=False,
    )
    return f'"answers":{{{answers}}},{rest[1:]}'


@lru_cache(maxsize=queries.PAPERS_KEPT)
def _beginning(paper_id: str) -> Frozen:
    return Frozen.of(f'{{"items":{queries.items_json(paper_id)},'.encode())


def page_values(sitting: queries.Standing, now: datetime) -> dict[str, Any]:
    """Everything that a page of this sitting shows."""
    window = queries.window_of(sitting)
    enrolment = db.session.get_one(Enrolment, sitting.enrolment_id)
    rules = rules_of(enrolment.programme_version_id)
    values = {
        "room": "sittings",  # whose endpoints the room's pages call, with ``own``; the room of a mock has the same ones
        "own": {"sitting_id": sitting.id},
        "sitting": sitting,
        "window": window,
        "track": rules.track(enrolment.job_type, enrolment.level),
        "rules": rules,
        "closes_at": absent_from(window.starts_at, window.ends_at, rules.exam_day),
        "clock": {
            **clock_of(sitting.must_submit_by, now),
            "starts_in_ms": max(0, int((window.starts_at - now).total_seconds() * 1000)),
            "grace_ms": int(GRACE.total_seconds() * 1000),
        },
    }
    if sitting.status == "ready":
        values["sealed_at"] = exams_queries.sealed_at(window.id, enrolment)
        values["spec"] = exams_queries.spec_for(enrolment, window)
    elif sitting.paper_id is not None:
        values["answered"] = queries.answered_count(sitting.id)
    return values
