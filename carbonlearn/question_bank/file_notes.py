"""What is said of a row of an item file, in the reader's language: facts that are lists, fields or places are put into words here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from carbonlearn.catalogue.framework import rungs
from carbonlearn.question_bank.formats.words import POOL_NAMES
from carbonlearn.web import messages
from carbonlearn.web.i18n import pick

FIELDS = {
    "id": _l("编号"), "type": _l("题型"), "stem": _l("题干"), "options": _l("选项"), "key": _l("答案"), "answer": _l("答案"),
    "reference": _l("参考答案"), "rubric": _l("得分点"), "explanation": _l("解析"), "source": _l("依据"), "difficulty": _l("难度"),
    "function": _l("职业功能"), "track": _l("工种等级"), "pool": _l("题库"), "competence": _l("能力点"), "facts": _l("事实"),
    "case": _l("案例"), "review_by": _l("复核期限"), "version": _l("版本"), "pictures": _l("图片"), "text": _l("正文"), "row": _l("这一行"),
}  # fmt: skip


def sentence(note: dict[str, Any]) -> str:
    """A note on a row: which field, what is wrong, what to do."""
    field = FIELDS.get(note["field"])
    said = message(note["code"], note["facts"])
    return _("%(field)s：%(said)s", field=field, said=said) if field else said


def message(code: str, facts: dict[str, Any]) -> str:
    """The sentence of a code about a row."""
    told = {name: SPOKEN[name](value) if isinstance(value, list) else value for name, value in facts.items()}
    return messages.message(code, told)


def _listed(words: list[str]) -> str:
    return pick("、", ", ").join(words)


def _fields(names: list[str]) -> str:
    return _listed([str(FIELDS.get(name, name)) for name in names])


def _others(likes: list[list[Any]]) -> str:
    return _listed([pick(f"{name}（{percent}%）", f"{name} ({percent}%)") for name, percent in likes])


def _place(place: list[str]) -> str:
    pool, job_type, level = place
    rung = rungs().get((job_type, level))
    track = f"{pick(*rung.name)} {pick(*rung.level_name)}" if rung else f"{job_type}/{level}"
    return f"{pick(*POOL_NAMES.get(pool, (pool, pool)))} · {track}"


SPOKEN: dict[str, Callable[[list[Any]], str]] = {
    "fields": _fields, "others": _others, "place": _place, "said": _listed,
}  # fmt: skip
