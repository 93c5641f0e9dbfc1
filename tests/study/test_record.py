"""What the ledger tells: the learner's page, the record as PDF and Excel, the desk's log, and that all of them read the same rows."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import pypdfium2
import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from carbonlearn.accounts.models import User
from carbonlearn.audit.models import AuditEntry
from carbonlearn.core.permissions import Role
from carbonlearn.enrolment.models import Enrolment
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import db as database
from carbonlearn.infra.db import unit_of_work
from carbonlearn.study import queries
from carbonlearn.study.models import StudyDecision, StudyReview, StudySpan
from carbonlearn.study.queries.record import digest_of, study_record
from carbonlearn.study.queries.timeline import ASKED, CREDITED, REFUSED, timeline
from tests.factories.enrolment import load_catalogue
from tests.factories.people import make_base, make_user, sign_in
from tests.factories.study import DEMONSTRATION, Device, make_lesson, make_question, right_answer, set_due

WHY = "核对过两台设备的记录"


@pytest.fixture
def enrolment(db: SQLAlchemy, learner: User) -> Enrolment:
    return db.session.scalars(select(Enrolment).where(Enrolment.user_id == learner.id)).one()


@pytest.fixture
def studied(device: Device, enrolment: Enrolment, lesson: str, clock: SettableClock) -> Device:
    """A minute credited, a question answered, twenty seconds hidden, twenty more credited, then a gap of five minutes."""
    make_question(lesson, clock.now())
    set_due(enrolment.id, 60_000)
    device.open(lesson)
    check = device.follow(60)["presence"]
    clock.advance(seconds=4)
    device.answer(check["check"], right_answer(check["check"]))
    device.beat(60_000, 80_000, after=20, visible=False)
    device.beat(60_000, 80_000, after=20)
    device.beat(80_000, 380_000, after=300)
    return device


def desk(
    make_client: Callable[[], FlaskClient], clock: SettableClock, role: Role, base: str | None
) -> FlaskClient:
    return sign_in(make_client(), make_user(role, now=clock.now(), base_id=base), clock.now())


def workbook(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_ledger_page_says_of_each_stretch_whether_it_counted_and_why(studied: Device) -> None:
    page = studied.client.get("/study/ledger").text
    assert "页面不在前台" in page and "断网或没有上报超过 65 秒" in page and "随堂核验：答对" in page
    assert "1 分 20 秒" in page and "+01:20" in page
    assert page.count("未计入：") == 2


def test_the_timeline_is_read_in_pages_that_neither_skip_nor_repeat(
    studied: Device, enrolment: Enrolment
) -> None:
    whole = timeline(enrolment.id, "", 100)
    assert sorted({event.kind for event in whole}) == [ASKED, CREDITED, REFUSED]
    assert [event.at for event in whole] == sorted((event.at for event in whole), reverse=True)
    by_one, after = [], ""
    while rows := timeline(enrolment.id, after, 1):
        by_one += rows
        after = rows[-1].key
    assert by_one == whole


def test_events_of_one_instant_are_each_told_once(
    studied: Device, enrolment: Enrolment, db: SQLAlchemy
) -> None:
    with unit_of_work():
        for span in db.session.scalars(select(StudySpan)):
            span.started_at = span.beat_at
    whole = timeline(enrolment.id, "", 100)
    pages = [timeline(enrolment.id, event.key, 100) for event in whole]
    assert pages == [whole[number + 1 :] for number in range(len(whole))]


@pytest.mark.parametrize("cursor", ["x", "9" * 30, "17.", "12.credited.x", "12.refused.", "-1.asked.y"])
def test_a_cursor_that_no_page_gave_breaks_nothing(studied: Device, cursor: str) -> None:
    assert studied.client.get("/study/ledger", query_string={"after": cursor}).status_code == 200


def test_the_workbook_lists_every_row_of_the_ledger_and_its_sums_agree(
    studied: Device, enrolment: Enrolment
) -> None:
    answer = studied.client.get("/study/record.xlsx")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="study-{enrolment.id}.xlsx"'
    sheets = workbook(answer.data)
    total = queries.credited_ms(enrolment.id) / 1000
    spans = sheets["学习区间"][1:]
    assert sum(float(str(row[6])) for row in spans) == total == 80
    assert sum(float(str(row[3])) for row in sheets["课时单元"][1:]) == total
    assert sum(float(str(row[1])) for row in sheets["每日"][1:]) == total
    assert isinstance(spans[0][1], datetime)
    assert [row[4] for row in sheets["随堂核验"][1:]] == ["答对"]
    assert {row[3] for row in sheets["未计入"][1:]} == {"页面不在前台", "断网或没有上报超过 65 秒"}


def test_the_printed_record_names_the_person_the_hours_and_the_digest_of_the_rows(
    studied: Device, enrolment: Enrolment, clock: SettableClock
) -> None:
    document = pypdfium2.PdfDocument(studied.client.get("/study/record.pdf").data)
    text = "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    digest = study_record(enrolment, clock.now()).digest
    for words in ("学习记录", "林静", "1.3 课时", "1 分 20 秒", digest[:16], digest[-16:], "演示"):
        assert words in text, words


def test_the_digest_changes_with_any_row_and_with_nothing_else(
    studied: Device, enrolment: Enrolment, db: SQLAlchemy, clock: SettableClock
) -> None:
    before = study_record(enrolment, clock.now())
    clock.advance(hours=30)
    assert study_record(enrolment, clock.now()).digest == before.digest
    with unit_of_work():
        db.session.scalars(select(StudySpan)).first().is_void = True  # type: ignore[union-attr]
    assert study_record(enrolment, clock.now()).digest != before.digest
    assert digest_of(enrolment.id, before.spans, before.checks, before.refusals[:-1]) != before.digest


def test_a_name_that_looks_like_a_formula_stays_a_text(
    device: Device, enrolment: Enrolment, lesson: str, db: SQLAlchemy, clock: SettableClock
) -> None:
    device.open(lesson)
    device.follow(20)
    with unit_of_work():
        db.session.get_one(User, enrolment.user_id).name = '=HYPERLINK("https://example.org")'
    content = device.client.get("/study/record.xlsx").data
    assert '=HYPERLINK("https://example.org")' in [row[1] for row in workbook(content)["汇总"]]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if name.endswith("sheet1.xml"))


def test_somebody_elses_ledger_is_not_found(
    studied: Device, enrolment: Enrolment, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    stranger = desk(make_client, clock, Role.LEARNER, make_base("other", now=clock.now()))
    for path in ("/study/ledger", "/study/record.pdf", "/study/record.xlsx"):
        assert stranger.get(path, query_string={"enrolment": enrolment.id}).status_code == 404


def test_the_base_reads_the_same_rows_and_its_export_is_on_the_audit_chain(
    studied: Device,
    enrolment: Enrolment,
    make_client: Callable[[], FlaskClient],
    clock: SettableClock,
    db: SQLAlchemy,
) -> None:
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    page = rosa.get(f"/desk/learners/study/{enrolment.id}").text
    assert "+01:20" in page and "页面不在前台" in page
    taken = rosa.post(f"/desk/learners/study/{enrolment.id}/record", data={"kind": "xlsx"})
    assert sum(float(str(row[6])) for row in workbook(taken.data)["学习区间"][1:]) == 80
    assert rosa.post(f"/desk/learners/study/{enrolment.id}/record", data={"kind": "docx"}).status_code == 422
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "study:export")).one()
    assert (entry.subject_id, entry.facts) == (enrolment.id, {"kind": "xlsx"})


def test_another_base_finds_no_log_no_export_and_no_span(
    studied: Device,
    enrolment: Enrolment,
    make_client: Callable[[], FlaskClient],
    clock: SettableClock,
    db: SQLAlchemy,
) -> None:
    span_id = db.session.scalars(select(StudySpan.id)).first()
    bai = desk(make_client, clock, Role.BASE_ADMIN, make_base("other", now=clock.now()))
    assert bai.get(f"/desk/learners/study/{enrolment.id}").status_code == 404
    assert bai.post(f"/desk/learners/study/{enrolment.id}/record", data={"kind": "pdf"}).status_code == 404
    assert bai.get(f"/desk/learners/study/spans/{span_id}").status_code == 404
    assert bai.get(f"/desk/learners/study/spans/{10**30}").status_code == 404
    assert bai.post(f"/desk/learners/study/spans/{span_id}", data={"reason": WHY}).status_code == 404
    assert queries.credited_ms(enrolment.id) == 80_000


def test_a_span_is_voided_with_a_reason_that_the_learner_reads_and_restored(
    studied: Device,
    enrolment: Enrolment,
    make_client: Callable[[], FlaskClient],
    clock: SettableClock,
    db: SQLAlchemy,
) -> None:
    span_id = db.session.scalars(select(StudySpan.id).order_by(StudySpan.id)).first()
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    refused = rosa.post(f"/desk/learners/study/spans/{span_id}", data={"act": "void", "reason": "?"})
    assert refused.status_code == 422 and "请写明理由" in refused.text
    assert (
        rosa.post(f"/desk/learners/study/spans/{span_id}", data={"act": "void", "reason": WHY}).status_code
        == 303
    )
    assert queries.credited_ms(enrolment.id) < 80_000
    page = studied.client.get("/study/ledger").text
    assert f"已撤销，不计入：{WHY}" in page
    assert WHY in rosa.get(f"/desk/learners/study/spans/{span_id}").text
    assert (
        rosa.post(f"/desk/learners/study/spans/{span_id}", data={"act": "restore", "reason": WHY}).status_code
        == 303
    )
    assert queries.credited_ms(enrolment.id) == 80_000


def test_a_form_that_voids_never_restores_however_often_it_is_pressed(
    studied: Device,
    enrolment: Enrolment,
    make_client: Callable[[], FlaskClient],
    clock: SettableClock,
    db: SQLAlchemy,
) -> None:
    span_id = db.session.scalars(select(StudySpan.id).order_by(StudySpan.id)).first()
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    address = f"/desk/learners/study/spans/{span_id}"
    assert 'name="act" value="void"' in rosa.get(address).text
    for _ in range(2):
        assert rosa.post(address, data={"act": "void", "reason": WHY * 200}).status_code == 303
    assert queries.credited_ms(enrolment.id) < 80_000
    told = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "study:void")
    assert db.session.scalar(told) == 1
    assert [len(text) for text in db.session.scalars(select(StudyDecision.reason))] == [500]
    assert rosa.post(address, data={"reason": WHY}).status_code == 422


def test_trial_lessons_open_without_an_account_and_others_do_not(
    db: SQLAlchemy, client: FlaskClient, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), DEMONSTRATION, lessons=True)
    closed = make_lesson(60_000, clock.now())
    index = client.get("/trial").text
    assert re.findall(r'href="/trial/([^"]+)"', index) == ["acc-03-boundary", "pub-02-climate-basics-1"]
    page = client.get("/trial/acc-03-boundary")
    assert page.status_code == 200 and "<video" in page.text and "试听，学时不计入" in page.text
    assert "js/lesson.js" not in page.text
    assert client.get(f"/trial/{closed}").status_code == 404
    assert client.get("/trial/pub-10-professional-ethics-1").status_code == 404


def raise_review(enrolment: Enrolment, now: datetime, signal: str = "instant_answers") -> str:
    with unit_of_work():
        review = StudyReview(
            enrolment_id=enrolment.id, user_id=enrolment.user_id, signal=signal, local_day=now.date(),
            evidence={"answers": 3, "fastest_ms": 400}, raised_at=now, status="open", reason="",
        )  # fmt: skip
        database.session.add(review)
        database.session.flush()
        return review.id


def test_a_review_shows_its_evidence_and_is_settled_once(
    studied: Device, enrolment: Enrolment, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    kept, voided = raise_review(enrolment, clock.now(), "unbroken"), raise_review(enrolment, clock.now())
    rosa = desk(make_client, clock, Role.BASE_ADMIN, enrolment.base_id)
    assert "核验作答快得来不及读题" in rosa.get("/desk/study-reviews").text
    page = rosa.get(f"/desk/study-reviews/{voided}").text
    assert "最快一次（毫秒）" in page and "+01:20" in page
    ticked = re.findall(r'name="span" value="(\d+)"', page)
    for body, said in (
        ({"verdict": "", "reason": WHY}, "请选择保留还是撤销"),
        ({"verdict": "void", "reason": WHY}, "请勾选要撤销的区间"),
        ({"verdict": "void", "reason": "", "span": ticked}, "请写明理由"),
    ):
        refused = rosa.post(f"/desk/study-reviews/{voided}", data=body)
        assert refused.status_code == 422 and said in refused.text, said
    assert queries.credited_ms(enrolment.id) == 80_000
    assert (
        rosa.post(f"/desk/study-reviews/{kept}", data={"verdict": "keep", "reason": WHY}).status_code == 303
    )
    assert queries.credited_ms(enrolment.id) == 80_000
    decision = {"verdict": "void", "reason": WHY, "span": ticked}
    assert rosa.post(f"/desk/study-reviews/{voided}", data=decision).status_code == 303
    assert queries.credited_ms(enrolment.id) == 0
    assert rosa.post(f"/desk/study-reviews/{voided}", data=decision).status_code == 409
    assert WHY in rosa.get(f"/desk/study-reviews/{voided}").text


def test_another_base_finds_no_review(
    studied: Device, enrolment: Enrolment, make_client: Callable[[], FlaskClient], clock: SettableClock
) -> None:
    review_id = raise_review(enrolment, clock.now())
    bai = desk(make_client, clock, Role.BASE_ADMIN, make_base("other", now=clock.now()))
    assert "核验作答快得来不及读题" not in bai.get("/desk/study-reviews").text
    assert bai.get(f"/desk/study-reviews/{review_id}").status_code == 404
    assert (
        bai.post(f"/desk/study-reviews/{review_id}", data={"verdict": "keep", "reason": WHY}).status_code
        == 404
    )
