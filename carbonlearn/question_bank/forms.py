"""The item editor's form: one column in writing order, whatever the type; what a type does not use stays empty."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms import TextAreaField as Area
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from carbonlearn.question_bank.formats.texts import clean
from carbonlearn.question_bank.formats.words import hundredths_of, points_text
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.rules.item import (
    EXAM,
    LETTERS,
    MAX_CASE,
    MAX_EXPLANATION,
    MAX_KEY_POINT,
    MAX_KEY_POINTS,
    MAX_OPTION,
    MAX_REFERENCE,
    MAX_SOURCE,
    MAX_STEM,
    MOCK,
    MULTIPLE,
    PRACTICE,
    PRESENCE,
    SHORT,
    SINGLE,
    TRUE_FALSE,
    ItemText,
)
from carbonlearn.question_bank.services import Place
from carbonlearn.web.choices import choices_of

RUBRIC_LINES = range(1, MAX_KEY_POINTS + 1)
FEWEST_LINES = 5  # that are offered, however few are filled in
NEEDED = InputRequired(_l("这一项要填写。"))
TYPES = (
    (SINGLE, _l("单选")),
    (MULTIPLE, _l("多选")),
    (TRUE_FALSE, _l("判断")),
    (SHORT, _l("简答")),
)
DIFFICULTY = ((1, _l("1 易")), (2, _l("2 较易")), (3, _l("3 中")), (4, _l("4 较难")), (5, _l("5 难")))


POOL_NAMES = (
    (EXAM, _l("考试")),
    (MOCK, _l("模拟考试")),
    (PRACTICE, _l("练习")),
    (PRESENCE, _l("随堂核验")),
)


class ItemForm(FlaskForm):
    """An item's text. ``base_number`` is the version that was opened, so that nobody overwrites another's newer one.

    A presence question belongs to a lesson (and to a part of it, by its number) instead of a track.
    """

    pool = SelectField(_l("用在哪里"), choices=choices_of(POOL_NAMES), default=EXAM, validators=[NEEDED])
    track = SelectField(_l("工种与等级"), validators=[NEEDED], default="accounting|4")
    lesson = SelectField(_l("问哪一讲"), validators=[Optional()], default="")
    part = IntegerField(
        _l("问第几部分"),
        description=_l("讲义里的第几个大标题；整讲都问就空着。"),
        validators=[Optional(), NumberRange(1, 99)],
    )
    case = SelectField(_l("所属案例"), validators=[Optional()], default="")
    type = SelectField(_l("题型"), choices=choices_of(TYPES), validators=[NEEDED])
    function = SelectField(_l("职业功能"), validators=[Optional()], default="")
    difficulty = SelectField(_l("难度"), choices=choices_of(DIFFICULTY), coerce=int, default=3)
    stem = Area(
        _l("题干"),
        description=_l("8 到 2000 个字。"),
        validators=[NEEDED, Length(max=MAX_STEM)],
        render_kw={"rows": 4},
    )
    option_a = StringField("A", validators=[Length(max=MAX_OPTION)])
    option_b = StringField("B", validators=[Length(max=MAX_OPTION)])
    option_c = StringField("C", validators=[Length(max=MAX_OPTION)])
    option_d = StringField("D", validators=[Length(max=MAX_OPTION)])
    option_e = StringField("E", validators=[Length(max=MAX_OPTION)])
    option_f = StringField("F", validators=[Length(max=MAX_OPTION)])
    option_g = StringField("G", validators=[Length(max=MAX_OPTION)])
    option_h = StringField("H", validators=[Length(max=MAX_OPTION)])
    key = SelectMultipleField(_l("答案"), choices=choices_of((letter, letter) for letter in LETTERS))
    truth = RadioField(
        _l("判断题的答案"),
        choices=choices_of([("true", _l("正确")), ("false", _l("错误"))]),
        validators=[Optional()],
    )
    reference = Area(_l("参考答案（简答）"), validators=[Length(max=MAX_REFERENCE)])
    source = StringField(
        _l("依据"),
        description=_l("文件名加书名号，后面的括号里写文号或条款、日期。文件改了，凭书名号找得到这道题。"),
        validators=[Length(max=MAX_SOURCE)],
    )
    explanation = Area(
        _l("解析"),
        description=_l("至少 20 个字：为什么对，错在哪里。成绩发布后才给考生看。"),
        validators=[NEEDED, Length(max=MAX_EXPLANATION)],
    )
    review_by = DateField(
        _l("复核期限"), description=_l("依据可能修订的，写上哪天以前要再看一遍。"), validators=[Optional()]
    )
    competence = SelectMultipleField(_l("能力点"))
    base_number = IntegerField(validators=[Optional()], default=0)

    def place(self) -> Place:
        """Where the item belongs; the form has checked that there is such a track or lesson."""
        if self.pool.data == PRESENCE:
            return Place(PRESENCE, "", "", self.lesson.data, self.part.data)
        job_type, level = self.track.data.split("|")
        return Place(self.pool.data, job_type, level)

    def text(self) -> ItemText:
        """What was typed as the text of an item of its type; parts of other types are left out.

        A browser sends other line ends than a file has; an item has one kind, whichever way it came in.
        """
        kind = self.type.data
        return ItemText(
            type=kind,
            function=self.function.data or "",
            difficulty=self.difficulty.data,
            stem=clean(self.stem.data or ""),
            explanation=clean(self.explanation.data or ""),
            source=(self.source.data or "").strip(),
            options=self._options() if kind in (SINGLE, MULTIPLE) else {},
            key=self._key(),
            reference=clean(self.reference.data or "") if kind == SHORT else "",
            rubric=self._rubric() if kind == SHORT else [],
        )

    def _options(self) -> dict[str, str]:
        typed = {letter: (self[f"option_{letter.lower()}"].data or "").strip() for letter in LETTERS}
        return {letter: words for letter, words in typed.items() if words}

    def _key(self) -> list[Any]:
        if self.type.data == TRUE_FALSE:
            return [self.truth.data == "true"] if self.truth.data else []
        return sorted(self.key.data or []) if self.type.data in (SINGLE, MULTIPLE) else []

    def rubric_lines(self) -> range:
        """The numbers of the lines to show: all that are filled in and one more, as far as there may be."""
        filled = [n for n in RUBRIC_LINES if self[f"rubric_{n}"].data or self[f"points_{n}"].data]
        return range(1, min(MAX_KEY_POINTS, max(FEWEST_LINES, max(filled, default=0) + 1)) + 1)

    def _rubric(self) -> list[dict[str, Any]]:
        lines = [(self[f"rubric_{n}"].data or "", self[f"points_{n}"].data or "") for n in RUBRIC_LINES]
        return [
            {"text": words.strip(), "points": hundredths_of(points) or 0}
            for words, points in lines
            if words.strip() or points.strip()
        ]


for _n in RUBRIC_LINES:
    setattr(ItemForm, f"rubric_{_n}", StringField(validators=[Length(max=MAX_KEY_POINT)]))
    setattr(ItemForm, f"points_{_n}", StringField(validators=[Length(max=6)]))


def values_of(item: Item, version: ItemVersion) -> dict[str, Any]:
    """A version as the form's starting values."""
    values: dict[str, Any] = {
        "type": version.meta.get("type", item.type),
        "function": version.meta.get("function", item.function),
        "difficulty": version.meta.get("difficulty", item.difficulty),
        "base_number": version.number,
        "pool": item.pool,
        "track": f"{item.job_type}|{item.level}",
        "lesson": item.lesson_slug or "",
        "part": version.meta.get("part"),
        "competence": list(version.meta.get("competence", [])),
    }
    for name in ("stem", "reference", "source", "explanation"):
        values[name] = getattr(version, name)
    for letter, words in version.options.items():
        values[f"option_{letter.lower()}"] = words
    if values["type"] == TRUE_FALSE:
        values["truth"] = "true" if version.key == [True] else "false"
    else:
        values["key"] = list(version.key)
    for n, line in enumerate(version.rubric, 1):
        values[f"rubric_{n}"] = line["text"]
        values[f"points_{n}"] = points_text(line["points"])
    return values


class CaseForm(FlaskForm):
    """A case's text, and where it belongs. ``base_number`` is the version that was opened."""

    pool = SelectField(_l("用在哪里"), choices=choices_of(POOL_NAMES[:3]), default=EXAM)
    track = SelectField(_l("工种与等级"), validators=[Optional()], default="accounting|4")
    text = Area(
        _l("案例"),
        description=_l("企业、数据、情形；表格用 Markdown。这里不提问，问题写在各题的题干里。"),
        validators=[NEEDED, Length(max=MAX_CASE)],
        render_kw={"rows": 14},
    )
    base_number = IntegerField(validators=[Optional()], default=0)


class ChangeForm(FlaskForm):
    """That a document has changed, and since when."""

    changed_on = DateField(_l("从哪天起变了"), validators=[NEEDED])
    note = Area(
        _l("变了什么"),
        description=_l("新文号、改了哪几条；审题的人会看到。"),
        validators=[NEEDED, Length(max=300)],
    )


class ConfirmForm(FlaskForm):
    """That an item still holds, and when to look at it the next time."""

    review_by = DateField(_l("下次复核期限"), validators=[Optional()])
    note = StringField(_l("说明"), validators=[Length(max=300)])
