"""The place that a learner holds, sits in or has sat in, in words. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask_babel import gettext as _
from flask_babel import ngettext

from carbonlearn.exams.queries import Attempt, Board, Outcome, is_rehearsal_programme
from carbonlearn.exams.queries.bookings import HANDED_IN
from carbonlearn.exams.rules.attendance import may_enter
from carbonlearn.exams.rules.eligibility import LineState
from carbonlearn.exams.views.wording import POINT, by_when_of, date_block, moment, span, until_start
from carbonlearn.web.i18n import clock_time, day, day_time, points


@dataclass(frozen=True, slots=True)
class PlaceText:
    """The place that is held, in words."""

    id: str
    date: tuple[str, str, str]
    time: str
    meta: str
    badge: tuple[str, str]
    sentence: str
    out: bool
    was: str | None
    ticket_ready: bool
    ticket_note: str
    may_enter: bool
    may_cancel: bool
    cancel_note: str
    attempt: Attempt | None
    retake_note: str


def place(board: Board, now: datetime) -> PlaceText | None:
    """The place that is held or in use; None where there is none."""
    booking, window = board.booking, board.window
    if booking is None or window is None or booking.status not in ("held", "used"):
        return None
    met = board.eligibility.line("hours").state is LineState.MET
    ready = now >= window.ticket_at
    closes = moment(window.booking_closes_at, board, now)
    attempt = board.attempt
    if booking.status == "used" and attempt is None and now >= window.ends_at:
        return None
    sat = attempt is not None and attempt.state != "running"
    held = booking.status == "held"
    return PlaceText(
        id=booking.id,
        date=date_block(window.starts_at),
        time=span(window.starts_at, window.ends_at),
        meta=_handed_in_at(board) if sat else _place_meta(board, now),
        badge=_place_badge(attempt, met=met),
        sentence=_attempt_sentence(attempt) if attempt else _place_sentence(board, closes, met=met),
        out=not met and held,
        was=day(window.moved_from, weekday=False) if window.moved_from else None,
        ticket_ready=ready,
        ticket_note="" if ready else _("准考证 %(at)s 起可看", at=_ticket_time(window.ticket_at, board)),
        may_enter=held and may_enter(window.starts_at, window.ends_at, now, board.rules.exam_day),
        may_cancel=held and now < window.booking_closes_at,
        cancel_note=_("%(day)s 前可以取消，考试资格保留。", day=closes),
        attempt=attempt,
        retake_note=_retake_note(board),
    )


def _handed_in_at(board: Board) -> str:
    """When the paper was handed in; the deadline, while a sitting that ran out is not closed yet."""
    booking, attempt = board.booking, board.attempt
    closed = booking is not None and booking.end_reason == HANDED_IN
    at = booking.ended_at if booking and closed else attempt.must_submit_by if attempt else None
    return _("%(at)s 交卷", at=clock_time(at)) if at else ""


def _place_badge(attempt: Attempt | None, *, met: bool) -> tuple[str, str]:
    if attempt is None:
        return ("ok", _("已预约")) if met else ("warn", _("待确认"))
    if attempt.outcome is not None:
        return ("ok", _("通过")) if attempt.outcome.passed else ("warn", _("未通过"))
    return ("accent", _("正在考试")) if attempt.state == "running" else ("ok", _("已交卷"))


def _attempt_sentence(attempt: Attempt) -> str:
    """How the sitting of this place stands."""
    if attempt.outcome is not None:
        return outcome_text(attempt.outcome)
    if attempt.state == "running" and attempt.must_submit_by is not None:
        return _("正在考试，%(at)s 自动交卷", at=clock_time(attempt.must_submit_by))
    if attempt.results_due is not None:
        return _("已交卷，等成绩；最晚%(day)s公布", day=day(attempt.results_due))
    return _("已交卷，等成绩")


def outcome_text(outcome: Outcome) -> str:
    """97 分 · 通过."""
    if outcome.passed:
        one = 1 if outcome.total == POINT else 2
        return ngettext("%(points)s 分 · 通过", "%(points)s 分 · 通过", one, points=points(outcome.total))
    one = 1 if outcome.short_by == POINT else 2
    return ngettext(
        "未通过，还差 %(points)s 分", "未通过，还差 %(points)s 分", one, points=points(outcome.short_by)
    )


def _retake_note(board: Board) -> str:
    """Until when the retake can be used that a failure left; empty where there is none."""
    attempt, line = board.attempt, board.eligibility.line("entitlement")
    failed = attempt is not None and attempt.outcome is not None and not attempt.outcome.passed
    if not failed or line.state is not LineState.MET:
        return ""
    until = cast(datetime | None, line.facts["expires_at"])
    if until is None:
        return _("您有一次免费补考。")
    return _("您有一次免费补考，%(day)s前有效。", day=day(until, year=True))


def _place_sentence(board: Board, closes: str, *, met: bool) -> str:
    return _("学时已满，按时参加即可") if met else by_when_of(board, closes)


def _ticket_time(at: datetime, board: Board) -> str:
    return (
        clock_time(at)
        if is_rehearsal_programme(board.rules)
        else f"{day(at, weekday=False)} {clock_time(at)}"
    )


def _place_meta(board: Board, now: datetime) -> str:
    window = board.window
    if window is None:
        return ""
    parts = [until_start(window.starts_at, board, now) if now < window.starts_at else _("正在进行")]
    if window.tentative:
        parts.append(_("暂定"))
    if window.moved_from:
        parts.append(_("改期：%(reason)s", reason=window.reason))
    return " · ".join(parts)


def ended_notice(board: Board) -> str:
    """Why the last place ended, where its owner did not end it; empty otherwise."""
    booking, window = board.booking, board.window
    if booking is None or window is None or booking.status not in ("released", "no_show"):
        return ""
    if booking.end_reason == "withdrawn":
        return ""  # the first line of the checklist says it
    when = day_time(window.starts_at)
    if booking.end_reason == "hours_unmet":
        return _("%(when)s 的预约已释放：截止时学时未满。考试资格保留，可以预约后面的场次。", when=when)
    if booking.end_reason == "window_cancelled":
        return _(
            "%(when)s 的考试已取消：%(reason)s。考试资格保留，可以预约别的场次。",
            when=when,
            reason=window.reason.rstrip("。"),
        )
    return _("%(when)s 的考试没有参加，记为缺考。", when=when)
