"""A paper for a supervised room: two people, the programme's hour, and a PDF that says every item as it was sealed."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select, update

from carbonlearn.core.errors import Conflict, NotFound
from carbonlearn.core.permissions import Role
from carbonlearn.exams import jobs, queries, services
from carbonlearn.exams.models import Booking, ExamWindow, Paper
from carbonlearn.exams.queries.printing import _asked, print_data
from carbonlearn.infra import rich
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from carbonlearn.infra.pdf import missing_glyphs, render_pdf
from carbonlearn.infra.typeset import blocks, written
from carbonlearn.question_bank.models import CaseVersion, Item, ItemCase, ItemVersion
from carbonlearn.question_bank.queries import shipped_cases, shipped_items
from carbonlearn.sittings.rules import deadline
from tests.factories.enrolment import GDCPA
from tests.factories.exams import THRESHOLD_MS, Hall, actions, book
from tests.factories.items import load_bank
from tests.factories.people import PASSWORD, actor_of, make_user, sign_in


@pytest.fixture
def now(clock: SettableClock) -> datetime:
    return clock.now()


@pytest.fixture
def hall(db: Any, now: datetime) -> Hall:
    made = Hall(now, GDCPA)
    load_bank(now)
    return made


@pytest.fixture
def booked(hall: Hall, now: datetime) -> Booking:
    return book(hall.window("2026-11-28"), hall.learner(THRESHOLD_MS)[0], now)


@pytest.fixture
def paper(hall: Hall, booked: Booking) -> Paper:
    window = hall.window("2026-11-28")
    jobs.seal_papers(window.seal_at)
    return queries.paper_for(booked)


def words(text: str) -> str:
    """What is read, without spaces, signs of layout, and the difference between ₂ and 2."""
    return (
        re.sub(r"[\s\x00-\x1f\u2060\ufeff]", "", unicodedata.normalize("NFKC", text))
        .replace("⋅", "·")
        .replace("−", "-")
    )


def text_of(content: bytes) -> str:
    """The text of a PDF, page after page, without what stands on every page."""
    pages = []
    document = pypdfium2.PdfDocument(content)
    for page in document:
        pages.append(page.get_textpage().get_text_range())
    return "\n".join(pages)


def release(paper: Paper, hall: Hall, name: str, now: datetime) -> list[Any]:
    """Both people release it; they are given as actors."""
    people = [make_user(role, now=now) for role in (Role.CHIEF_EXAMINER, Role.ASSOCIATION_ADMIN)]
    actors = [actor_of(person, now) for person in people]
    for actor in actors:
        with unit_of_work():
            services.release_paper(paper.id, name, actor=actor, now=now)
    return actors


def body_of(data: dict[str, Any], content: bytes) -> str:
    """The words of the document without the lines that every page repeats, which may cut an item in two."""
    text = words(text_of(content))
    for repeated in (data["watermark"], data["running"], data["seal"]):
        text = text.replace(words(repeated), "")
    return re.sub(r"第\d+页,共\d+页", "", text)


def plain(text: str) -> str:
    """An item's text as the PDF should read: cells and lines one after the other."""
    return words(rich.plain(text))


def test_the_printed_paper_says_every_item_as_it_was_sealed(paper: Paper, now: datetime) -> None:
    data = print_data(paper, "paper")
    content = render_pdf("exam-paper", data, now)
    read, missing = body_of(data, content), []
    for item in queries.face(paper)["items"]:
        parts = [item["stem"], *(text for _letter, text in item["options"] if item["type"] != "true-false")]
        missing += [(item["n"], part) for part in parts if plain(part) not in read]
    assert missing == []
    document = pypdfium2.PdfDocument(content)
    last = words(document[len(document) - 1].get_textpage().get_text_range())
    assert f"第{len(document)}页,共{len(document)}页" in last
    first = words(document[0].get_textpage().get_text_range())
    assert "A卷" in first and "姓名" in first and "准考证号" in first and "2026-11-2809:00" in first
    assert "参考答案" not in read and "评分要点" not in read


def test_a_text_that_was_changed_would_be_missed(paper: Paper, now: datetime) -> None:
    data = print_data(paper, "paper")
    data["parts"][0]["items"][0]["stem"] = blocks("别的题")
    read = body_of(data, render_pdf("exam-paper", data, now))
    assert plain(queries.face(paper)["items"][0]["stem"]) not in read


def test_the_answer_book_says_keys_rubrics_and_reasons(paper: Paper, now: datetime) -> None:
    data = print_data(paper, "answers")
    read = body_of(data, render_pdf("exam-paper", data, now))
    types = {item["n"]: item["type"] for item in queries.face(paper)["items"]}
    for entry in queries.key(paper)["items"]:
        if types[entry["n"]] in ("single-choice", "multiple-choice"):
            assert f"{entry['n']}.答案:{''.join(entry['key'])}" in read
        assert plain(entry["explanation"]) in read and plain(entry["source"]) in read
        for line in entry["rubric"]:
            assert plain(line["text"]) in read


CASE = "某厂有两台锅炉。\n\n| 炉 | 耗煤 t |\n|---|---|\n| 一号 | 1 200 |"


def put_into_one_case(now: datetime, db: Any) -> None:
    """All short answers but one, so that a paper of four has to take three of the case: as many as it may."""
    with unit_of_work():
        case = ItemCase(external_id="c-1", pool="exam", job_type="accounting", level="4", created_at=now)
        db.session.add(case)
        db.session.flush()
        version = CaseVersion(case_id=case.id, number=1, text=CASE, created_at=now)
        db.session.add(version)
        db.session.flush()
        live = select(Item.live_version_id).where(Item.type == "short-answer").order_by(Item.external_id)
        texts = list(db.session.scalars(live))[1:]
        db.session.execute(
            update(ItemVersion).where(ItemVersion.id.in_(texts)).values(case_version_id=version.id)
        )


def test_a_case_stands_once_before_the_items_that_share_it(
    hall: Hall, booked: Booking, db: Any, now: datetime
) -> None:
    put_into_one_case(now, db)
    jobs.seal_papers(hall.window("2026-11-28").seal_at)
    paper = queries.paper_for(booked)
    items = [item for item in queries.face(paper)["items"] if item.get("case")]
    assert len(items) == 3
    data = print_data(paper, "paper")
    shown = [item["case_note"] for part in data["parts"] for item in part["items"] if item["case"]]
    assert [item["n"] for item in items] == list(range(items[0]["n"], items[0]["n"] + len(items)))
    assert shown == [f"根据下面的资料，回答第 {items[0]['n']}—{items[-1]['n']} 题。"]
    assert body_of(data, render_pdf("exam-paper", data, now)).count(plain(items[0]["case"])) == 1


def test_every_text_of_the_bank_can_be_printed() -> None:
    faulty = {}
    for entry in (*shipped_items(), *shipped_cases()):
        texts = [entry.get(name) or "" for name in ("stem", "text", "reference", "explanation", "source")]
        texts += [str(text) for text in (entry.get("options") or {}).values()]
        texts += [line["text"] for line in entry.get("rubric") or []]
        absent = missing_glyphs("".join(written(blocks(text)) for text in texts))
        if absent:
            faulty[entry["id"]] = absent
    assert faulty == {}


def test_characters_that_no_font_has_are_told_when_the_paper_is_sealed_and_not_on_the_morning(
    hall: Hall, booked: Booking, db: Any, now: datetime, make_client: Any
) -> None:
    with unit_of_work():
        short = select(Item.live_version_id).where(Item.type == "short-answer")
        db.session.execute(
            update(ItemVersion)
            .where(ItemVersion.id.in_(short))
            .values(explanation=ItemVersion.explanation + "\U0001f600")
        )
    window = hall.window("2026-11-28")
    jobs.seal_papers(window.seal_at)
    assert queries.paper_for(booked).item_count == 96, "it can be sat all the same"
    [note] = [one for one in hall.window("2026-11-28").warnings if one["code"] == "paper_unprintable"]
    assert note["characters"] == ["\U0001f600"]
    page = sign_in(make_client(), hall.desk.association, now).get(f"/desk/calendar/{booked.window_id}").text
    assert "有印不出的字" in page and "\U0001f600" in page


def test_one_person_alone_prints_nothing_and_cannot_agree_twice(
    paper: Paper, hall: Hall, now: datetime
) -> None:
    chief = actor_of(make_user(Role.CHIEF_EXAMINER, now=now), now)
    with unit_of_work():
        assert services.release_paper(paper.id, "paper", actor=chief, now=now) == 1
    with pytest.raises(Conflict, match="PAPER_RELEASED_BY_YOU"), unit_of_work():
        services.release_paper(paper.id, "paper", actor=chief, now=now)
    with pytest.raises(Conflict, match="PAPER_NEEDS_TWO"), unit_of_work():
        services.print_paper(paper.id, "paper", actor=chief, now=now)
    assert actions(paper.id) == ["paper:seal", "paper:release"]


def test_the_answer_book_waits_for_its_own_two_people_and_the_end_of_the_exam(
    paper: Paper, hall: Hall, booked: Booking, db: Any
) -> None:
    window = db.session.get_one(ExamWindow, booked.window_id)
    during, end = window.starts_at + timedelta(minutes=10), window.ends_at
    after = end + timedelta(seconds=60) + deadline.LATE_WINDOW
    one, _other = release(paper, hall, "paper", during)
    actor = one
    with unit_of_work():
        services.print_paper(paper.id, "paper", actor=actor, now=during)
    with pytest.raises(Conflict, match="PAPER_NEEDS_TWO"), unit_of_work():
        services.print_paper(paper.id, "answers", actor=actor, now=during)
    release(paper, hall, "answers", during)
    with pytest.raises(Conflict, match="PAPER_PRINT_NOT_YET"), unit_of_work():
        services.print_paper(paper.id, "answers", actor=actor, now=during)
    for early in (
        end,
        after - timedelta(seconds=1),
    ):  # who began late may sit on, and what they answered may still come in
        with pytest.raises(Conflict, match="PAPER_PRINT_NOT_YET"), unit_of_work():
            services.print_paper(paper.id, "answers", actor=actor, now=early)
    with unit_of_work():
        services.print_paper(paper.id, "answers", actor=actor, now=after)
    assert actions(paper.id)[-1] == "paper:print" and actions(paper.id).count("paper:release") == 4


def test_papers_of_a_window_called_off_are_not_printed(paper: Paper, hall: Hall, now: datetime) -> None:
    one, _other = release(paper, hall, "paper", now)
    with unit_of_work():
        services.cancel_window(paper.window_id, "台风红色预警", actor=hall.actor, now=now)
    with pytest.raises(Conflict, match="WINDOW_CANCELLED"), unit_of_work():
        services.print_paper(paper.id, "paper", actor=one, now=now)
    with pytest.raises(NotFound):
        services.print_paper(paper.id, "all", actor=one, now=now)


def test_two_people_release_and_one_of_them_prints_at_the_desk(
    paper: Paper, make_client: Any, clock: SettableClock
) -> None:
    now = paper.sealed_at + timedelta(minutes=1)
    clock.set(now)
    page, path = f"/desk/calendar/{paper.window_id}/papers", f"/desk/papers/{paper.id}/paper"
    unsure = sign_in(make_client(), make_user(Role.CHIEF_EXAMINER, now=now), now)
    assert "同意印制" in unsure.get(page).text
    asks = unsure.post(f"{path}/release", data={"step_up_return": page}).headers["Location"]
    assert "/confirm" in asks, "the password is asked for again"
    assert "再按一次才会执行" in unsure.get(asks).text
    answer = unsure.post("/confirm", data={"password": PASSWORD, "next": page})
    assert answer.location == page and "还没有执行，请再按一次" in unsure.get(page).text
    chief, association = (
        sign_in(make_client(), make_user(role, now=now), now, stepped_up=True)
        for role in (Role.CHIEF_EXAMINER, Role.ASSOCIATION_ADMIN)
    )
    assert chief.post(f"{path}/print").status_code == 409
    assert chief.post(f"{path}/release").status_code == 303
    assert "待一位同意" in chief.get(page).text
    assert association.post(f"{path}/release").status_code == 303
    answer = association.post(f"{path}/print")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "no-store"
    marker = sign_in(make_client(), make_user(Role.PROCTOR, now=now), now)
    assert marker.get(page).status_code == 200 and marker.post(f"{path}/release").status_code == 403


def pages_of(data: dict[str, Any], content: bytes) -> list[str]:
    """The words of each page."""
    document = pypdfium2.PdfDocument(content)
    return [words(page.get_textpage().get_text_range()) for page in document]


def test_an_answer_and_its_reasons_stand_on_one_page(paper: Paper, now: datetime) -> None:
    data = print_data(paper, "answers")
    pages = pages_of(data, render_pdf("exam-paper", data, now))
    assert len(pages) > 3
    for entry in queries.key(paper)["items"]:
        parts = [plain(entry["explanation"]), plain(entry["source"])]
        parts += [plain(line["text"]) for line in entry["rubric"]]
        assert any(all(part in page for part in parts) for page in pages), entry["n"]


def test_an_answer_that_is_longer_than_a_page_runs_on(paper: Paper, now: datetime) -> None:
    data = print_data(paper, "answers")
    data["parts"][0]["items"][0]["explanation"] = blocks("这一段很长，一页放不下。\n\n" * 200 + "到此为止。")
    pages = pages_of(data, render_pdf("exam-paper", data, now))
    assert any("到此为止" in page for page in pages)


def test_the_place_for_an_answer_never_begins_a_line(paper: Paper, now: datetime) -> None:
    data = print_data(paper, "paper")
    asked = {"type": "true-false", "options": [], "points": 100}
    data["parts"] = data["parts"][:1]
    data["parts"][0]["items"] = [
        {"n": length, "case": None, "case_note": "", **_asked(asked | {"stem": "碳" * length + "？"})}
        for length in range(30, 100)
    ]
    lines = [words(line) for line in text_of(render_pdf("exam-paper", data, now)).splitlines()]
    ends = [line for line in lines if line.endswith("()")]
    assert len(ends) == 70
    assert [line for line in ends if not line.endswith("碳?()")] == []
