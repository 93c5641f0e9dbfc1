"""The item editor's form: one column in writing order, whatever the type; what a type does not use stays empty."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms import TextAreaField as Area
from wtforms.validators import InputRequired, Length, Optional

from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.rules.item import MULTIPLE, SHORT, SINGLE, TRUE_FALSE, ItemText
from carbonlearn.web.choices import choices_of

LETTERS = "ABCDEF"
RUBRIC_LINES = range(1, 6)
NEEDED = InputRequired(_l("这一项要填写。"))
TYPES = (
    (SINGLE, _l("单选")),
    (MULTIPLE, _l("多选")),
    (TRUE_FALSE, _l("判断")),
    (SHORT, _l("简答")),
)
DIFFICULTY = ((1, _l("1 易")), (2, _l("2 较易")), (3, _l("3 中")), (4, _l("4 较难")), (5, _l("5 难")))


class ItemForm(FlaskForm):
    """An item's text. ``base_number`` is the version that was opened, so that nobody overwrites another's newer one."""

    track = SelectField(_l("工种与等级"), validators=[NEEDED], default="accounting|4")
    type = SelectField(_l("题型"), choices=choices_of(TYPES), validators=[NEEDED])
    function = SelectField(_l("职业功能"), validators=[NEEDED])
    difficulty = SelectField(_l("难度"), choices=choices_of(DIFFICULTY), coerce=int, default=3)
    stem = Area(_l("题干"), validators=[NEEDED, Length(max=600)], render_kw={"rows": 3})
    option_a = StringField("A", validators=[Length(max=200)])
    option_b = StringField("B", validators=[Length(max=200)])
    option_c = StringField("C", validators=[Length(max=200)])
    option_d = StringField("D", validators=[Length(max=200)])
    option_e = StringField("E", validators=[Length(max=200)])
    option_f = StringField("F", validators=[Length(max=200)])
    key = SelectMultipleField(_l("答案"), choices=choices_of((letter, letter) for letter in LETTERS))
    truth = RadioField(
        _l("判断题的答案"),
        choices=choices_of([("true", _l("正确")), ("false", _l("错误"))]),
        validators=[Optional()],
    )
    reference = Area(_l("参考答案（简答）"), validators=[Length(max=2000)])
    rubric_1 = StringField(validators=[Length(max=200)])
    rubric_2 = StringField(validators=[Length(max=200)])
    rubric_3 = StringField(validators=[Length(max=200)])
    rubric_4 = StringField(validators=[Length(max=200)])
    rubric_5 = StringField(validators=[Length(max=200)])
    points_1 = StringField(validators=[Length(max=5)])
    points_2 = StringField(validators=[Length(max=5)])
    points_3 = StringField(validators=[Length(max=5)])
    points_4 = StringField(validators=[Length(max=5)])
    points_5 = StringField(validators=[Length(max=5)])
    source = StringField(
        _l("依据"), description=_l("文件名、文号或条款、日期。"), validators=[NEEDED, Length(max=300)]
    )
    explanation = Area(
        _l("解析"),
        description=_l("成绩发布后才给考生看：为什么对，错在哪里。"),
        validators=[NEEDED, Length(max=600)],
    )
    review_by = DateField(
        _l("复核期限"), description=_l("依据可能修订的，写上哪天以前要再看一遍。"), validators=[Optional()]
    )
    competence = SelectMultipleField(_l("能力点"))
    base_number = IntegerField(validators=[Optional()], default=0)

    def job_and_level(self) -> tuple[str, str]:
        """The job type and the level of the chosen track; the form has checked that there is such a one."""
        job_type, level = self.track.data.split("|")
        return job_type, level

    def text(self) -> ItemText:
        """What was typed as the text of an item of its type; parts of other types are left out."""
        kind = self.type.data
        return ItemText(
            type=kind,
            function=self.function.data,
            difficulty=self.difficulty.data,
            stem=(self.stem.data or "").strip(),
            explanation=(self.explanation.data or "").strip(),
            source=(self.source.data or "").strip(),
            options=self._options() if kind in (SINGLE, MULTIPLE) else {},
            key=self._key(),
            reference=(self.reference.data or "").strip() if kind == SHORT else "",
            rubric=self._rubric() if kind == SHORT else [],
        )

    def _options(self) -> dict[str, str]:
        typed = {letter: (self[f"option_{letter.lower()}"].data or "").strip() for letter in LETTERS}
        return {letter: words for letter, words in typed.items() if words}

    def _key(self) -> list[Any]:
        if self.type.data == TRUE_FALSE:
            return [self.truth.data == "true"] if self.truth.data else []
        return sorted(self.key.data or []) if self.type.data in (SINGLE, MULTIPLE) else []

    def _rubric(self) -> list[dict[str, Any]]:
        lines = [(self[f"rubric_{n}"].data or "", self[f"points_{n}"].data or "") for n in RUBRIC_LINES]
        return [
            {"text": words.strip(), "points": _hundredths(points)}
            for words, points in lines
            if words.strip() or points.strip()
        ]


def _hundredths(points: str) -> int:
    """Points as typed in hundredths; 0, which no rubric line may have, for what is no number."""
    try:
        return int(Decimal(points.strip()) * 100)
    except InvalidOperation:
        return 0


def values_of(item: Item, version: ItemVersion) -> dict[str, Any]:
    """A version as the form's starting values."""
    values: dict[str, Any] = {
        "type": version.meta.get("type", item.type),
        "function": version.meta.get("function", item.function),
        "difficulty": version.meta.get("difficulty", item.difficulty),
        "base_number": version.number,
        "track": f"{item.job_type}|{item.level}",
        "competence": list(version.meta.get("competence", [])),
    }
    for name in ("stem", "reference", "source", "explanation", "review_by"):
        values[name] = getattr(version, name)
    for letter, words in version.options.items():
        values[f"option_{letter.lower()}"] = words
    if item.type == TRUE_FALSE:
        values["truth"] = "true" if version.key == [True] else "false"
    else:
        values["key"] = list(version.key)
    for n, line in enumerate(version.rubric, 1):
        values[f"rubric_{n}"] = line["text"]
        values[f"points_{n}"] = f"{Decimal(line['points']) / 100:f}"
    return values
