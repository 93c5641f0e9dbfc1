"""The life of an enrolment through the services: entered, checked, approved, paid, and sent back with reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from carbonlearn.accounts.models import OneTimeCode, RoleGrant, User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.audit.queries import chain
from carbonlearn.audit.rules import first_break
from carbonlearn.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from carbonlearn.core.permissions import Permission, Role
from carbonlearn.enrolment import queries, services
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import Desk, an_application, load_catalogue
from tests.factories.people import actor_of, an_id_number, make_user


@pytest.fixture
def desk(db: Any, clock: SettableClock) -> Desk:
    load_catalogue(clock.now())
    return Desk(clock.now())


def refusal(kind: type[DomainError], act: Any) -> str:
    with pytest.raises(kind) as caught, unit_of_work():
        act()
    return caught.value.code


def test_an_application_goes_all_the_way_and_opens_the_account(desk: Desk, db: Any) -> None:
    enrolment = desk.open_account()
    assert enrolment.status == "active"
    assert enrolment.access_from == desk.now
    assert enrolment.access_until == datetime(2027, 5, 2, 1, 0, tzinfo=UTC)
    grant = db.session.query(RoleGrant).filter_by(user_id=enrolment.user_id).one()
    assert (grant.role, grant.base_id) == ("learner", desk.base_id)
    payment = queries.payment(enrolment.id)
    assert payment is not None and payment.amount_minor == 340_000
    learner = actor_of(desk.learner_of(enrolment), desk.now)
    places = queries.places_shown(learner, None, desk.now)
    assert places is not None and places.shown.id == enrolment.id


def test_every_step_is_in_the_audit_chain_with_its_base(desk: Desk, db: Any) -> None:
    enrolment = desk.open_account()
    entries = db.session.query(AuditEntry).filter_by(subject_id=enrolment.id).order_by(AuditEntry.seq).all()
    assert [entry.action for entry in entries] == [
        "enrolment:override_hours",
        "enrolment:enter",
        "enrolment:approve",
        "enrolment:approve",
        "enrolment:open",
    ]
    assert {entry.base_id for entry in entries} == {desk.base_id}
    assert first_break(chain()) is None


def test_a_new_person_gets_one_code_and_no_password(desk: Desk, db: Any) -> None:
    entered = desk.enter()
    user = db.session.get(User, entered.enrolment.user_id)
    assert entered.code is not None and len(entered.code) == 10
    assert user.password_hash is None
    stored = db.session.query(OneTimeCode).filter_by(user_id=user.id).one()
    assert entered.code not in stored.code_hash


def test_phone_and_id_number_are_not_readable_in_the_database(desk: Desk, db: Any) -> None:
    number = an_id_number()
    entered = desk.enter(id_number=number, phone="13812345678")
    user = db.session.get(User, entered.enrolment.user_id)
    row = " ".join(str(value) for value in vars(user).values())
    assert number not in row and "13812345678" not in row


def test_the_same_person_may_enter_a_second_track_without_a_second_account(desk: Desk, db: Any) -> None:
    number = an_id_number()
    first = desk.enter(id_number=number)
    second = desk.enter(id_number=number, job_type="verification")
    assert second.enrolment.user_id == first.enrolment.user_id
    assert second.code is None
    assert db.session.query(Enrolment).count() == 2


def test_refuses_a_second_place_on_the_same_track(desk: Desk) -> None:
    number = an_id_number()
    desk.enter(id_number=number)
    clerk = desk.clerk_actor
    form = an_application(desk.base_id, id_number=number)
    assert refusal(Conflict, lambda: services.enter(form, actor=clerk, now=desk.now)) == "ENROLMENT_OPEN"


def test_refuses_an_id_number_that_is_registered_under_another_name(desk: Desk) -> None:
    number = an_id_number()
    desk.enter(id_number=number)
    clerk = desk.clerk_actor
    form = an_application(desk.base_id, id_number=number, name="李晓彤", job_type="trading")
    assert refusal(Invalid, lambda: services.enter(form, actor=clerk, now=desk.now)) == "NAME_DIFFERS"


def test_refuses_a_phone_that_is_registered_to_somebody_else(desk: Desk) -> None:
    desk.enter(phone="13800001111")
    clerk = desk.clerk_actor
    form = an_application(desk.base_id, phone="138 0000 1111")
    assert refusal(Conflict, lambda: services.enter(form, actor=clerk, now=desk.now)) == "PHONE_TAKEN"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("440106199205183726", "ID_NUMBER_CHECK"),
        ("4401061992051837", "ID_NUMBER_FORM"),
        ("990106199205183721", "ID_NUMBER_REGION"),
        ("440106199213183721", "ID_NUMBER_BIRTH_DATE"),
    ],
)
def test_refuses_an_id_number_that_cannot_be_right(desk: Desk, number: str, code: str) -> None:
    clerk = desk.clerk_actor
    form = an_application(desk.base_id, id_number=number)
    assert refusal(Invalid, lambda: services.enter(form, actor=clerk, now=desk.now)) == code


def test_nobody_enrols_in_a_standard(desk: Desk) -> None:
    clerk = desk.clerk_actor
    load_catalogue(desk.now, "national-standard")
    form = an_application(desk.base_id, programme_key="national-standard", override="标准也要有人读")
    assert (
        refusal(Refused, lambda: services.enter(form, actor=clerk, now=desk.now)) == "PROGRAMME_ENROLS_NOBODY"
    )


def test_refuses_a_track_whose_hours_cannot_be_earned_unless_somebody_says_why(desk: Desk) -> None:
    clerk = desk.clerk_actor
    form = an_application(desk.base_id, override="")
    assert refusal(Refused, lambda: services.enter(form, actor=clerk, now=desk.now)) == "HOURS_NOT_EARNABLE"


def test_a_return_names_the_fields_and_loses_nothing(desk: Desk, db: Any) -> None:
    entered = desk.enter()
    clerk = desk.clerk_actor
    with unit_of_work():
        returned = services.check(
            entered.enrolment.id, {"photo": "背景不是纯色，请重拍。"}, actor=clerk, now=desk.now
        )
    assert returned.status == "draft"
    assert queries.photo_key(entered.enrolment.id) is not None
    review, name = queries.reviews(entered.enrolment.id)[0]
    assert review.reasons == {"photo": "背景不是纯色，请重拍。"}
    assert name == "何立新"


def test_a_returned_draft_can_be_corrected_and_handed_in_again(desk: Desk, db: Any) -> None:
    number, phone = an_id_number(), "13800002222"
    entered = desk.enter(id_number=number, phone=phone)
    clerk = desk.clerk_actor
    form = an_application(desk.base_id, id_number=number, phone="13800003333", photo_key="", level="3")
    with unit_of_work():
        services.check(entered.enrolment.id, {"phone": "打不通"}, actor=clerk, now=desk.now)
        services.amend(entered.enrolment.id, form, actor=clerk, now=desk.now)
    row = queries.place_row(entered.enrolment.id, clerk, Permission.ADMISSION_READ)
    assert (row.enrolment.status, row.enrolment.level, row.phone) == ("submitted", "3", "138****3333")


def test_a_person_with_two_places_keeps_the_identity(desk: Desk) -> None:
    number = an_id_number()
    first = desk.enter(id_number=number)
    desk.enter(id_number=number, job_type="trading")
    clerk = desk.clerk_actor
    with unit_of_work():
        services.check(first.enrolment.id, {"name": "错字"}, actor=clerk, now=desk.now)
    form = an_application(desk.base_id, id_number=number, name="张文风", photo_key="")
    assert (
        refusal(Conflict, lambda: services.amend(first.enrolment.id, form, actor=clerk, now=desk.now))
        == "IDENTITY_SHARED"
    )


def test_who_checked_cannot_approve_even_with_both_roles(desk: Desk, db: Any) -> None:
    both = make_user(Role.BASE_ADMIN, Role.ASSOCIATION_ADMIN, now=desk.now, name="赵立")
    entered, actor = desk.enter(), actor_of(both, desk.now)
    with unit_of_work():
        services.check(entered.enrolment.id, {}, actor=actor, now=desk.now)
    assert (
        refusal(Refused, lambda: services.approve(entered.enrolment.id, {}, actor=actor, now=desk.now))
        == "SAME_PERSON"
    )


def test_stages_cannot_be_skipped(desk: Desk) -> None:
    entered = desk.enter()
    clerk, association = desk.clerk_actor, desk.association_actor
    place = entered.enrolment.id
    pay = lambda: services.mark_paid(place, "non_member", 340_000, "", actor=clerk, now=desk.now)  # noqa: E731
    assert refusal(Conflict, pay) == "ENROLMENT_STATUS"
    approve = lambda: services.approve(place, {}, actor=association, now=desk.now)  # noqa: E731
    assert refusal(Conflict, approve) == "ENROLMENT_STATUS"


@pytest.mark.parametrize(
    ("category", "amount", "code"),
    [("member", 340_000, "FEE_AMOUNT"), ("standard", 340_000, "FEE_CATEGORY"), ("member", -1, "FEE_AMOUNT")],
)
def test_a_fee_is_what_the_programme_says(desk: Desk, category: str, amount: int, code: str) -> None:
    entered = desk.enter()
    clerk, association = desk.clerk_actor, desk.association_actor
    with unit_of_work():
        services.check(entered.enrolment.id, {}, actor=clerk, now=desk.now)
        services.approve(entered.enrolment.id, {}, actor=association, now=desk.now)
    act = lambda: services.mark_paid(  # noqa: E731
        entered.enrolment.id, category, amount, "", actor=clerk, now=desk.now
    )
    assert refusal(Invalid, act) == code


def test_another_base_does_not_see_the_place(desk: Desk) -> None:
    entered = desk.enter()
    other = Desk(desk.now, slug="maoming").clerk_actor
    for act in (
        lambda: services.check(entered.enrolment.id, {}, actor=other, now=desk.now),
        lambda: services.withdraw(entered.enrolment.id, "误报", actor=other, now=desk.now),
        lambda: services.mark_paid(entered.enrolment.id, "member", 300_000, "", actor=other, now=desk.now),
    ):
        assert refusal(NotFound, act) == "ENROLMENT_NOT_FOUND"
    assert queries.place_rows(other, Permission.ADMISSION_READ, queries.Filters()) == []


def test_a_clerk_enters_only_in_bases_of_their_own(desk: Desk) -> None:
    other = Desk(desk.now, slug="maoming").clerk_actor
    form = an_application(desk.base_id)
    assert refusal(NotFound, lambda: services.enter(form, actor=other, now=desk.now)) == "BASE_NOT_FOUND"


def test_a_withdrawn_place_makes_room_for_a_new_one(desk: Desk, db: Any) -> None:
    number = an_id_number()
    entered, clerk = desk.enter(id_number=number), desk.clerk_actor
    with unit_of_work():
        services.withdraw(entered.enrolment.id, "换到下一期", actor=clerk, now=desk.now)
    assert desk.enter(id_number=number).enrolment.status == "submitted"
