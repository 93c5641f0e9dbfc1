from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonlearn.core.errors import Conflict, Refused
from carbonlearn.enrolment.rules.admission import TABLE, By, Event, Status, may, step
from carbonlearn.enrolment.rules.documents import DocumentState, document_checklist

PERMITTED = """
draft                submit               submitted             learner base
draft                withdraw             withdrawn             learner base
submitted            base_approve         base_approved         base
submitted            base_return          draft                 base
submitted            withdraw             withdrawn             learner base
base_approved        association_approve  association_approved  association
base_approved        association_return   draft                 association
base_approved        withdraw             withdrawn             learner base
association_approved pay                  paid                  base association
association_approved withdraw             withdrawn             learner base
paid                 activate             active                base association system
paid                 withdraw             withdrawn             learner base
active               expire               expired               system
active               extend               active                base association
active               complete             completed             system
active               withdraw             withdrawn             learner base
expired              extend               active                base association
expired              complete             completed             system
"""
ROWS = {
    tuple(line.split()[:2]): (line.split()[2], set(line.split()[3:]))
    for line in PERMITTED.strip().splitlines()
}


@pytest.mark.parametrize(("status", "event", "by"), list(product(Status, Event, By)))
def test_every_triple_is_in_the_table_or_refused(status: Status, event: Event, by: By) -> None:
    to, actors = ROWS.get((status.value, event.value), (None, set()))
    if to is None:
        with pytest.raises(Conflict):
            step(status, event, by)
    elif by.value not in actors:
        with pytest.raises(Refused):
            step(status, event, by)
    else:
        assert step(status, event, by).value == to
    assert may(status, event, by) == (by.value in actors)


def test_nobody_becomes_active_without_base_association_and_payment() -> None:
    reached: dict[Status, set[Event]] = {Status.DRAFT: set()}
    for _ in Status:
        for (status, event), (after, _actors) in TABLE.items():
            if status in reached:
                passed = reached[status] | {event}
                reached[after] = reached[after] & passed if after in reached else passed
    needed = {Event.SUBMIT, Event.BASE_APPROVE, Event.ASSOCIATION_APPROVE, Event.PAY, Event.ACTIVATE}
    assert needed <= reached[Status.ACTIVE]
    assert needed <= reached[Status.COMPLETED]


GDCPA = [
    {"slug": "photo", "required": True},
    {"slug": "id-card", "required": True, "sides": ["front", "back"]},
    {"slug": "education-proof", "required": True, "one_of_group": "education-or-work"},
    {"slug": "work-proof", "required": True, "one_of_group": "education-or-work"},
    {"slug": "registration-form", "required": True},
    {"slug": "invoice-details", "required": False},
]
ALL = ["photo", "id-card-front", "id-card-back", "work-proof", "registration-form"]


def test_one_of_a_group_is_enough() -> None:
    checklist = document_checklist(GDCPA, ALL)
    assert checklist.decision
    assert [line.state.value for line in checklist.lines] == [
        "met",
        "met",
        "not_needed",
        "met",
        "met",
        "not_needed",
    ]


@pytest.mark.parametrize(
    ("without", "returned", "code", "facts"),
    [
        ("photo", [], "document_missing", {"slug": "photo", "parts": ()}),
        ("id-card-back", [], "document_missing", {"slug": "id-card", "parts": ("id-card-back",)}),
        (
            "work-proof",
            [],
            "document_group_missing",
            {"group": "education-or-work", "any_of": ("education-proof", "work-proof")},
        ),
        (None, ["id-card-front"], "document_returned", {"slug": "id-card"}),
        (None, ["id-card"], "document_returned", {"slug": "id-card"}),
        (None, ["work-proof"], "document_returned", {"slug": "work-proof"}),
    ],
)
def test_each_fault_is_named(
    without: str | None, returned: list[str], code: str, facts: dict[str, object]
) -> None:
    checklist = document_checklist(GDCPA, [slug for slug in ALL if slug != without], returned)
    assert (code, facts) in [(reason.code, dict(reason.facts)) for reason in checklist.decision.reasons]
    assert len([reason for reason in checklist.decision.reasons if reason.code == code]) == 1


def test_a_document_with_sides_may_come_whole() -> None:
    assert document_checklist(GDCPA, ["photo", "id-card", "education-proof", "registration-form"]).decision


def test_a_programme_without_documents_asks_for_none() -> None:
    assert document_checklist([], []).decision


slugs = st.sets(st.sampled_from([*ALL, "id-card", "education-proof", "invoice-details"]))


@given(slugs, slugs, slugs)
def test_handing_in_more_never_makes_things_worse(have: set[str], more: set[str], returned: set[str]) -> None:
    before, after = (
        document_checklist(GDCPA, have, returned),
        document_checklist(GDCPA, have | more, returned - more),
    )
    assert after.decision.allowed >= before.decision.allowed
    missing = [line for line in after.lines if line.state in (DocumentState.MISSING, DocumentState.RETURNED)]
    assert after.decision.allowed == (not missing)
