"""The forms of sign-in and passwords."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

NEEDED = InputRequired(_l("这一项要填写。"))


class SignInForm(FlaskForm):
    login = StringField(
        _l("手机号或用户名"),
        validators=[NEEDED, Length(max=64)],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        _l("密码"), validators=[NEEDED, Length(max=128)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class PasswordForm(FlaskForm):
    current = PasswordField(
        _l("现在的密码"), validators=[NEEDED, Length(max=128)], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(
        _l("新密码"),
        description=_l("至少 10 个字符；不要用常见密码，也不要含用户名。"),
        validators=[NEEDED, Length(max=128)],
        render_kw={"autocomplete": "new-password"},
    )


class CodeForm(FlaskForm):
    login = StringField(
        _l("手机号或用户名"),
        validators=[NEEDED, Length(max=64)],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    code = StringField(
        _l("一次性重置码"),
        description=_l("管理员给您的 10 位字母数字，24 小时内有效，只能用一次。"),
        validators=[NEEDED, Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters"},
    )
    new = PasswordField(
        _l("新密码"),
        description=_l("至少 10 个字符；不要用常见密码，也不要含用户名。"),
        validators=[NEEDED, Length(max=128)],
        render_kw={"autocomplete": "new-password"},
    )


class ConfirmForm(FlaskForm):
    password = PasswordField(
        _l("密码"), validators=[NEEDED, Length(max=128)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()
    ahead = HiddenField()  # given by who comes before any act was tried


class GrantForm(FlaskForm):
    role = SelectField(_l("角色"), validators=[NEEDED])
    base = SelectField(_l("在哪里"), description=_l("基地管理员选基地；协会和系统的角色选协会。"))
