"""Papers: met to the quota, frozen before the window, encrypted, hashed; a shortage is said once and an alteration is noticed."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.queries import current_rules, current_version
from carbonlearn.catalogue.services import load_programme
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.errors import NotFound
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.exams import queries, services
from carbonlearn.exams.models import Booking, ExamWindow, Paper, PaperItem
from carbonlearn.exams.queries.papers import Due
from carbonlearn.exams.queries.pools import pool_of
from carbonlearn.exams.queries.sealed import FACE, KEY, PaperDamaged, seal_hash
from carbonlearn.exams.services import papers
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.question_bank import queries as bank
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.services import load_items
from tests.exams.test_blueprints import put_in_force
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book
from tests.factories.items import load_bank, read_by_somebody
from tests.factories.people import sign_in

KEY_WORDS = ("key", "rubric", "reference", "explanation", "source", "item_id", "version_id")


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA, "demonstration")
    load_bank(now)
    return made


@pytest.fixture
def booked(hall: Hall, now: datetime) -> Booking:
    return book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)


def due_of(hall: Hall, people: tuple[str, ...] = ()) -> Due:
    return Due(hall.window("2026-11-28").id, GDCPA, "accounting", "4", people)


def in_force(at: datetime) -> str:
    return current_version(GDCPA, at).id


def seal(hall: Hall) -> Paper:
    window = hall.window("2026-11-28")
    with unit_of_work():
        services.seal_due_papers(window.seal_at)
    return queries.paper_of(window.id, "accounting", "4", in_force(window.seal_at))


def test_a_paper_is_due_when_its_hour_has_come_and_somebody_booked(hall: Hall, booked: Booking) -> None:
    window = hall.window("2026-11-28")
    real = [due for due in queries.papers_due(window.seal_at) if due.programme_key == GDCPA]
    version = in_force(window.seal_at)
    key = queries.blueprint_key(version, "accounting", "4")
    due = replace(due_of(hall, (booked.user_id,)), version_id=version, blueprint=key, paper="unified")
    assert [replace(one, began_at=None) for one in real] == [due]
    before = queries.papers_due(window.seal_at - timedelta(seconds=1))
    assert [due for due in before if due.programme_key == GDCPA] == []


def test_seals_ninety_six_items_worth_a_hundred_points(hall: Hall, booked: Booking, db: Any) -> None:
    paper = seal(hall)
    face = queries.face(paper)
    assert [item["n"] for item in face["items"]] == list(range(1, 97))
    assert sum(item["points"] for item in face["items"]) == paper.total_points == 10_000
    assert (paper.pass_points, paper.duration_seconds) == (6_000, 5_400)
    kinds = [item["type"] for item in face["items"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "single-choice": 40,
        "true-false": 30,
        "multiple-choice": 22,
        "short-answer": 4,
    }
    assert kinds == sorted(kinds, key=kinds.index), "items of a type stand together"
    assert db.session.scalar(select(func.count()).select_from(PaperItem)) == 96
    sealed = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == paper.id)).one()
    assert (sealed.action, sealed.facts["sha256"]) == ("paper:seal", paper.sha256)


def test_the_face_tells_no_answer(hall: Hall, booked: Booking) -> None:
    face = queries.face(seal(hall))
    assert set(face) == {"name", "form", "items"}
    named = {name for item in face["items"] for name in item}
    assert named - {"case"} == {"n", "type", "points", "stem", "options"}
    text = json.dumps(face, ensure_ascii=False)
    assert not [word for word in KEY_WORDS if f'"{word}"' in text]


def test_the_key_fits_the_face_number_by_number(hall: Hall, booked: Booking) -> None:
    paper = seal(hall)
    keys = {item["n"]: item for item in queries.key(paper)["items"]}
    for item in queries.face(paper)["items"]:
        key = keys[item["n"]]
        letters = {letter for letter, _ in item["options"]}
        if item["type"] in ("single-choice", "multiple-choice"):
            assert key["key"] and set(key["key"]) <= letters
        elif item["type"] == "true-false":
            assert key["key"] in ([True], [False]) and letters == {"T", "F"}
        else:
            assert item["options"] == [] and key["rubric"] and key["reference"]
        assert key["explanation"] and key["source"]


def test_nothing_of_the_paper_is_readable_at_rest(hall: Hall, booked: Booking) -> None:
    paper = seal(hall)
    stem = queries.face(paper)["items"][0]["stem"]
    assert stem.encode() not in paper.face
    assert stem.encode() not in paper.key


def test_sealing_twice_makes_one_paper(hall: Hall, booked: Booking, db: Any) -> None:
    sealed = seal(hall).sha256
    assert seal(hall).sha256 == sealed
    gdcpa = select(func.count()).select_from(Paper).where(Paper.window_id == booked.window_id)
    assert db.session.scalar(gdcpa) == 1


@pytest.mark.parametrize("part", ["face", "key"])
def test_an_altered_paper_is_not_opened(hall: Hall, booked: Booking, db: Any, part: str) -> None:
    paper = seal(hall)
    cipher, purpose = vault.cipher(), {"face": FACE, "key": KEY}[part]
    content = json.loads(cipher.decrypt_bytes(purpose, getattr(paper, part)))
    content["items"][0]["n"] = 2
    forged = cipher.encrypt_bytes(purpose, canonical_json(content))
    with unit_of_work():
        db.session.execute(update(Paper).where(Paper.id == paper.id).values({part: forged}))
    altered = queries.paper_of(booked.window_id, "accounting", "4", in_force(booked.booked_at))
    for opened in (queries.face, queries.key):
        with pytest.raises(PaperDamaged):
            opened(altered)


def test_bytes_of_another_key_are_not_opened(hall: Hall, booked: Booking, db: Any) -> None:
    paper = seal(hall)
    with unit_of_work():
        db.session.execute(update(Paper).where(Paper.id == paper.id).values(face=b"\0" * 64))
    with pytest.raises(PaperDamaged):
        queries.face(queries.paper_of(booked.window_id, "accounting", "4", in_force(booked.booked_at)))


def test_the_same_seed_gives_the_same_paper_and_another_seed_another(hall: Hall, now: datetime) -> None:
    def hash_of(seed: str) -> str:
        prepared = services.prepare_paper(due_of(hall), now, seed)
        face = papers.face_of(prepared.name, prepared.items, prepared.spec)
        return seal_hash(canonical_json(face), canonical_json(papers.key_of(prepared.items, prepared.spec)))

    assert hash_of("1") == hash_of("1")
    assert hash_of("1") != hash_of("2")


def test_a_retake_avoids_items_seen_where_the_bank_has_others(hall: Hall, booked: Booking, db: Any) -> None:
    paper = seal(hall)
    seen = set(db.session.scalars(select(PaperItem.item_id).where(PaperItem.paper_id == paper.id)))
    assert queries.items_met([booked.user_id]) == {}, "not yet begun"
    with unit_of_work():
        services.use_booking(db.session.get_one(Booking, booked.id), paper.sealed_at)
    assert queries.items_met([booked.user_id]) == {booked.user_id: seen}
    again = services.prepare_paper(due_of(hall, (booked.user_id,)), paper.sealed_at, "retake")
    strangers = services.prepare_paper(due_of(hall), paper.sealed_at, "retake")
    repeated = len(seen & {item.id for item in again.items})
    assert repeated == again.preview.proof["seen"]["met"] <= again.preview.proof["seen"]["most"] == 19
    assert repeated < len(seen & {item.id for item in strangers.items})


def test_items_met_on_one_track_count_on_every_other(hall: Hall, booked: Booking, db: Any) -> None:
    """Monitoring and accounting share the common functions: what was seen of them is avoided in the second exam as in a retake."""
    more = [one for one in bank.shipped_items() if (one["pool"], one["job_type"]) == ("exam", "monitoring")]
    with unit_of_work():
        load_items(read_by_somebody(one for one in more if one["level"] == "4"), booked.booked_at)
    paper = seal(hall)
    seen = set(db.session.scalars(select(PaperItem.item_id).where(PaperItem.paper_id == paper.id)))
    with unit_of_work():
        services.use_booking(db.session.get_one(Booking, booked.id), paper.sealed_at)
    due = replace(due_of(hall, (booked.user_id,)), job_type="monitoring")
    other = services.prepare_paper(due, paper.sealed_at, "other")
    strangers = services.prepare_paper(replace(due, booked=()), paper.sealed_at, "other")
    met, chance = (len(seen & {item.id for item in one.items}) for one in (other, strangers))
    assert met == other.preview.proof["seen"]["met"] <= other.preview.proof["seen"]["most"]
    assert met < chance


def test_a_shortage_is_said_once_and_ends_when_items_come(
    hall: Hall, booked: Booking, db: Any, now: datetime
) -> None:
    window = hall.window("2026-11-28")
    seal_at, window_id = window.seal_at, window.id
    with unit_of_work():
        db.session.execute(update(Item).where(Item.type == "short-answer").values(status="retired"))
    for minutes in (0, 1, 6):
        with unit_of_work():
            services.seal_due_papers(seal_at + timedelta(minutes=minutes))
    assert actions(window_id).count("paper:short") == 1
    short = [
        one for one in db.session.get_one(ExamWindow, window_id).warnings if one["code"] == "paper_short"
    ]
    assert len(short) == 1
    assert {one["type"] for one in short[0]["lacking"]} == {"short-answer"}
    assert short[0]["at"] == (seal_at + timedelta(minutes=6)).isoformat()
    with unit_of_work():
        db.session.execute(update(Item).where(Item.type == "short-answer").values(status="live"))
    with unit_of_work():
        services.seal_due_papers(seal_at + timedelta(minutes=12))
    assert queries.paper_of(window_id, "accounting", "4", in_force(seal_at)).item_count == 96
    codes = [one["code"] for one in db.session.get_one(ExamWindow, window_id).warnings]
    assert "paper_short" not in codes


def test_a_required_item_that_was_retired_is_named_where_no_paper_can_stand(
    hall: Hall, booked: Booking, db: Any, now: datetime, make_client: Any
) -> None:
    asked = queries.current_asked(GDCPA, "accounting", "4", "", now)
    number = sorted(item.external_id for item in pool_of(asked.track, asked.blueprint).items.values())[0]
    put_in_force(
        replace(asked.blueprint, drawing=replace(asked.blueprint.drawing, must=(number,))), now.date(), now
    )
    with unit_of_work():
        db.session.execute(update(Item).where(Item.external_id == number).values(status="retired"))
    with unit_of_work():
        services.seal_due_papers(hall.window("2026-11-28").seal_at)
    [note] = hall.window("2026-11-28").warnings
    assert note["faults"] == [{"code": "must_not_live", "item": number}] and note["lacking"] == []
    page = sign_in(make_client(), hall.desk.association, now).get(f"/desk/calendar/{booked.window_id}").text
    assert f"必选的 {number} 不在这个方向的在用题里" in page and "组卷方案不成立" in page
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "paper:short")).one()
    assert entry.facts["faults"] == note["faults"]


def test_a_demonstration_seals_every_window_that_the_bank_can_fill(
    hall: Hall, db: Any, now: datetime
) -> None:
    at = now + timedelta(minutes=14)
    due = queries.papers_due(at)
    assert [(one.programme_key, one.job_type, one.level, one.booked) for one in due] == [
        ("demonstration", "accounting", "4", ())
    ]
    with unit_of_work():
        assert services.seal_due_papers(at) == 1


def test_a_preview_says_quotas_and_shortages_without_storing(hall: Hall, db: Any, now: datetime) -> None:
    stands = queries.assemble_preview(GDCPA, "accounting", "4", "7", now)
    assert stands.stands and not stands.faults
    assert stands.proof["items"] == {"asked": 96, "met": 96}
    lacking = queries.assemble_preview(GDCPA, "trading", "4", "7", now)
    assert not lacking.stands
    assert lacking.proof["shortages"]
    assert db.session.scalar(select(func.count()).select_from(Paper)) == 0


def test_a_cancelled_window_gets_no_paper(hall: Hall, booked: Booking, now: datetime) -> None:
    prepared = services.prepare_paper(due_of(hall), now)
    with unit_of_work():
        services.cancel_window(booked.window_id, "台风红色预警", actor=hall.actor, now=now)
    with unit_of_work():
        assert not services.store_paper(replace(prepared, seed="x"), now)


# ------------------------------------------------------------------------------------- versions of the programme


def revise(now: datetime, minutes: int | None = None, **changes: Any) -> str:
    """A new version of the programme, in force now, whose every paper has these entries changed; its id."""
    data = deepcopy(dict(current_rules(GDCPA, now).data))
    for paper in data["papers"]:
        paper.update(changes)
        if minutes:
            paper["duration"]["minutes"] = minutes
    data["notes"] = [*data["notes"], f"changed: {sorted(changes)}"]
    with unit_of_work():
        return load_programme(data, now).version_id


def paper_for(window_id: str, enrolment: Enrolment) -> Paper:
    return queries.paper_of(window_id, "accounting", "4", enrolment.programme_version_id)


def test_candidates_held_to_versions_that_differ_get_papers_of_their_own(
    hall: Hall, db: Any, now: datetime
) -> None:
    """Who began under the old version keeps 60 points and 90 minutes; the new one asks 70 in 60."""
    window_id, seal_at = hall.window("2026-11-28").id, hall.window("2026-11-28").seal_at
    (early, old), later = hall.learner(THRESHOLD_MS), now + timedelta(minutes=1)
    revise(later, minutes=60, pass_mark=70)
    hall.now = hall.desk.now = later
    late, new = hall.learner(THRESHOLD_MS)
    assert old.programme_version_id != new.programme_version_id
    for learner in (early, late):
        book(hall.window("2026-11-28"), learner, later)
    with unit_of_work():
        services.seal_due_papers(seal_at)
    assert [due for due in queries.papers_due(seal_at) if due.programme_key == GDCPA] == []
    first, second = paper_for(window_id, old), paper_for(window_id, new)
    assert (first.pass_points, first.duration_seconds) == (6_000, 5_400)
    assert (second.pass_points, second.duration_seconds) == (7_000, 3_600)
    assert queries.sealed_at(window_id, new) == second.sealed_at
    assert len(queries.papers_of_window(window_id)) == 2


def test_versions_that_ask_for_the_same_share_one_paper(hall: Hall, db: Any, now: datetime) -> None:
    window_id, seal_at = hall.window("2026-11-28").id, hall.window("2026-11-28").seal_at
    (early, old), later = hall.learner(THRESHOLD_MS), now + timedelta(minutes=1)
    revise(later)
    hall.now = hall.desk.now = later
    late, new = hall.learner(THRESHOLD_MS)
    assert old.programme_version_id != new.programme_version_id
    people = [book(hall.window("2026-11-28"), learner, later).user_id for learner in (early, late)]
    due = [one for one in queries.papers_due(seal_at) if one.programme_key == GDCPA]
    assert [sorted(one.booked) for one in due] == [sorted(people)]
    with unit_of_work():
        services.seal_due_papers(seal_at)
    assert paper_for(window_id, old).id == paper_for(window_id, new).id


def test_a_paper_sealed_before_papers_were_kept_apart_serves_every_version(
    hall: Hall, booked: Booking, db: Any, now: datetime
) -> None:
    paper = seal(hall)
    paper_id, seal_at = paper.id, paper.sealed_at
    other = revise(now + timedelta(minutes=1), pass_mark=70)
    with pytest.raises(NotFound, match="PAPER_NOT_SEALED"):
        queries.paper_of(booked.window_id, "accounting", "4", other)
    with unit_of_work():
        db.session.execute(update(Paper).values(blueprint="", programme_version_id=None))
    assert queries.paper_of(booked.window_id, "accounting", "4", other).id == paper_id
    assert [due for due in queries.papers_due(seal_at) if due.programme_key == GDCPA] == []
