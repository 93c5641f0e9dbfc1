"""Nobody approves their own words, whatever way these came into the bank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carbonlearn.core.errors import Refused
from carbonlearn.core.permissions import Actor, Role
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import jobs, queries, services
from carbonlearn.question_bank.formats.judging import Defaults
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.rules.item import ItemText
from carbonlearn.question_bank.rules.life import CHECKS, may_review
from carbonlearn.question_bank.services import Besides, Place, applying, importing
from tests.factories.item_files import shipped, written
from tests.factories.people import actor_of, make_user

CASE = "某水泥企业有一条熟料生产线，年产熟料 100 万 t，用煤 15 万 t，外购电力 3 000 万 kW·h。以上为题设，不计其他排放源。"
TEXT = ItemText(
    "true-false", "basic-knowledge", 2, "该企业应当核算熟料生产过程的排放。", "过程排放是熟料生产的主要来源，" * 2, "《通则》",
    key=[True],
)  # fmt: skip
PLACE = Place("exam", "accounting", "4")


class Room:
    """Two people who may both write and approve, and one who only approves."""

    def __init__(self, clock: SettableClock) -> None:
        self.now = clock.now()
        both = (Role.AUTHOR, Role.CHIEF_EXAMINER)
        self.a, self.b = self._one(*both), self._one(*both)
        self.chief = self._one(Role.CHIEF_EXAMINER)

    def _one(self, *roles: Role) -> Actor:
        return actor_of(make_user(*roles, now=self.now), self.now)

    def draft(self, who: Actor, case: str | None = None) -> str:
        version = queries.case(case)[1].id if case else None
        with unit_of_work():
            return services.draft(TEXT, PLACE, Besides(case_version_id=version), actor=who, now=self.now).id

    def revise(self, item_id: str, who: Actor) -> None:
        base = queries.newest_version(item_id).number
        with unit_of_work():
            services.revise(item_id, TEXT, base, Besides(), actor=who, now=self.now)

    def a_case(self, who: Actor) -> str:
        with unit_of_work():
            return services.write_case(CASE, "exam", "accounting", "4", actor=who, now=self.now).id

    def revise_case(self, case_id: str, who: Actor) -> None:
        with unit_of_work():
            services.revise_case(case_id, CASE + "再补一句。", 1, actor=who, now=self.now)

    def approve(self, item_id: str, who: Actor) -> None:
        number = queries.newest_version(item_id).number
        checks = dict.fromkeys(CHECKS, "ok")
        with unit_of_work():
            services.review(item_id, number, "approved", "", checks=checks, actor=who, now=self.now)

    def refuses(self, item_id: str, who: Actor) -> bool:
        with pytest.raises(Refused, match="ITEM_OWN_DRAFT"):
            self.approve(item_id, who)
        return not may_review(queries.writers(queries.newest_version(item_id)), who.user_id)


@pytest.fixture
def room(db: Any, clock: SettableClock) -> Room:
    return Room(clock)


def test_a_draft_that_a_case_carries_along_stays_its_authors(room: Room) -> None:
    case = room.a_case(room.a)
    item = room.draft(room.b, case)
    room.revise_case(case, room.a)
    assert room.refuses(item, room.b)
    assert room.refuses(item, room.a)
    room.approve(item, room.chief)
    with pytest.raises(Refused), unit_of_work():
        services.put_to_use(item, actor=room.b, now=room.now)
    with unit_of_work():
        services.put_to_use(item, actor=room.chief, now=room.now)


def test_what_was_approved_before_a_case_carried_it_is_nobodys_draft(room: Room) -> None:
    case = room.a_case(room.a)
    item = room.draft(room.b, case)
    room.approve(item, room.chief)
    room.revise_case(case, room.a)
    assert room.refuses(item, room.a)
    room.approve(item, room.b)


def test_an_edit_of_an_unread_draft_does_not_make_its_author_a_second_person(room: Room) -> None:
    item = room.draft(room.b)
    room.revise(item, room.a)
    assert room.refuses(item, room.b)
    room.approve(item, room.chief)
    room.revise(item, room.a)
    room.approve(item, room.b)


def test_who_wrote_the_case_does_not_approve_the_first_item_that_brings_it(room: Room) -> None:
    case = room.a_case(room.a)
    first, second = room.draft(room.b, case), room.draft(room.b, case)
    assert room.refuses(first, room.a)
    room.approve(first, room.chief)
    room.approve(second, room.a)


def test_neither_who_sent_a_file_nor_who_took_it_approves_what_it_became(
    room: Room, db: Any, tmp_path: Path
) -> None:
    (entry, *_), _cases = shipped()
    kept = importing.keep(written(tmp_path / "a.xlsx", "xlsx", [entry]))
    with unit_of_work():
        sent = importing.receive(kept, "a.xlsx", Defaults(), actor=room.b, now=room.now).id
    jobs.read_files(room.now)
    with unit_of_work():
        applying.ask_to_apply(sent, actor=room.a, now=room.now)
    jobs.apply_files(room.now)
    assert files.file_import(sent).status == "applied"
    item = db.session.query(Item).one().id
    assert room.refuses(item, room.b)
    with unit_of_work():
        importing.forget_rows(sent)
    assert room.refuses(item, room.b), "the rows are kept for a while only"
    assert room.refuses(item, room.a)
    room.approve(item, room.chief)
