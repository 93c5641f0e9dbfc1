"""The admission ticket in words, for the page and for the PDF."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from carbonlearn.exams.queries import Ticket
from carbonlearn.exams.views.wording import by_when, closing, span
from carbonlearn.web.i18n import clock_time, day, local, pick, points

MODES = {"online": _l("线上考试"), "onsite": _l("现场考试")}


def rules_of_the_day(ticket: Ticket) -> list[str]:
    """Short lines that follow from the programme's settings."""
    paper = ticket.paper
    return [
        _("%(from)s 起签到，请备好身份证原件。", **{"from": _on_the_day(ticket.check_in_opens_at, ticket)}),
        _(
            "%(until)s 停止签到，%(absent)s 未开考记为缺考。",
            until=_on_the_day(ticket.check_in_closes_at, ticket),
            absent=_on_the_day(ticket.absent_from, ticket),
        ),
        _(
            "共 %(count)s 题，%(minutes)s 分钟，满分 %(total)s 分，%(passes)s 分及格；到时自动交卷。",
            count=paper.item_count,
            minutes=paper.duration_seconds // 60,
            total=points(paper.total_points),
            passes=points(paper.pass_points),
        ),
        _("断网时答案留在打开的考试页里，恢复后自动上传，请不要关闭页面；计时不停。"),
    ]


def track_text(ticket: Ticket) -> str:
    """碳排放核算员 · 四级."""
    track = ticket.track
    return " · ".join(
        part for part in (pick(track.name, track.en), pick(track.level_name, track.level_en)) if part
    )


def code_text(ticket: Ticket, base_url: str) -> str:
    """What the QR holds: where staff find this ticket. Upper case keeps the code small."""
    return f"{base_url}/t/{ticket.digits}".upper()


def pending(ticket: Ticket, now: datetime) -> str:
    """By when the hours must be met for the place to stand; empty once they are."""
    if ticket.confirmed:
        return ""
    closes = closing(ticket.window.booking_closes_at, ticket.rules, now)
    return _("%(condition)s，否则这个预约会释放。", condition=by_when(ticket.rules, ticket.level, closes))


def _check_in(ticket: Ticket) -> str:
    opens, closes = ticket.check_in_opens_at, ticket.check_in_closes_at
    return f"{_on_the_day(opens, ticket)}–{_on_the_day(closes, ticket)}"


def _on_the_day(at: datetime, ticket: Ticket) -> str:
    """The time; with its date where that is not the day on which the exam starts."""
    if local(at).date() == local(ticket.window.starts_at).date():
        return clock_time(at)
    return f"{day(at, weekday=False)} {clock_time(at)}"


def page(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """The values of the page."""
    window = ticket.window
    return {
        "ticket": ticket,
        "track": track_text(ticket),
        "mode": _mode(ticket),
        "day": day(window.starts_at, year=True),
        "time": span(window.starts_at, window.ends_at),
        "check_in": _check_in(ticket),
        "pending": pending(ticket, now),
        "rules": rules_of_the_day(ticket),
    }


def pdf(ticket: Ticket, photo: bytes | None, base_url: str, now: datetime) -> dict[str, Any]:
    """The data of the printed ticket, which is in Chinese with English labels."""
    track, window = ticket.track, ticket.window
    return {
        "ticket_no": ticket.number,
        "programme": ticket.rules.name,
        "demonstration": ticket.rules.demonstration,
        "base_name": ticket.base.name,
        "photo": photo,
        "name": ticket.name,
        "id_masked": ticket.id_masked,
        "job_type": track.name,
        "level": track.level_name,
        "date_zh": day(window.starts_at, year=True),
        "time_zh": span(window.starts_at, window.ends_at),
        "room": _("线上"),
        "mode": _mode(ticket),
        "checkin_zh": _check_in(ticket),
        "pending": pending(ticket, now),
        "rules": rules_of_the_day(ticket),
        "qr_text": code_text(ticket, base_url),
    }


def _mode(ticket: Ticket) -> str:
    stated = ticket.rules.calendar.get("mode")
    return str(MODES.get(str(stated), MODES["online"]))
