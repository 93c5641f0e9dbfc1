"""What an installation knew of documents, days and words before they got rows of their own, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask_migrate import upgrade as alembic_upgrade
from sqlalchemy import JSON, Column, MetaData, Table, insert, select

from carbonlearn.factory import create_app
from carbonlearn.infra import migrate
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.config import Settings
from carbonlearn.infra.db import db, instant, microseconds
from carbonlearn.question_bank.models import ItemReview, SourceChange
from tests.support.databases import WorkingDatabase

BEFORE = "3f6c1a9e8b21"
NOTED = microseconds(datetime(2026, 11, 2, 1, 0, tzinfo=UTC))
ITEM = {
    "pool": "exam",
    "job_type": "accounting",
    "level": "4",
    "type": "true-false",
    "function": "f",
    "difficulty": 1,
}
TEXT = {
    "options": {},
    "key": [True],
    "reference": "",
    "rubric": [],
    "explanation": "e",
    "source": "",
    "created_at": 0,
}


def test_changes_and_words_of_before_are_taken_over_as_what_they_were(
    working_database: WorkingDatabase, tmp_path: Path, clock: SettableClock
) -> None:
    with working_database.empty() as url:
        settings = Settings.for_tests(url, tmp_path)
        app = create_app(settings, clock)
        with app.app_context():
            alembic_upgrade(directory=str(migrate.FOLDER), revision=BEFORE)
            _fill()
            db.engine.dispose()
        migrate.upgrade(app, settings)
        with app.app_context():
            changes = {change.source_id: change for change in db.session.scalars(select(SourceChange))}
            words = {word.id: word for word in db.session.scalars(select(ItemReview))}
            _compare(changes, words)
            db.session.remove()
            db.engine.dispose()


def _compare(changes: dict[str, SourceChange], words: dict[str, ItemReview]) -> None:
    assert set(changes) == {"past", "ahead"}
    assert changes["past"].counts_from == changes["past"].noted_at == instant(NOTED)
    assert changes["ahead"].counts_from == datetime(2026, 12, 31, 16, 0, tzinfo=UTC), (
        "the day begins in China"
    )
    assert (changes["ahead"].note, changes["ahead"].changed_on) == ("以后变", date(2027, 1, 1))
    told = {name: (word.decision, word.reviewer_id) for name, word in words.items()}
    assert told == {"unread": ("shipped", None), "read": ("approved", None), "desk": ("approved", "chief")}


def _fill() -> None:
    found = MetaData()
    found.reflect(bind=db.engine)

    def add(into: str, **values: Any) -> None:
        table: Table = found.tables[into]
        needed = {column.name: _blank(column) for column in table.columns if not column.nullable}
        connection.execute(insert(table).values(**needed | values))

    with db.engine.begin() as connection:
        add("users", id="chief", username="chief", name="主考")
        for name, day in (("past", date(2026, 10, 1)), ("ahead", date(2027, 1, 1))):
            add("item_sources", id=name, title=name, changed_on=day, changed_at=NOTED, note="以后变")
        add("item_sources", id="quiet", title="quiet", note="")
        add("items", id="item", external_id="x-1", status="live", **ITEM)
        words = (
            ("unread", {"sha256": "a"}, {}),
            ("read", {"sha256": "b"}, {"key": "ok"}),
            ("desk", {}, {"key": "ok"}),
        )
        for number, (name, meta, checks) in enumerate(words, start=1):
            add("item_versions", id=name, item_id="item", number=number, stem="s", meta=meta, **TEXT)
            said = {"reviewer_id": "chief", "decision": "approved", "checks": checks, "at": NOTED}
            add("item_reviews", id=name, version_id=name, **said)


def _blank(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, JSON):
        return {}
    python = kind.python_type
    return b"" if python is bytes else python() if python in (int, str, bool) else None
