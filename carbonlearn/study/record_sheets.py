"""The study record as documents: data for the printed sheet, and an Excel workbook with every row of the ledger.

Texts reach Excel as strings and never as formulas, whatever they begin with.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from flask_babel import gettext as _
from flask_babel import pgettext

from carbonlearn.enrolment.queries import PlaceRow
from carbonlearn.study.queries.record import StudyRecord
from carbonlearn.study.queries.timeline import LEAST_MS
from carbonlearn.study.wording import answer_text, class_hours_text, clock_text, reason_text
from carbonlearn.web.i18n import day, day_time, language, local, minutes_seconds, pick

DIGEST_GROUP = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, its column heads with widths in characters, its rows of texts, numbers and instants."""

    name: str
    head: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[str | int | float | datetime | None]]


def printed(record: StudyRecord, place: PlaceRow) -> dict[str, Any]:
    """The data of the printed record: who, how much, lesson by lesson and day by day. The single spans are in the workbook."""
    return {
        "lang": language(),
        "title": _("学习记录"),
        "programme": pick(place.programme.name, place.programme.en),
        "base": place.base,
        "demonstration": _("演示") if place.programme.demonstration else "",
        "facts": [list(fact) for fact in _facts(record, place)],
        "parts": [_lessons_part(record), _days_part(record)],
        "notes": _notes(record),
        "foot": _("学习记录 %(name)s · 截至 %(at)s", name=place.name, at=day_time(record.as_of, True)),
    }


def workbook(record: StudyRecord, place: PlaceRow) -> bytes:
    """The record as .xlsx bytes, one sheet a table, with times in the programme's zone."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        for sheet in _sheets(record, place):
            _write(book, sheet)
    return out.getvalue()


def _facts(record: StudyRecord, place: PlaceRow) -> list[tuple[str, str]]:
    """Label and value of everything that a record says first."""
    enrolment, per = place.enrolment, place.programme.minutes_per_class_hour
    period = f"{day(enrolment.access_from, True, False)} – " if enrolment.access_from else "–"
    period += day(enrolment.access_until, True, False) if enrolment.access_until else ""
    return [
        (_("姓名"), place.name),
        (_("证件号码"), place.id_number),
        (_("培训基地"), place.base),
        (
            _("方向"),
            f"{pick(place.track.name, place.track.en)} {pick(place.track.level_name, place.track.level_en)}",
        ),
        (_("学习期"), period),
        (_("一个课时"), _("%(minutes)s 分钟", minutes=per)),
        (_("计入课时"), class_hours_text(record.credited_ms, per)),
        (_("计入钟点"), clock_text(record.credited_ms)),
        (_("报名编号"), enrolment.id.upper()),
        (_("截至"), day_time(record.as_of, True)),
    ]


def _notes(record: StudyRecord) -> list[str]:
    groups = [record.digest[at : at + DIGEST_GROUP] for at in range(0, len(record.digest), DIGEST_GROUP)]
    return [
        _(
            "计入的每一秒都由服务器的时钟认定，并且属于一个学习区间；合计就是这些区间之和。明细见同一份记录的 Excel。"
        ),
        _("每行不显示不足一秒的部分，合计按毫秒相加，所以把各行照着相加可能少几秒。"),
        _("随堂核验：作答 %(all)s 次，答对 %(right)s 次。", all=_answered(record), right=_right(record)),
        _("明细的摘要（SHA-256）：%(digest)s", digest=" ".join(groups)),
    ]


def _answered(record: StudyRecord) -> int:
    return sum(check.answered_at is not None for check in record.checks)


def _right(record: StudyRecord) -> int:
    return sum(bool(check.correct) for check in record.checks)


def _lessons_part(record: StudyRecord) -> dict[str, Any]:
    rows = [
        [
            pick(line.course.title, line.course.en),
            pick(line.progress.row.title, line.progress.row.en),
            minutes_seconds(line.progress.row.length_ms),
            minutes_seconds(line.progress.credited_ms),
            day(line.last_at, True, False) if line.last_at else "–",
        ]
        for line in record.lessons
    ]
    head = [_("课程"), _("课时单元"), _("时长"), _("计入"), _("最近学习")]
    return {
        "name": _("按课时单元"),
        "head": head,
        "widths": [3, 4, 0, 0, 0],
        "aligns": list("llrrr"),
        "rows": rows,
    }


def _days_part(record: StudyRecord) -> dict[str, Any]:
    rows = [
        [
            day(line.day, True),
            minutes_seconds(line.credited_ms),
            minutes_seconds(line.refused_ms),
            f"{line.passed} / {line.checks}",
        ]
        for line in record.days
    ]
    head = [_("日期"), _("计入"), _("未计入"), _("核验答对 / 作答")]
    return {"name": _("按日期"), "head": head, "widths": [2, 1, 1, 1], "aligns": list("lrrr"), "rows": rows}


def _sheets(record: StudyRecord, place: PlaceRow) -> list[Sheet]:
    facts: list[Sequence[str]] = [*_facts(record, place), (_("明细的摘要（SHA-256）"), record.digest)]
    return [
        Sheet(_("汇总"), [(_("项目"), 24), (_("内容"), 70)], facts),
        Sheet(
            _("课时单元"),
            [(_("课程"), 30), (_("课时单元"), 44), (_("时长（秒）"), 12), (_("计入（秒）"), 12), (_("首次学习"), 20), (_("最近学习"), 20)],
            [
                [
                    pick(line.course.title, line.course.en), pick(line.progress.row.title, line.progress.row.en),
                    line.progress.row.length_ms / 1000, line.progress.credited_ms / 1000, line.first_at, line.last_at,
                ]
                for line in record.lessons
            ],
        ),
        Sheet(
            _("每日"),
            [(_("日期"), 18), (_("计入（秒）"), 12), (_("未计入（秒）"), 14), (_("核验作答"), 12), (_("核验答对"), 12)],
            [[line.day.isoformat(), line.credited_ms / 1000, line.refused_ms / 1000, line.checks, line.passed] for line in record.days],
        ),
        Sheet(
            _("学习区间"),
            [
                (_("编号"), 12), (_("开始"), 20), (_("结束"), 20), (_("课时单元"), 44), (_("从（秒）"), 12), (_("到（秒）"), 12),
                (_("计入（秒）"), 12), (_("设备"), 24), (_("状态"), 12),
            ],
            [
                [
                    span.id, span.started_at, span.ended_at, span.lesson, span.from_ms / 1000, span.to_ms / 1000,
                    0 if span.is_void else span.credited_ms / 1000, span.device, pgettext("span", "已撤销") if span.is_void else _("有效"),
                ]
                for span in record.spans
            ],
        ),
        Sheet(
            _("随堂核验"),
            [(_("出题"), 20), (_("作答"), 20), (_("课时单元"), 44), (_("第几次"), 10), (_("结果"), 20)],
            [[one.asked_at, one.answered_at, one.lesson, one.attempt, answer_text(one.correct)] for one in record.checks],
        ),
        Sheet(
            _("未计入"),
            [(_("从"), 20), (_("到"), 20), (_("课时单元"), 44), (_("原因"), 34), (_("未计入（秒）"), 14)],
            [
                [one.from_at, one.until_at, one.lesson, reason_text(one.reason), one.lost_ms / 1000]
                for one in record.refusals if one.lost_ms >= LEAST_MS
            ],
        ),
    ]  # fmt: skip


def _write(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    bold, moment = (
        book.add_format({"bold": True, "bottom": 1}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    )
    page.freeze_panes(1, 0)
    for column, (title, width) in enumerate(sheet.head):
        page.set_column(column, column, width)
        page.write_string(0, column, title, bold)
    for number, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(number, column, value)
            elif isinstance(value, datetime):
                page.write_datetime(number, column, local(value).replace(tzinfo=None), moment)
            elif value is not None:
                page.write_number(number, column, value)
