"""What tests of sittings share: every row an exam touches, and the proof that a refusal left them alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from carbonlearn.core.errors import DomainError
from carbonlearn.infra.db import unit_of_work
from carbonlearn.sittings import queries
from carbonlearn.sittings.models import Sitting

AT_ONCE = timedelta(0)
Doing = Callable[[], Any]


def rows(db: SQLAlchemy) -> dict[str, list[Any]]:
    """Every row of the tables that an exam touches."""
    db.session.rollback()
    tables = (
        "sittings",
        "responses",
        "sitting_events",
        "exam_bookings",
        "entitlements",
        "audit_entries",
        "audit_heads",
    )
    known = set(db.inspect(db.engine).get_table_names())
    return {
        name: sorted(map(repr, db.session.execute(text(f"SELECT * FROM {name}")).all()))
        for name in tables
        if name in known
    }


def refused(db: SQLAlchemy, kind: type[DomainError], code: str, doing: Doing) -> DomainError:
    """The act is refused with this code, and every row is as it was."""
    before = rows(db)
    with pytest.raises(kind) as caught:
        doing()
    assert caught.value.code == code
    assert rows(db) == before
    return caught.value


def answers(db: SQLAlchemy, sitting: Sitting) -> dict[int, Any]:
    """The final answers, read anew: what is saved goes past this session."""
    db.session.rollback()
    return queries.final_answers(sitting.id)


def unit(verb: Callable[..., Any], *args: Any, **named: Any) -> Any:
    with unit_of_work():
        return verb(*args, **named)
