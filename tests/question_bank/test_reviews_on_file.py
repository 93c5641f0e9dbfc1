"""A reviewer's word that ships with the items counts for the text it is about, and for no other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries, services
from carbonlearn.question_bank.models import ItemReview
from carbonlearn.question_bank.queries import shipped
from tests.factories.items import ACCOUNTING
from tools import note_reviews

ENTRY = {name: value for name, value in ACCOUNTING[0].items() if name != "review"}
WORD = {
    "id": ENTRY["id"],
    "key": "ok",
    "ambiguity": "ok",
    "source": "ok",
    "note": "读过",
    "on": date(2026, 11, 21),
}


def loaded(entry: dict[str, Any], clock: SettableClock, db: Any) -> ItemReview | None:
    with unit_of_work():
        services.load_items([entry], clock.now())
    return db.session.query(ItemReview).one_or_none()


def test_the_word_is_recorded_with_what_was_looked_at(db: Any, clock: SettableClock) -> None:
    word = loaded(ENTRY | {"review": WORD | {"digest": services.digest_of(ENTRY)}}, clock, db)
    assert word is not None and word.checks == {"key": "ok", "ambiguity": "ok", "source": "ok"}
    assert (word.note, word.said_on, word.reviewer_id) == ("读过", date(2026, 11, 21), None)


def test_a_word_on_another_text_is_not_taken(db: Any, clock: SettableClock) -> None:
    old = services.digest_of(ENTRY)
    assert (
        loaded(ENTRY | {"stem": ENTRY["stem"] + "（改）", "review": WORD | {"digest": old}}, clock, db)
        is None
    )
    assert queries.live_items("accounting", "4") == []


@pytest.mark.parametrize("pool", ["exam", "mock", "practice"])
def test_words_are_noted_beside_the_items_and_lapse_when_the_text_changes(
    pool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(note_reviews, "CONTENT", tmp_path)
    monkeypatch.setattr(shipped, "CONTENT", tmp_path)
    folder = tmp_path / pool / "accounting-4"
    folder.mkdir(parents=True)
    bare = {name: value for name, value in ENTRY.items() if name not in ("pool", "job_type", "level")}
    (folder / "f.yaml").write_text(yaml.safe_dump([bare], allow_unicode=True), "utf-8")
    verdicts = tmp_path / "verdicts.yaml"
    verdicts.write_text(yaml.safe_dump({ENTRY["id"]: "读过"}, allow_unicode=True), "utf-8")
    arguments = [f"{pool}/accounting-4", str(verdicts), "--on", "2026-11-21"]
    assert note_reviews.main(arguments) == 0
    assert "1 of 1" in capsys.readouterr().out
    (word,) = yaml.safe_load((tmp_path / "reviews" / pool / "accounting-4.yaml").read_text("utf-8"))
    assert word["digest"] == services.digest_of(ENTRY)
    (item,) = shipped.shipped_items.__wrapped__()
    assert (item["pool"], item["review"]) == (pool, word)
    verdicts.write_text("# nothing yet\n", "utf-8")
    assert note_reviews.main(arguments) == 0
    verdicts.write_text("{nobody-s01: ''}", "utf-8")
    assert note_reviews.main(arguments) == 1
