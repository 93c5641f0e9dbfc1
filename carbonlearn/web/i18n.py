"""Languages, dates and numbers as the reader expects them. Chinese is the source language; English comes from the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_translations, gettext
from markupsafe import Markup

LANGUAGES = {"zh": "zh-CN", "en": "en"}
COOKIE = "lang"
ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_babel = Babel()


def init_app(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(__file__.replace("web/i18n.py", "locale"))
    _babel.init_app(app, locale_selector=lambda: "en" if language() == "en" else "zh_Hans_CN")
    _translate_quickly(app)
    app.add_template_filter(day)
    app.add_template_filter(month_of_year)
    app.add_template_filter(day_time)
    app.add_template_filter(clock_time)
    app.add_template_filter(class_hours)
    app.add_template_filter(points)
    app.add_template_filter(minutes_seconds)
    app.add_template_filter(seconds_tenths)
    app.add_template_global(pick)
    app.add_template_global(named)


def _translate_quickly(app: Flask) -> None:
    """Let templates find the catalogue once in a request; Flask-Babel looks it up anew for each of a page's hundred texts."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _translations().ugettext(text),
        ngettext=lambda one, many, n: _translations().ungettext(one, many, n),
        newstyle=True,
        pgettext=lambda context, text: _translations().upgettext(context, text),
        npgettext=lambda context, one, many, n: _translations().unpgettext(context, one, many, n),
    )


def _translations() -> Any:
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


def language() -> str:
    """``zh`` or ``en``: what the reader chose for this visit, else what the account says, else Chinese."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        asked = request.args.get("lang") or request.cookies.get(COOKIE, "")
        actor = g.get("actor")
        g.language = asked if asked in LANGUAGES else (actor.locale if actor else "zh")
    return str(g.language)


def pick(zh: str | None, en: str | None) -> str:
    """The text of a pair in the reader's language; where one is missing, the other."""
    return (en or zh or "") if language() == "en" else (zh or en or "")


def named(zh: str, en: str | None) -> str:
    """A proper name in the reader's language; one without an English form stays Chinese and says so to screen readers."""
    if language() != "en":
        return zh
    return en or Markup('<span lang="zh-CN">{}</span>').format(zh)


def month_of_year(value: date) -> str:
    """2026年11月."""
    return (
        f"{MONTHS_EN[value.month - 1]} {value.year}"
        if language() == "en"
        else f"{value.year}年{value.month}月"
    )


def local(instant: datetime) -> datetime:
    return instant.astimezone(ZONE)


def day(value: date | datetime, year: bool | None = None, weekday: bool = True) -> str:
    """11月28日（周六）, with the year unless it is this year's. ``year`` forces it shown or hidden."""
    if isinstance(value, datetime):
        value = local(value).date()
    now = g.get("now") if has_request_context() else None
    with_year = year if year is not None else (now is None or local(now).year != value.year)
    if language() == "en":
        text = f"{value.day} {MONTHS_EN[value.month - 1]}" + (f" {value.year}" if with_year else "")
        return f"{WEEKDAYS_EN[value.weekday()]} {text}" if weekday else text
    text = (f"{value.year}年" if with_year else "") + f"{value.month}月{value.day}日"
    return f"{text}（周{WEEKDAYS[value.weekday()]}）" if weekday else text


def day_time(value: datetime, year: bool | None = None) -> str:
    """11月28日（周六）09:00."""
    joint = ", " if language() == "en" else ""
    return f"{day(value, year)}{joint}{clock_time(value)}"


def clock_time(value: datetime) -> str:
    """09:00 in the zone of the programmes."""
    return local(value).strftime("%H:%M")


def class_hours(seconds: int, minutes_per_class_hour: int = 45) -> str:
    """Seconds as class hours with one decimal, rounded down: what is shown as reached has been reached."""
    tenths = Fraction(seconds, minutes_per_class_hour * 60) * 10
    whole = tenths.numerator // tenths.denominator
    return f"{whole // 10}.{whole % 10}"


def points(hundredths: int) -> str:
    """Hundredths of a point as people write them: 1.5, 60."""
    text = f"{hundredths / 100:.2f}"
    return text.rstrip("0").rstrip(".")


def minutes_seconds(milliseconds: int) -> str:
    """Milliseconds as mm:ss, or h:mm:ss from an hour on."""
    seconds = milliseconds // 1000
    hours, rest = divmod(seconds, 3600)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{text}" if hours else text


def seconds_tenths(milliseconds: int) -> str:
    """Milliseconds as seconds with one decimal, rounded down: what is under a limit never reads as the limit."""
    return f"{milliseconds // 1000}.{milliseconds % 1000 // 100}"


def sentence(msgid: str, **facts: object) -> str:
    """A translated sentence with its facts filled in."""
    return str(gettext(msgid, **facts))
