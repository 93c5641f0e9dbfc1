"""The forms of admission: what a clerk enters, what a reviewer returns, what a fee is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms import TextAreaField as Area
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from carbonlearn.core.errors import Invalid
from carbonlearn.core.identity import read_id_number, read_phone
from carbonlearn.enrolment.services import Application
from carbonlearn.web.messages import message

CHINA = ZoneInfo("Asia/Shanghai")
NEEDED = InputRequired(_l("这一项要填写。"))
MOST_YUAN = 1_000_000
CHOOSE = InputRequired(_l("请选择一项。"))


def _checked(read: Callable[[str], object]) -> Callable[[Any, Any], None]:
    """A validator out of a reader of the core: its refusal becomes the field's sentence."""

    def check(_form: Any, field: Any) -> None:
        try:
            read(field.data or "")
        except Invalid as error:
            raise ValidationError(message(error.code, error.facts)) from None

    return check


class AdmissionForm(FlaskForm):
    """One learner. ``photo_token`` stands for a portrait that was already taken in, so that an error elsewhere does not lose it."""

    base = SelectField(_l("培训基地"), validators=[CHOOSE])
    track = SelectField(
        _l("报考项目、工种与等级"),
        description=_l("后面是现有课程能学到的课时和要求的课时。"),
        validators=[CHOOSE],
    )
    name = StringField(
        _l("姓名"),
        validators=[NEEDED, Length(min=2, max=80, message=_l("姓名要有 2 到 80 个字。"))],
        render_kw={"autocomplete": "off"},
    )
    id_number = StringField(
        _l("身份证号码"),
        validators=[NEEDED, Length(max=40, message=_l("身份证号码最多 40 个字符。"))],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    phone = StringField(
        _l("手机"),
        description=_l("学员用它登录。"),
        validators=[NEEDED, Length(max=30, message=_l("手机最多 30 个字符。")), _checked(read_phone)],
        render_kw={"autocomplete": "off", "inputmode": "tel"},
    )
    photo = FileField(
        _l("近期免冠照片"),
        description=_l("JPG、PNG 或 BMP，小于 1 MB，纯色背景，竖幅（高是宽的 1.2–1.6 倍）。"),
        render_kw={"accept": "image/jpeg,image/png,image/bmp"},
    )
    photo_token = HiddenField()
    override = BooleanField(_l("课时暂时学不满，仍同意报名"))
    override_reason = Area(
        _l("同意的理由"),
        description=_l("写明何时补齐课程，会记入审计。"),
        validators=[Length(max=300, message=_l("同意的理由最多 300 个字。"))],
    )

    def keep_numbers(self) -> None:
        """For a correction: ID number and phone left empty stay as they are."""
        for field in (self.id_number, self.phone):
            field.validators = [Optional(), *field.validators[1:]]
            field.flags.required = False
            field.description = _l("留空就不改。")

    def look_at(self, now: datetime) -> None:
        """The day by which a birth date is judged."""
        today = now.astimezone(CHINA).date()
        self._today_check = _checked(lambda text: read_id_number(text, today))

    def validate_id_number(self, field: Any) -> None:
        if field.data:
            self._today_check(self, field)

    def validate_override_reason(self, field: Any) -> None:
        if self.override.data and not (field.data or "").strip():
            raise ValidationError(str(_l("勾选了同意，就要写理由。")))

    def application(self, photo_key: str) -> Application:
        """The checked form as the service takes it."""
        programme, job_type, level = (self.track.data or "||").split("|")
        return Application(
            name=(self.name.data or "").strip(),
            id_number=self.id_number.data or "",
            phone=self.phone.data or "",
            photo_key=photo_key,
            base_id=self.base.data or "",
            programme_key=programme,
            job_type=job_type,
            level=level,
            override=(self.override_reason.data or "").strip() if self.override.data else "",
        )


class PaymentForm(FlaskForm):
    """A fee marked paid. Where the programme states fees the category decides the amount; else it is typed in yuan."""

    category = RadioField(_l("缴费类别"), validators=[CHOOSE])
    amount = DecimalField(
        _l("金额（元）"),
        places=2,
        validators=[Optional(), NumberRange(0, MOST_YUAN)],
        render_kw={"inputmode": "decimal"},
    )
    remark = StringField(_l("到账备注"), validators=[Length(max=300)])


class WithdrawalForm(FlaskForm):
    reason = StringField(_l("理由"), validators=[NEEDED, Length(max=300)])


class ExtensionForm(FlaskForm):
    """A later end of access: the last day on which it runs, as China's calendar has it."""

    until = DateField(_l("延长到"), validators=[NEEDED])
    reason = StringField(_l("理由"), validators=[NEEDED, Length(max=300)])

    def end(self) -> datetime:
        """The instant at which the last day is over."""
        day: date = self.until.data
        return datetime.combine(day + timedelta(days=1), time(), CHINA)
