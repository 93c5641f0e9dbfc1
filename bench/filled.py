"""What was done beforehand, written straight into the tables: answer sheets of 96 answers, and lessons that many have begun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, insert, select

from bench.conversations import ANSWERS
from bench.databases import address_of
from carbonlearn.infra.clock import SystemClock
from carbonlearn.sittings.models import Response
from carbonlearn.study.models import StudyPresence, StudySession, StudySpan
from carbonlearn.study.rules.day import next_boundary

BEGUN_MS = 1_000
FAR_MS = 4 * 3_600_000  # of a lesson of more than seven hours


def fill(url: str, sittings: Sequence[str], types: Sequence[str]) -> None:
    """One revision of an answer to every item of every sitting, as if saved by hand."""
    now = SystemClock().now()
    engine = create_engine(address_of(url))
    values = [json.dumps(ANSWERS[kind], ensure_ascii=False, separators=(",", ":")) for kind in types]
    hashes = [hashlib.sha256(value.encode()).hexdigest() for value in values]
    with engine.begin() as connection:
        for sitting in sittings:
            rows = [
                {
                    "sitting_id": sitting, "item_number": number, "revision": 1, "operation_id": f"filled-{number}",
                    "generation": 1, "value": value, "value_hash": digest, "received_at": now,
                    "deadline_at": now + timedelta(hours=1),
                }
                for number, (value, digest) in enumerate(zip(values, hashes, strict=True), start=1)
            ]  # fmt: skip
            connection.execute(insert(Response.__table__), rows)  # type: ignore[arg-type]
    engine.dispose()


def begin(url: str, sessions: Sequence[str]) -> None:
    """The first second of each of these sessions is in the ledger, as a first beat leaves it; the next check is far away. So beats that
    go on from it within the bridge are usual ones from the first."""
    now = SystemClock().now()
    engine = create_engine(address_of(url))
    owned = StudySession.id, StudySession.user_id, StudySession.enrolment_id, StudySession.lesson_id
    with engine.begin() as connection:
        rows = connection.execute(select(*owned).where(StudySession.id.in_(sessions))).all()
        checks = [{"enrolment_id": row.enrolment_id, "due_ms": FAR_MS, "unasked": 0} for row in rows]
        connection.execute(insert(StudyPresence.__table__), checks)  # type: ignore[arg-type]
        connection.execute(insert(StudySpan.__table__), [_first_second(row, now) for row in rows])  # type: ignore[arg-type]
    engine.dispose()


def _first_second(session: Any, now: datetime) -> dict[str, Any]:
    midnight = next_boundary(now, "Asia/Shanghai", None)
    return {
        "session_id": session.id, "user_id": session.user_id, "enrolment_id": session.enrolment_id,
        "lesson_id": session.lesson_id, "generation": 1, "seq": 0, "from_ms": 0, "to_ms": BEGUN_MS, "credited_ms": BEGUN_MS,
        "limit_ms": FAR_MS, "ground_ms": FAR_MS, "lesson_before_ms": 0, "enrolment_before_ms": 0, "is_open": True,
        "started_at": now - timedelta(milliseconds=BEGUN_MS), "beat_at": now, "recheck_at": midnight,
    }  # fmt: skip
