"""What the exam page says: each decided line, window and place in the reader's words. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.windows import local_day
from carbonlearn.exams.queries import Board, Card, is_rehearsal_programme
from carbonlearn.exams.rules.calendar import days_until
from carbonlearn.exams.rules.eligibility import Line, LineState
from carbonlearn.web.i18n import WEEKDAYS, WEEKDAYS_EN, clock_time, day, day_time, language

ZONE_NAME = "Asia/Shanghai"
WITHOUT_YEAR_DAYS = 300
POINT = 100  # hundredths
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LABELS = {
    "enrolment": _l("报名有效"),
    "identity": _l("照片与身份证"),
    "entitlement": _l("考试资格"),
    "hours": _l("计入学时"),
    "booking": _l("预约场次"),
}
KINDS = {"first": _l("首考 1 次"), "free_retake": _l("免费补考 1 次")}
STATUSES = {
    "draft": _l("还在填写"),
    "submitted": _l("等待基地审核"),
    "base_approved": _l("等待协会审核"),
    "association_approved": _l("等待缴费"),
    "paid": _l("等待开通"),
    "completed": _l("已结业"),
    "withdrawn": _l("已退出"),
}


@dataclass(frozen=True, slots=True)
class LineText:
    """A row of the checklist."""

    state: str
    label: str
    fact: str
    bar: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CardText:
    """A window in words. ``button`` is empty where no place is offered."""

    id: str
    date: tuple[str, str, str]
    time: str
    meta: str
    badge: tuple[str, str] | None
    chance: str
    out: bool
    recommended: bool
    was: str | None
    button: str
    note: str


def hours_text(seconds: int, minutes: int, *, up: bool = False) -> str:
    """Class hours to a tenth, without a zero at the end. What is reached is rounded down, what is lacking up, so that they add up."""
    tenths = Fraction(seconds, minutes * 60) * 10
    whole = -(-tenths.numerator // tenths.denominator) if up else tenths.numerator // tenths.denominator
    return f"{whole // 10}.{whole % 10}".removesuffix(".0")


def near_day(value: datetime | date, now: datetime) -> str:
    """11月25日; with the year only where the same day of another year could be meant."""
    on = local_day(value, ZONE_NAME) if isinstance(value, datetime) else value
    far = abs((on - local_day(now, ZONE_NAME)).days) > WITHOUT_YEAR_DAYS
    return day(on, year=far, weekday=False)


def date_block(value: datetime | date) -> tuple[str, str, str]:
    """Month, day and weekday of a card's block."""
    on = local_day(value, ZONE_NAME) if isinstance(value, datetime) else value
    if language() == "en":
        return MONTHS_EN[on.month - 1], str(on.day), WEEKDAYS_EN[on.weekday()]
    return f"{on.month}月", str(on.day), f"周{WEEKDAYS[on.weekday()]}"


def span(starts_at: datetime, ends_at: datetime) -> str:
    """09:00–10:30."""
    return f"{clock_time(starts_at)}–{clock_time(ends_at)}"


# -- the checklist --------------------------------------------------------------------------------------------------------


def lines(board: Board) -> list[LineText]:
    """The five lines, in order."""
    return [_line(line, board) for line in board.eligibility.lines]


def _line(line: Line, board: Board) -> LineText:
    fact, bar = FACTS[line.name](line, board)
    return LineText(line.state.value, str(LABELS[line.name]), fact, bar)


def _enrolment(line: Line, board: Board) -> tuple[str, None]:
    until = board.enrolment.access_until
    if line.code == "enrolment_not_active":
        return str(STATUSES.get(str(line.facts["status"]), line.facts["status"])), None
    if line.state is LineState.MET:
        return (_("至 %(day)s", day=day(until, year=True, weekday=False)) if until else _("有效")), None
    return _("学习期已于 %(day)s 结束", day=day(until, weekday=False)) if until else _("学习期已结束"), None


def _identity(line: Line, board: Board) -> tuple[str, None]:
    return (_("已审核") if line.state is LineState.MET else _("还未审核通过")), None


def _entitlement(line: Line, board: Board) -> tuple[str, None]:
    if line.state is LineState.MET:
        kind = str(KINDS.get(str(line.facts["kind"]), line.facts["kind"]))
        until = cast(datetime | None, line.facts["expires_at"])
        return (kind + _("，") + _("至 %(day)s", day=day(until, weekday=False)) if until else kind), None
    texts = {
        "entitlement_used": _("已用完"),
        "entitlement_expired": _("已过期"),
        "entitlement_missing": _("开通后发放"),
    }
    return texts[line.code], None


def _hours(line: Line, board: Board) -> tuple[str, dict[str, Any] | None]:
    per_hour = board.rules.minutes_per_class_hour
    credited = cast(int, line.facts["credited_seconds"])
    needed = cast(int | None, line.facts["threshold_seconds"])
    if needed is None or line.code == "courses_missing":
        return _courses(line)
    whole = hours_text(needed, per_hour)
    if line.state is LineState.MET:
        return _("已学满 %(hours)s 课时", hours=whole), None
    missing = hours_text(cast(int, line.facts["missing_seconds"]), per_hour, up=True)
    bar = {"fraction": credited / needed, "text": f"{hours_text(credited, per_hour)} / {whole}"}
    return _("还差 %(hours)s 课时", hours=missing), bar


def _courses(line: Line) -> tuple[str, dict[str, Any] | None]:
    missing = len(cast(tuple[str, ...], line.facts["courses_missing"]))
    needed = cast(int, line.facts["courses_required"])
    if not missing:
        return _("%(count)s 门课程已学完", count=needed), None
    bar = {"fraction": (needed - missing) / needed, "text": f"{needed - missing} / {needed}"}
    return _("还差 %(count)s 门课程", count=missing), bar


def _booking(line: Line, board: Board) -> tuple[str, None]:
    if line.code == "not_booked":
        return _("还未预约"), None
    starts_at = cast(datetime, line.facts["starts_at"])
    if line.state is LineState.MET:
        return day_time(starts_at), None
    return _("截止时学时未满"), None


FACTS: dict[str, Callable[[Line, Board], tuple[str, Mapping[str, Any] | None]]] = {
    "enrolment": _enrolment,
    "identity": _identity,
    "entitlement": _entitlement,
    "hours": _hours,
    "booking": _booking,
}


# -- windows --------------------------------------------------------------------------------------------------------------


def cards(board: Board, now: datetime) -> list[CardText]:
    """Every window that is not one's own already."""
    return [_card(card, board, now) for card in board.cards]


def _card(card: Card, board: Board, now: datetime) -> CardText:
    window = card.row.window
    offered = card.chance.offered and not board.holds_place
    closes = moment(window.booking_closes_at, board, now)
    return CardText(
        id=window.id,
        date=date_block(window.starts_at),
        time=span(window.starts_at, window.ends_at),
        meta=_meta(card, closes),
        badge=_badge(card, board, now),
        chance="" if card.chance.offered and not offered else chance_text(card, board),
        out=not card.chance.offered and card.chance.code != "attempt_open",
        recommended=card.recommended,
        was=day(window.moved_from, weekday=False) if window.moved_from and not window.cancelled_at else None,
        button=_("预约 %(day)s 这一场", day=moment(window.starts_at, board, now)) if offered else "",
        note=_note(card, board, closes) if offered else "",
    )


def moment(at: datetime, board: Board, now: datetime) -> str:
    """The day, or where windows are minutes apart the time."""
    return closing(at, board.rules, now)


def closing(at: datetime, rules: ProgrammeRules, now: datetime) -> str:
    """The day of a limit, or where windows are minutes apart its time."""
    return clock_time(at) if is_rehearsal_programme(rules) else near_day(at, now)


def _meta(card: Card, closes: str) -> str:
    window = card.row.window
    if window.cancelled_at is not None:
        return _("已取消：%(reason)s", reason=window.reason)
    parts = [_("%(day)s 截止预约", day=closes), _("余 %(count)s 席", count=card.row.places_left)]
    if window.tentative:
        parts.append(_("暂定"))
    if window.moved_from:
        parts.append(_("改期：%(reason)s", reason=window.reason))
    return " · ".join(parts)


def _badge(card: Card, board: Board, now: datetime) -> tuple[str, str] | None:
    window = card.row.window
    if window.cancelled_at is not None:
        return "neutral", _("已取消")
    kind = "accent" if card.recommended else "neutral"
    return kind, until_start(window.starts_at, board, now)


def until_start(starts_at: datetime, board: Board, now: datetime) -> str:
    """还有 8 天."""
    if is_rehearsal_programme(board.rules):
        return _("还有 %(count)s 分钟", count=max(0, int((starts_at - now).total_seconds() // 60)))
    days = days_until(starts_at, now, ZONE_NAME)
    near = {0: _("今天"), 1: _("明天")}
    return near.get(days) or _("还有 %(count)s 天", count=days)


def chance_text(card: Card, board: Board) -> str:
    """One sentence on one's own chance of this window."""
    facts, per_hour = card.chance.facts, board.rules.minutes_per_class_hour
    missing = hours_text(cast(int, facts.get("missing_seconds", 0)), per_hour, up=True)
    code = card.chance.code
    if code == "attempt_open":
        return ""
    if code == "on_pace":
        return _("按现在的进度，%(day)s 学满", day=day(cast(date, facts["on"]), weekday=False))
    if code == "daily_pace":
        daily = hours_text(cast(int, facts["daily_seconds"]), per_hour, up=True)
        return _("本周还没有学习；每天学 %(hours)s 课时，这场赶得上", hours=daily)
    if code == "courses_missing":
        return _("课时已满，还差 %(count)s 门课程", count=facts["courses"])
    if code == "out_of_reach":
        return _("还差 %(hours)s 课时，这场赶不上", hours=missing)
    if code == "not_earnable":
        earnable = hours_text(cast(int, facts["earnable_seconds"]), per_hour)
        return _("现有课程只有 %(hours)s 课时，写满之前这场考不了", hours=earnable)
    if code == "hours_to_go":
        return _("还差 %(hours)s 课时", hours=missing)
    return str(CHANCES.get(code, code))


CHANCES = {
    "hours_met": _l("学时已满，可以预约"),
    "cancelled": _l("这一场不再举行"),
    "booking_closed": _l("预约已截止"),
    "full": _l("名额已满，请看下一场"),
    "enrolment_not_active": _l("报名处于开通状态时才能预约"),
    "access_lapsed": _l("学习期已结束，请联系培训基地"),
    "identity_not_approved": _l("照片与身份证审核通过后可以预约"),
    "entitlement_missing": _l("有考试资格后可以预约"),
    "entitlement_used": _l("考试资格已用完"),
    "entitlement_expired": _l("考试资格已过期"),
    "entitlement_ends_before": _l("考试资格在这场之前到期"),
    "access_ends_before": _l("学习期在这场之前结束"),
}


def _note(card: Card, board: Board, closes: str) -> str:
    """What booking before the hours are met means."""
    if card.chance.code == "hours_met":
        return ""
    return by_when_of(board, closes)


def by_when_of(board: Board, closes: str) -> str:
    return by_when(board.rules, board.enrolment.level, closes)


def by_when(rules: ProgrammeRules, level: str, closes: str) -> str:
    """What a place that is taken early asks for, and until when."""
    needed = rules.threshold_seconds(level)
    if needed is None:
        return _("先占位；须在 %(day)s 前学完全部课程", day=closes)
    hours = hours_text(needed, rules.minutes_per_class_hour)
    return _("先占位；须在 %(day)s 前学满 %(hours)s 课时", day=closes, hours=hours)
