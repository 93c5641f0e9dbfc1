"""How a place ends by time, what holds it open, how it is taken up again, and when it may not be withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from carbonlearn.audit.models import AuditEntry
from carbonlearn.certificates import jobs as certificates
from carbonlearn.core.errors import Conflict, DomainError, Invalid, NotFound
from carbonlearn.core.permissions import Role
from carbonlearn.enrolment import jobs, queries, services
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import services as exams
from carbonlearn.exams.models import Booking, Entitlement
from carbonlearn.exams.queries import eligibility
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.runner import run_all
from carbonlearn.marking.models import Release, Result
from tests.factories.certificates import EXAM, RELEASED, make_released_pass
from tests.factories.enrolment import Desk, load_catalogue
from tests.factories.exams import THRESHOLD_MS, Hall, book
from tests.factories.people import actor_of, make_base, make_user, sign_in
from tests.factories.sittings import a_candidate, a_running_sitting

DAY = timedelta(days=1)


@pytest.fixture
def now(db: Any, clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def desk(now: datetime) -> Desk:
    load_catalogue(now)
    return Desk(now)


def swept(at: datetime) -> int:
    return run_all(jobs.JOBS, at)["enrolment.expire"]


def status(db: Any, enrolment_id: str) -> str:
    db.session.rollback()
    return str(db.session.scalar(select(Enrolment.status).where(Enrolment.id == enrolment_id)))


def acts(db: Any, enrolment_id: str) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject_id == enrolment_id).order_by(AuditEntry.seq)
    return list(db.session.scalars(query))


def end_of(enrolment: Enrolment) -> datetime:
    assert enrolment.access_until is not None
    return enrolment.access_until


def extend(desk: Desk, enrolment_id: str, until: datetime, at: datetime, why: str = "生病") -> Enrolment:
    actor = desk.clerk_actor
    with unit_of_work():
        return services.extend(enrolment_id, until, why, actor=actor, now=at)


def test_the_record_follows_when_the_period_has_passed_and_only_once(desk: Desk, db: Any) -> None:
    place = desk.open_account()
    end = end_of(place)
    assert swept(end - timedelta(microseconds=1)) == 0
    assert status(db, place.id) == "active"
    assert swept(end) == 1
    assert swept(end + DAY) == 0
    assert status(db, place.id) == "expired"
    assert acts(db, place.id).count("enrolment:expire") == 1


def test_a_first_attempt_that_was_never_used_holds_nothing_open(desk: Desk, db: Any) -> None:
    place = desk.open_account()
    with unit_of_work():
        exams.ensure_entitlements(db.session.get_one(Enrolment, place.id), desk.now)
    assert swept(end_of(place)) == 1


def test_a_retake_keeps_the_place_open_until_it_is_used_or_over(db: Any, now: datetime) -> None:
    hall = Hall(now)
    _actor, place = hall.learner(THRESHOLD_MS)
    failed_at = end_of(place) - DAY
    with unit_of_work():
        db.session.query(Entitlement).filter_by(enrolment_id=place.id).update({"used_at": now})
        retake = exams.grant_retake(place.id, "", failed_at)
        assert retake is not None and retake.expires_at is not None
        until = retake.expires_at
    for at in (end_of(place), end_of(place) + 90 * DAY, until - timedelta(seconds=1)):
        assert swept(at) == 0
        checklist = eligibility(db.session.get_one(Enrolment, place.id), "", at)
        assert checklist.line("enrolment").state == "met" and checklist.line("entitlement").state == "met"
    assert swept(until) == 1
    assert status(db, place.id) == "expired"


def test_a_retake_that_was_used_holds_no_longer_than_its_sitting(db: Any, now: datetime) -> None:
    hall = Hall(now)
    _actor, place = hall.learner()
    with unit_of_work():
        retake = exams.grant_retake(place.id, "", end_of(place) - DAY)
        assert retake is not None
        retake.used_at = end_of(place)
    assert swept(end_of(place) + DAY) == 1


def test_a_place_in_a_window_keeps_the_place_open_while_it_is_held(db: Any, now: datetime) -> None:
    hall = Hall(now)
    actor, place = hall.learner(THRESHOLD_MS)
    booking = book(hall.window("2026-11-28"), actor, now)
    assert swept(end_of(place)) == 0
    with unit_of_work():
        db.session.get_one(Booking, booking.id).status = "no_show"
    assert swept(end_of(place)) == 1


def test_a_sitting_keeps_the_place_open_until_its_failure_is_released(db: Any, now: datetime) -> None:
    graduate = make_released_pass(passed=False, released=False)
    later = RELEASED + 400 * DAY
    with unit_of_work():
        db.session.get_one(Enrolment, graduate.enrolment_id).access_until = EXAM + DAY
    assert swept(later) == 0
    _release(db, graduate.result_id)
    assert swept(later) == 1


def test_a_released_pass_keeps_the_place_until_its_certificate_completes_it(db: Any, now: datetime) -> None:
    graduate = make_released_pass()
    with unit_of_work():
        db.session.get_one(Enrolment, graduate.enrolment_id).access_until = EXAM + DAY
    assert swept(RELEASED) == 0
    assert run_all(certificates.JOBS, RELEASED)["certificates.issue"] == 1
    assert swept(RELEASED) == 0
    assert status(db, graduate.enrolment_id) == "completed"


def test_many_places_that_wait_do_not_stand_before_one_that_is_over(
    desk: Desk, db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    waiting, over = desk.open_account(), desk.open_account(name="李四")
    with unit_of_work():
        exams.grant_retake(waiting.id, "", end_of(waiting) - DAY)
        db.session.get_one(Enrolment, over.id).access_until = end_of(waiting) + timedelta(hours=1)
    assert swept(end_of(waiting) + DAY) == 1
    assert (status(db, waiting.id), status(db, over.id)) == ("active", "expired")


# ------------------------------------------------------------------------------------------------------ extension


def test_a_base_takes_a_lapsed_place_up_again_with_a_reason(desk: Desk, db: Any) -> None:
    place = desk.open_account()
    end = end_of(place)
    swept(end)
    until = end + 60 * DAY
    extend(desk, place.id, until, end + DAY)
    again = db.session.get_one(Enrolment, place.id)
    assert (again.status, again.access_until) == ("active", until)
    assert swept(until - DAY) == 0
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "enrolment:extend")).one()
    assert (entry.actor_id, entry.subject_id) == (desk.clerk.id, place.id)
    assert next((one.decision, one.reasons) for one, _name in queries.reviews(place.id)) == (
        "extended",
        {"reason": "生病"},
    )
    assert swept(until) == 1


@pytest.mark.parametrize(
    ("days", "why", "code"),
    [(30, "  ", "REASON_NEEDED"), (-1, "生病", "EXTENSION_NOT_LATER"), (400, "生病", "EXTENSION_TOO_LONG")],
)
def test_an_extension_without_reason_or_sense_changes_nothing(
    desk: Desk, db: Any, days: int, why: str, code: str
) -> None:
    place = desk.open_account()
    end = end_of(place)
    swept(end)
    with pytest.raises(Invalid, match=code):
        extend(desk, place.id, end + days * DAY, end + DAY, why)
    assert status(db, place.id) == "expired"


def test_an_extension_of_another_bases_place_is_not_found(desk: Desk, now: datetime) -> None:
    place, other = desk.open_account(), Desk(now, "other")
    with pytest.raises(NotFound):
        extend(other, place.id, end_of(place) + DAY, now)


@pytest.mark.parametrize("end", ["completed", "withdrawn"])
def test_what_ended_for_another_reason_is_not_extended(desk: Desk, db: Any, end: str) -> None:
    place = desk.open_account()
    with unit_of_work():
        db.session.get_one(Enrolment, place.id).status = end
    with pytest.raises(Conflict, match="ENROLMENT_STATUS"):
        extend(desk, place.id, end_of(place) + DAY, desk.now)


def test_after_its_end_a_new_place_on_the_track_opens_and_then_the_old_one_stays_ended(
    desk: Desk, db: Any
) -> None:
    from tests.factories.people import an_id_number

    number = an_id_number(77)
    old = desk.open_account(id_number=number)
    with pytest.raises(Conflict, match="ENROLMENT_OPEN"):
        desk.enter(id_number=number)
    swept(end_of(old))
    new = desk.open_account(id_number=number)
    assert new.id != old.id and new.user_id == old.user_id
    with pytest.raises(Conflict, match="ENROLMENT_OPEN"):
        extend(desk, old.id, end_of(old) + 30 * DAY, end_of(old))
    assert (status(db, old.id), status(db, new.id)) == ("expired", "active")


# ------------------------------------------------------------------------------------------------------ withdrawal


def withdrawal(enrolment_id: str, base_id: str, at: datetime) -> str:
    clerk = actor_of(make_user(Role.BASE_ADMIN, base_id=base_id, now=at), at)
    try:
        with unit_of_work():
            services.withdraw(enrolment_id, "不再需要", actor=clerk, now=at)
    except DomainError as refusal:
        return refusal.code
    return "done"


@pytest.mark.parametrize("passed", [True, False])
def test_who_has_sat_is_not_withdrawn_before_the_release(db: Any, now: datetime, passed: bool) -> None:
    graduate = make_released_pass(passed=passed, released=False)
    assert withdrawal(graduate.enrolment_id, graduate.base_id, now) == "WITHDRAWAL_UNRELEASED"
    assert status(db, graduate.enrolment_id) == "active"
    _release(db, graduate.result_id)
    after = "WITHDRAWAL_UNRELEASED" if passed else "done"  # a pass is owed its certificate
    assert withdrawal(graduate.enrolment_id, graduate.base_id, now) == after
    issued = run_all(certificates.JOBS, RELEASED)["certificates.issue"]
    assert (issued, status(db, graduate.enrolment_id)) == ((1, "completed") if passed else (0, "withdrawn"))


def test_who_is_sitting_now_is_not_withdrawn(db: Any, now: datetime) -> None:
    sitter = a_candidate(now - timedelta(minutes=30))
    base = str(db.session.get_one(Enrolment, sitter.enrolment).base_id)
    a_running_sitting(sitter, now)
    assert withdrawal(sitter.enrolment, base, now) == "WITHDRAWAL_UNRELEASED"


def test_who_only_holds_a_place_in_a_window_may_be_withdrawn(db: Any, now: datetime) -> None:
    sitter = a_candidate(now - timedelta(minutes=30))
    base = str(db.session.get_one(Enrolment, sitter.enrolment).base_id)
    assert withdrawal(sitter.enrolment, base, now) == "done"


def _release(db: Any, result_id: str) -> None:
    chief = make_user(Role.CHIEF_EXAMINER, now=RELEASED)
    with unit_of_work():
        result = db.session.get_one(Result, result_id)
        release = Release(window_id=result.window_id, released_by=chief.id, at=RELEASED, count=1)
        db.session.add(release)
        db.session.flush()
        result.release_id = release.id


# -------------------------------------------------------------------------------------------------------- the desk


def test_the_review_page_extends_an_ended_place(
    desk: Desk, db: Any, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    place = desk.open_account()
    swept(end_of(place))
    clock.set(end_of(place) + DAY)
    client = sign_in(make_client(), desk.clerk, clock.now())
    path = f"/desk/admissions/{place.id}"
    assert f"{path}/extension" in client.get(path).text
    lacking = client.post(f"{path}/extension", data={"until": "2027-06-30", "reason": ""})
    assert (
        lacking.status_code == 422
        and "请写明延长到哪一天和理由" in lacking.text
        and "2027-06-30" in lacking.text
    )
    early = client.post(f"{path}/extension", data={"until": "2027-01-01", "reason": "生病"})
    assert early.status_code == 422 and "之后" in early.text
    assert client.post(f"{path}/extension", data={"until": "2027-06-30", "reason": "生病"}).status_code == 303
    again = db.session.get_one(Enrolment, place.id)
    assert again.status == "active"
    assert end_of(again).isoformat() == "2027-06-30T16:00:00+00:00"
    stranger = make_user(Role.BASE_ADMIN, base_id=make_base("other", now=clock.now()), now=clock.now())
    other = sign_in(make_client(), stranger, clock.now())
    assert other.post(f"{path}/extension", data={"until": "2027-09-30", "reason": "x"}).status_code == 404


def test_the_review_page_says_why_a_withdrawal_has_to_wait(
    db: Any, now: datetime, make_client: Callable[[], FlaskClient]
) -> None:
    graduate = make_released_pass(released=False)
    clerk = make_user(Role.BASE_ADMIN, base_id=graduate.base_id, now=now)
    client = sign_in(make_client(), clerk, now)
    answer = client.post(f"/desk/admissions/{graduate.enrolment_id}/withdrawal", data={"reason": "不再需要"})
    assert answer.status_code == 409 and "成绩还没有发布" in answer.text
