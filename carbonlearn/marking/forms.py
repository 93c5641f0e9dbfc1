"""The forms of the marking desk."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length


class MarkForm(FlaskForm):
    """The points of each rubric line come as ``line-0``, ``line-1``, … since their number is the item's."""

    note = TextAreaField(_l("备注（给第三位阅卷人看）"), validators=[Length(max=500)])


class ReleaseForm(FlaskForm):
    """Nothing to fill in: the act is the button."""
