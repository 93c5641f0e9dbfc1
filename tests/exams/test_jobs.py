"""The sweeps: each does its part, twice is harmless, and one bad row does not stop the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, Entitlement, ExamWindow, Paper
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.runner import run_all
from tests.factories.enrolment import load_catalogue
from tests.factories.exams import THRESHOLD_MS, Hall, actions, after, book
from tests.factories.items import load_bank
from tests.factories.people import sign_in


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    return Hall(now)


def ran(now: datetime) -> dict[str, int]:
    return run_all(jobs.JOBS, now)


def test_the_names_and_the_pace_of_the_sweeps() -> None:
    assert {job.name: job.every for job in jobs.JOBS} == {
        "exams.windows": timedelta(hours=1),
        "exams.entitlements": timedelta(minutes=1),
        "exams.unmet_bookings": timedelta(seconds=10),
        "exams.papers": timedelta(seconds=10),
        "exams.openings": timedelta(seconds=10),
        "exams.no_shows": timedelta(minutes=1),
    }


def test_windows_appear_by_themselves(db: Any, now: datetime) -> None:
    load_catalogue(now, "gdcpa-petrochem", "demonstration")
    assert ran(now)["exams.windows"] == 14 + 16
    assert ran(now)["exams.windows"] == 0
    assert ran(now + timedelta(hours=1))["exams.windows"] == 4


def test_an_account_that_was_opened_gets_its_first_attempt(hall: Hall, db: Any, now: datetime) -> None:
    enrolment = hall.desk.open_account()
    assert ran(now)["exams.entitlements"] == 1
    assert ran(now)["exams.entitlements"] == 0
    assert [one.kind for one in queries.entitlements_of(enrolment.id, "")] == ["first"]


def test_a_booking_goes_its_whole_way_by_the_sweeps_alone(hall: Hall, db: Any, now: datetime) -> None:
    load_bank(now)
    kept = book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now).id
    lost = book(hall.window("2026-11-28"), hall.learner(0)[0], now).id
    window = hall.window("2026-11-28")
    closes, seal_at, late = window.booking_closes_at, window.seal_at, after(window, minutes=30)
    for at, job, touched in (
        (closes, "exams.unmet_bookings", 1),
        (closes, "exams.unmet_bookings", 0),
        (seal_at, "exams.papers", 1),
        (seal_at, "exams.papers", 0),
        (late, "exams.no_shows", 1),
        (late, "exams.no_shows", 0),
    ):
        assert ran(at)[job] == touched, (at, job)
    assert db.session.get_one(Booking, lost).end_reason == "hours_unmet"
    assert db.session.get_one(Booking, kept).status == "no_show"
    assert db.session.scalar(select(func.count()).select_from(Paper)) == 1


def test_a_paper_that_comes_to_no_end_is_said_on_its_window_and_tried_again_later(
    hall: Hall, db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch, make_client: Any
) -> None:
    """The sweep does not spend all its time on it either: no more than once in five minutes."""
    load_bank(now)
    window_id = book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now).window_id
    seal_at = hall.window("2026-11-28").seal_at
    tried: list[Any] = []
    prepare = services.prepare_paper
    monkeypatch.setattr(services, "prepare_paper", lambda due, at: tried.append(due) or prepare(due, at))
    monkeypatch.setattr(services.papers, "SEALING_SECONDS", 0.0)
    for seconds, times in ((0, 1), (10, 1), (299, 1), (300, 2)):
        assert ran(seal_at + timedelta(seconds=seconds))["exams.papers"] == 0
        assert len(tried) == times
    [note] = [one for one in hall.window("2026-11-28").warnings if one["code"] == "paper_failed"]
    assert (note["cause"], note["at"]) == ("solver", (seal_at + timedelta(minutes=5)).isoformat())
    assert actions(window_id).count("paper:failed") == 1
    page = sign_in(make_client(), hall.desk.association, now).get(f"/desk/calendar/{window_id}").text
    assert "notice-danger" in page and "试卷没有封存成" in page and "算不完" in page and "试过）" in page
    monkeypatch.undo()
    assert ran(seal_at + timedelta(minutes=10))["exams.papers"] == 1
    assert "paper_failed" not in [one["code"] for one in hall.window("2026-11-28").warnings]


def test_one_bad_row_is_logged_and_skipped(
    hall: Hall, db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (book(hall.window("2026-11-28"), hall.learner(0)[0], now).id for _ in range(2))
    settle, bad = services.settle_hours, min(first, second)

    def fails_once(booking_id: str, at: datetime) -> bool:
        if booking_id == bad:
            raise ValueError("a row that cannot be settled")
        return settle(booking_id, at)

    monkeypatch.setattr(services, "settle_hours", fails_once)
    closes = hall.window("2026-11-28").booking_closes_at
    assert ran(closes)["exams.unmet_bookings"] == 1
    assert bad in caplog.text
    assert db.session.get_one(Booking, bad).status == "held"
    assert db.session.get_one(Booking, max(first, second)).status == "released"
    monkeypatch.undo()
    assert ran(closes)["exams.unmet_bookings"] == 1


def test_a_late_sweep_catches_up(hall: Hall, db: Any, now: datetime) -> None:
    booking = book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now).id
    weeks_later = after(hall.window("2026-11-28"), days=20)
    assert ran(weeks_later)["exams.no_shows"] == 1
    assert db.session.get_one(Booking, booking).status == "no_show"
    assert db.session.scalars(select(Entitlement.used_at)).one() is None
    assert db.session.scalar(select(func.max(ExamWindow.starts_at))) > weeks_later
