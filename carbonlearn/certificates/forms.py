"""The form of a revocation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from carbonlearn.web.choices import choices_of

CATEGORY_WORDS = {
    "correction": _l("更正"),
    "violation": _l("违规"),
    "holder_request": _l("本人申请"),
    "other": _l("其他"),
}


class RevocationForm(FlaskForm):
    category = RadioField(
        _l("原因类别"),
        description=_l("查验页会公开这一项。"),
        choices=choices_of(CATEGORY_WORDS.items()),
        validators=[InputRequired(_l("请选择一个原因类别。"))],
    )
    detail = TextAreaField(
        _l("具体理由"),
        description=_l("只在管理台和审计记录里保留，不公开。写明依据，例如决定文号。"),
        validators=[
            InputRequired(_l("请写明理由。")),
            Length(min=4, max=500, message=_l("理由写 4 到 500 个字。")),
        ],
        render_kw={"rows": 3},
    )
