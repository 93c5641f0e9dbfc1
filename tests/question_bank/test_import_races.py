"""Files that wait while the bank goes on: what was judged is not taken when it does not hold any more, and no file keeps another out."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import jobs, services
from carbonlearn.question_bank.formats.entry import FileCase
from carbonlearn.question_bank.models import Item, ItemCase
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services import applying, importing, previewing
from tests.factories.item_files import written
from tests.question_bank.test_import_road import FEW, Road

CASE = FileCase(
    "case-1",
    "某企业年产熟料 100 万 t，燃煤若干，以上为题设，不计其他排放源，也不计外购热力，也不计外购电力。",
)


@pytest.fixture
def road(db: Any, clock: SettableClock, tmp_path: Path) -> Road:
    return Road(clock, tmp_path)


def of_case(number: int) -> Any:
    return dataclasses.replace(FEW[number], id=f"of-case-{number}", case=CASE.id)


def asked_to_take(road: Road, import_id: str) -> None:
    with unit_of_work():
        applying.ask_to_apply(import_id, actor=road.author, now=road.clock.now())


def undo(road: Road, import_id: str) -> None:
    with unit_of_work():
        applying.undo(import_id, actor=road.author, now=road.clock.now())


def test_a_case_that_is_gone_has_the_file_read_again_and_keeps_no_other_waiting(road: Road, db: Any) -> None:
    first = road.bring([of_case(0)], cases=[CASE]).id
    second = road.read(written(road.folder / "b.xlsx", "xlsx", [of_case(1)])).id
    third = road.read(written(road.folder / "c.xlsx", "xlsx", FEW[2:3])).id
    asked_to_take(road, second)
    road.clock.advance(seconds=5)
    asked_to_take(road, third)
    undo(road, first)
    for _sweep in range(2):
        jobs.apply_files(road.clock.now())
    assert files.file_import(third).status == "applied"
    assert files.file_import(second).status == "waiting"
    jobs.read_files(road.clock.now())
    (row,) = files.import_rows(second)
    assert (row.verdict, row.faults[0]["code"]) == ("fault", "IMPORT_CASE_UNKNOWN")


def test_a_file_that_cannot_be_taken_waits_behind_the_others_and_is_refused_in_the_end(
    road: Road, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = road.read(written(road.folder / "a.xlsx", "xlsx", FEW[:1])).id
    good = road.read(written(road.folder / "b.xlsx", "xlsx", FEW[1:2])).id
    asked_to_take(road, bad)
    road.clock.advance(seconds=1)
    asked_to_take(road, good)
    taken = applying._take

    def fail(batch: Any, import_id: str, *rest: Any) -> None:
        if import_id == bad:
            raise LookupError("lost")
        taken(batch, import_id, *rest)

    monkeypatch.setattr(applying, "_take", fail)
    for _sweep in range(3):
        road.clock.advance(seconds=5)
        jobs.apply_files(road.clock.now())
    assert files.file_import(good).status == "applied"
    row = files.file_import(bad)
    assert (row.status, row.fault["code"]) == ("refused", "IMPORT_NOT_TAKEN")
    assert db.session.query(Item).count() == 1


def test_a_file_that_was_sent_again_keeps_nobody_from_undoing_the_first(road: Road, db: Any) -> None:
    first = road.bring(FEW).id
    more = dataclasses.replace(FEW[0], id="more-01", stem=FEW[0].stem + "（另一题）")
    second = road.bring([*FEW, more], "gift")
    assert second.summary["verdicts"] == {"new": 1, "changed": 0, "same": 4, "fault": 0}
    undo(road, first)
    assert [item.external_id for item in db.session.query(Item)] == ["more-01"]
    undo(road, second.id)
    assert db.session.query(Item).count() == 0


def test_what_was_the_same_and_is_gone_has_the_file_read_again(road: Road, db: Any) -> None:
    first = road.bring(FEW[:1]).id
    second = road.read(written(road.folder / "b.xlsx", "xlsx", FEW[:2])).id
    undo(road, first)
    assert road.take(second).status == "waiting"
    jobs.read_files(road.clock.now())
    assert files.file_import(second).summary["verdicts"]["new"] == 2


def test_a_reader_that_was_given_up_writes_nothing_more(road: Road, db: Any) -> None:
    import_id = road.send(written(road.folder / "a.xlsx", "xlsx", FEW))
    with unit_of_work():
        first = importing.claim(road.clock.now())
    assert first is not None
    road.clock.advance(minutes=9)
    with unit_of_work():
        importing.beat(first, road.clock.now(), 1)
        assert importing.claim(road.clock.now()) is None
    road.clock.advance(minutes=11)
    with unit_of_work():
        second = importing.claim(road.clock.now())
    assert second is not None and second.import_id == import_id
    with pytest.raises(importing.NotOurs), unit_of_work():
        importing.beat(first, road.clock.now(), 2)
    jobs._read(second)
    assert files.file_import(import_id).status == "previewed"
    with unit_of_work():
        assert previewing.keep_sheet(first, "0" * 64) is False


def test_a_sign_of_life_tells_the_time_at_which_it_is_given(road: Road) -> None:
    import_id = road.send(written(road.folder / "a.xlsx", "xlsx", FEW))
    begun = road.clock.now()
    road.clock.advance(minutes=7)
    jobs.read_files(begun)
    assert files.file_import(import_id).beat_at == road.clock.now()


def at_once(app: Flask, *deeds: Callable[[], object]) -> list[object]:
    """What each of these comes to when they begin in the same moment, each in a thread of its own."""
    gate, came = threading.Barrier(len(deeds)), {}

    def do(number: int, deed: Callable[[], object]) -> None:
        with app.app_context():
            try:
                gate.wait(20)
                with unit_of_work():
                    came[number] = deed()
            except Exception as fault:
                came[number] = fault
            finally:
                database.session.remove()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [came[number] for number in range(len(deeds))]


def test_a_file_is_taken_or_dropped_and_never_both(road: Road, app: Flask, db: Any) -> None:
    actor, now = road.author, road.clock.now()
    for turn in range(6):
        one = dataclasses.replace(FEW[0], id=f"turn-{turn}", stem=f"第 {turn} 题：{FEW[0].stem}")
        import_id = road.read(written(road.folder / "a.xlsx", "xlsx", [one])).id
        db.session.rollback()
        came = at_once(
            app,
            lambda name=import_id: applying.ask_to_apply(name, actor=actor, now=now),
            lambda name=import_id: applying.drop(name, actor=actor, now=now),
        )
        faults = [fault for fault in came if fault is not None]
        assert [getattr(fault, "code", fault) for fault in faults] == ["IMPORT_NOT_PREVIEWED"]
        db.session.rollback()
        assert files.file_import(import_id).status == ("applying" if came[0] is None else "dropped")
        jobs.apply_files(now)


def test_what_is_reviewed_in_the_same_moment_is_not_undone(road: Road, app: Flask, db: Any) -> None:
    now = road.clock.now()
    for turn in range(4):
        one = dataclasses.replace(FEW[0], id=f"turn-{turn}", stem=f"第 {turn} 题：{FEW[0].stem}")
        import_id = road.bring([one]).id
        item_id = db.session.query(Item).filter_by(external_id=one.id).one().id
        db.session.rollback()
        undone, reviewed = at_once(
            app,
            lambda name=import_id, at=now: applying.undo(name, actor=road.author, now=at),
            lambda name=item_id, at=now: (
                services.review(name, 1, "returned", "再改", checks={}, actor=road.chief, now=at).id
            ),
        )
        assert isinstance(undone, Exception) != isinstance(reviewed, Exception), (undone, reviewed)
        assert getattr(undone, "code", "IMPORT_REVIEWED_SINCE") == "IMPORT_REVIEWED_SINCE"


def test_two_revisions_of_a_case_at_once_are_one_and_a_refusal(road: Road, app: Flask, db: Any) -> None:
    road.bring([of_case(0)], cases=[CASE])
    case_id = db.session.query(ItemCase).one().id
    db.session.rollback()
    now = road.clock.now()
    came = at_once(
        app,
        *(
            lambda words=words: services.revise_case(
                case_id, CASE.text + words, 1, actor=road.author, now=now
            )
            for words in ("甲。", "乙。")
        ),
    )
    assert sorted(getattr(one, "code", one) for one in came if one != 1) == ["CASE_CHANGED"], came
