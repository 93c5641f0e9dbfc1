"""The desk's forms about windows. Every one asks for a reason, which the booked can read and the audit log keeps."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

NEEDED = InputRequired(_l("这一项要填写。"))
CLOCK = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=_l("时间写成 09:00 这样。"))
LARGEST = 5000


def _reason(id: str) -> TextAreaField:
    """``id`` tells the forms of one page apart."""
    return TextAreaField(
        _l("理由"),
        id=id,
        description=_l("考生会看到，写入审计。"),
        validators=[NEEDED, Length(min=2, max=500, message=_l("理由要 2 到 500 个字。"))],
        render_kw={"rows": 3},
    )


def _capacity() -> IntegerField:
    return IntegerField(
        _l("名额"),
        validators=[NEEDED, NumberRange(1, LARGEST, message=_l("名额是 1 到 5000 的整数。"))],
        render_kw={"inputmode": "numeric", "min": 1, "max": LARGEST},
    )


def _day() -> DateField:
    return DateField(_l("日期"), validators=[InputRequired(_l("请填一个日期，例如 2026-11-28。"))])


def _clock(label: object) -> StringField:
    return StringField(label, validators=[NEEDED, CLOCK], render_kw={"type": "time"})


class CapacityForm(FlaskForm):
    capacity = _capacity()
    reason = _reason("capacity-reason")


class MoveForm(FlaskForm):
    day = _day()
    start = _clock(_l("开始时间"))
    reason = _reason("move-reason")


class CancelForm(FlaskForm):
    reason = _reason("cancel-reason")


class ReplanForm(FlaskForm):
    """``decision`` is the button: move or keep."""

    reason = _reason("replan-reason")


class WindowForm(FlaskForm):
    programme = SelectField(_l("项目"), validators=[NEEDED])
    day = _day()
    start = _clock(_l("开始时间"))
    end = _clock(_l("结束时间"))
    capacity = _capacity()
    reason = _reason("reason")
