"""Items of tests: the shipped ones of accounting level 4 with what is common, loaded once into the test's database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from carbonlearn.infra.db import db, unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import ItemEnemy
from carbonlearn.question_bank.rules.enemies import pair_of

FOLDERS = {("exam", "accounting", "4"), ("exam", "common", "4")}
ACCOUNTING = [
    entry
    for entry in queries.shipped_items()
    if (entry["pool"], entry["job_type"], entry["level"]) in FOLDERS
]


def read_by_somebody(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries, each with a reader's word on its text as it stands: what ships so is live after loading."""
    said = {"key": "ok", "ambiguity": "ok", "source": "ok", "note": "", "on": date(2026, 11, 21)}
    bare = [{name: value for name, value in item.items() if name != "review"} for item in items]
    return [
        entry | {"review": said | {"id": entry["id"], "digest": services.digest_of(entry)}} for entry in bare
    ]


def load_bank(
    now: datetime, author_id: str | None = None, items: Sequence[Mapping[str, Any]] = ACCOUNTING
) -> int:
    """Every shipped exam item that a paper of accounting level 4 may use (or the items named), live; how many."""
    with unit_of_work():
        services.load_cases(queries.shipped_cases(), now, author_id)
        return services.load_items(read_by_somebody(items), now, author_id)


def set_apart(pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """That of each two items, told by id, no paper has both."""
    with unit_of_work():
        for one, other in pairs:
            first, second = pair_of(one, other)
            db.session.add(ItemEnemy(first_id=first, second_id=second, reason="同一处", set_at=now))


def add_short_answers(now: datetime) -> None:
    """More short answers, as the lacks of the report ask: the shipped ones once more under other numbers."""
    entries = [one for one in queries.shipped_items() if one["type"] == "short-answer"]
    mine = [
        one for one in entries if (one["pool"], one["job_type"], one["level"]) == ("exam", "accounting", "4")
    ]
    more = [
        one
        | {
            "id": f"{one['id']}-{copy}-{difficulty}",
            "difficulty": difficulty,
            "stem": f"{one['stem']}（{copy}{difficulty}）",
        }
        for one in mine
        for copy in "ab"
        for difficulty in (1, 2, 3)
    ]
    with unit_of_work():
        services.load_items(read_by_somebody(more), now)
