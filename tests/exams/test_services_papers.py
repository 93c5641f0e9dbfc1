"""Papers: met to the quota, frozen before the window, encrypted, hashed; a shortage is said once and an alteration is noticed."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue.queries import current_version
from carbonlearn.core.canonical import canonical_json
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, ExamWindow, Paper, PaperItem
from carbonlearn.exams.queries import sealed
from carbonlearn.exams.queries.papers import Due
from carbonlearn.exams.queries.pools import pool_of
from carbonlearn.exams.queries.sealed import FACE, KEY, PaperDamaged, seal_hash
from carbonlearn.exams.services import papers
from carbonlearn.infra import vault
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.runner import run_all
from carbonlearn.question_bank import queries as bank
from carbonlearn.question_bank.models import Item
from carbonlearn.question_bank.services import load_items
from tests.exams.test_blueprints import put_in_force
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book
from tests.factories.items import load_bank, read_by_somebody
from tests.factories.people import sign_in
from tests.support.statements import counted

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


def given(window_id: str, enrolment_id: str = "") -> Paper:
    """The form that who booked the window gets, or this enrolment."""
    query = select(Booking).where(Booking.window_id == window_id)
    if enrolment_id:
        query = query.where(Booking.enrolment_id == enrolment_id)
    return queries.paper_for(database.session.scalars(query).one())


def seal(hall: Hall) -> Paper:
    window = hall.window("2026-11-28")
    jobs.seal_papers(window.seal_at)
    return given(window.id)


def items_of(paper: Paper) -> set[str]:
    return {entry["item_id"] for entry in queries.key(paper)["items"]}


def begin(booking: Booking, paper: Paper) -> None:
    """The candidate begins: the paper is theirs and opened, the booking used."""
    row = database.session.get_one(Booking, booking.id)
    services.give_paper(row, paper.sealed_at)
    services.use_booking(row, paper.sealed_at)


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


def test_nothing_of_the_paper_is_readable_at_rest(hall: Hall, booked: Booking, db: Any) -> None:
    paper = seal(hall)
    stem = queries.face(paper)["items"][0]["stem"]
    assert stem.encode() not in paper.face
    assert stem.encode() not in paper.key
    secrets = [queries.key(paper)["seed"]]
    secrets += [entry[name] for entry in queries.key(paper)["items"] for name in ("item_id", "version_id")]
    row = canonical_json(
        {
            column.name: str(getattr(paper, column.name))
            for column in Paper.__table__.columns
            if column.name not in ("face", "key")
        }
    ).decode()
    assert not [secret for secret in secrets if secret in row]
    assert db.session.scalar(select(func.count()).select_from(PaperItem)) == 0
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == paper.id)).one()
    assert not [secret for secret in secrets if secret in str(entry.facts)]


def test_the_items_stand_in_rows_from_the_beginning_of_the_exam_on(
    hall: Hall, booked: Booking, db: Any
) -> None:
    paper = seal(hall)
    paper_id, starts_at = paper.id, hall.window("2026-11-28").starts_at
    keys = {entry["n"]: (entry["item_id"], entry["version_id"]) for entry in queries.key(paper)["items"]}
    assert paper_id not in queries.unopened_papers(starts_at - timedelta(seconds=1))
    assert paper_id in queries.unopened_papers(starts_at)
    assert run_all(jobs.JOBS, starts_at)["exams.openings"] > 0
    assert run_all(jobs.JOBS, starts_at)["exams.openings"] == 0
    rows = db.session.scalars(select(PaperItem).where(PaperItem.paper_id == paper_id)).all()
    assert {row.number: (row.item_id, row.item_version_id) for row in rows} == keys
    assert sum(row.points for row in rows) == 10_000


def test_the_first_candidate_opens_the_paper_where_the_sweep_is_late(
    hall: Hall, booked: Booking, db: Any
) -> None:
    paper_id, starts_at = seal(hall).id, hall.window("2026-11-28").starts_at
    for _ in range(2):
        with unit_of_work():
            assert services.give_paper(db.session.get_one(Booking, booked.id), starts_at).id == paper_id
    assert db.session.scalar(select(func.count()).select_from(PaperItem)) == 96
    assert queries.unopened_papers(starts_at) == []


def test_a_paper_is_opened_once_by_however_many_at_once(
    app: Flask, hall: Hall, booked: Booking, db: Any
) -> None:
    paper_id, starts_at = seal(hall).id, hall.window("2026-11-28").starts_at
    db.session.rollback()
    together = Barrier(3)

    def one(_number: int) -> bool:
        with app.app_context():
            together.wait(timeout=20)
            try:
                with unit_of_work():
                    return services.open_paper(paper_id, starts_at)
            finally:
                database.session.remove()

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(one, range(3))) == [False, False, True]
    assert db.session.scalar(select(func.count()).select_from(PaperItem)) == 96


def test_a_paper_of_a_window_called_off_stays_closed(hall: Hall, booked: Booking, now: datetime) -> None:
    seal(hall)
    starts_at = hall.window("2026-11-28").starts_at
    with unit_of_work():
        services.cancel_window(booked.window_id, "台风红色预警", actor=hall.actor, now=now)
    assert queries.unopened_papers(starts_at) == []


def test_face_key_and_hash_changed_together_are_not_what_was_sealed(
    hall: Hall, booked: Booking, db: Any
) -> None:
    """Whoever holds the key of the house could make all three fit each other; the audit chain still has the hash of the sealing."""
    paper = seal(hall)
    forged_face, forged_key = deepcopy(queries.face(paper)), queries.key(paper)
    first = forged_key["items"][0]
    first["key"] = ["A"] if first["key"] == ["D"] else ["D"]
    seen, hidden = canonical_json(forged_face), canonical_json(forged_key)
    cipher = vault.cipher()
    values = {"face": cipher.encrypt_bytes(FACE, seen), "key": cipher.encrypt_bytes(KEY, hidden)}
    with unit_of_work():
        db.session.execute(
            update(Paper).where(Paper.id == paper.id).values(**values, sha256=seal_hash(seen, hidden))
        )
    sealed._faces.clear()
    for opened in (queries.face, queries.key):
        with pytest.raises(PaperDamaged, match="audit chain"):
            opened(db.session.get_one(Paper, paper.id))


def test_a_sealed_paper_can_be_made_again_and_what_it_came_of_be_compared(
    hall: Hall, booked: Booking, db: Any
) -> None:
    paper = seal(hall)
    seed = queries.key(paper)["seed"]
    assert hashlib.sha256(seed.encode()).hexdigest() == paper.seed
    again = services.prepare_paper(due_of(hall, (booked.user_id,)), paper.sealed_at, seed)
    assert [item.version_id for item in again.items] == [
        entry["version_id"] for entry in queries.key(paper)["items"]
    ]
    assert paper.proof["made_of"] == again.made_of and "highspy" in again.made_of["solver"]
    with unit_of_work():
        db.session.execute(update(Item).where(Item.id == again.items[0].id).values(status="retired"))
    other = services.prepare_paper(due_of(hall, (booked.user_id,)), paper.sealed_at, seed)
    assert other.made_of["pool"] != paper.proof["made_of"]["pool"]


def test_what_the_booked_are_asked_is_looked_up_once_a_day_of_enrolment(
    hall: Hall, booked: Booking, db: Any
) -> None:
    seal_at = hall.window("2026-11-28").seal_at

    def statements() -> int:
        db.session.expire_all()
        with counted() as sent:
            assert len([due for due in queries.papers_due(seal_at) if due.programme_key == GDCPA]) == 1
        return len(sent)

    before = statements()
    for _ in range(4):
        book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], booked.booked_at)
    assert statements() <= before + 1


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
    altered = given(booked.window_id)
    for opened in (queries.face, queries.key):
        with pytest.raises(PaperDamaged):
            opened(altered)


def test_bytes_of_another_key_are_not_opened(hall: Hall, booked: Booking, db: Any) -> None:
    paper = seal(hall)
    with unit_of_work():
        db.session.execute(update(Paper).where(Paper.id == paper.id).values(face=b"\0" * 64))
    with pytest.raises(PaperDamaged):
        queries.face(given(booked.window_id))


def test_the_same_seed_gives_the_same_paper_and_another_seed_another(hall: Hall, now: datetime) -> None:
    def hash_of(seed: str) -> str:
        prepared = services.prepare_paper(due_of(hall), now, seed)
        face = papers.face_of(prepared.name, prepared.items, prepared.spec)
        return seal_hash(canonical_json(face), canonical_json(papers.key_of(prepared.items, prepared.spec)))

    assert hash_of("1") == hash_of("1")
    assert hash_of("1") != hash_of("2")


def test_a_retake_avoids_items_seen_where_the_bank_has_others(hall: Hall, booked: Booking, db: Any) -> None:
    paper = seal(hall)
    seen = items_of(paper)
    assert queries.items_met([booked.user_id]) == {}, "not yet begun"
    with unit_of_work():
        begin(booked, paper)
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
    seen = items_of(paper)
    with unit_of_work():
        begin(booked, paper)
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
        jobs.seal_papers(seal_at + timedelta(minutes=minutes))
    assert actions(window_id).count("paper:short") == 1
    short = [
        one for one in db.session.get_one(ExamWindow, window_id).warnings if one["code"] == "paper_short"
    ]
    assert len(short) == 1
    assert {one["type"] for one in short[0]["lacking"]} == {"short-answer"}
    assert short[0]["at"] == (seal_at + timedelta(minutes=6)).isoformat()
    with unit_of_work():
        db.session.execute(update(Item).where(Item.type == "short-answer").values(status="live"))
    jobs.seal_papers(seal_at + timedelta(minutes=12))
    assert given(window_id).item_count == 96
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
    jobs.seal_papers(hall.window("2026-11-28").seal_at)
    [note] = hall.window("2026-11-28").warnings
    assert note["faults"] == [{"code": "must_not_live", "item": number}] and note["lacking"] == []
    page = sign_in(make_client(), hall.desk.association, now).get(f"/desk/calendar/{booked.window_id}").text
    assert f"必选的 {number} 不在这个方向的在用题里" in page and "组卷方案不成立" in page
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "paper:short")).one()
    assert entry.facts["faults"] == note["faults"]
