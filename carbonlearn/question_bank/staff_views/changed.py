"""What the newest version of an item says otherwise than the one in use, field by field and line by line, for whoever reviews it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from carbonlearn.catalogue import queries as catalogue
from carbonlearn.catalogue.rules.difference import Line, line_changes
from carbonlearn.question_bank import queries
from carbonlearn.question_bank.formats.words import points_text
from carbonlearn.question_bank.forms import DIFFICULTY, TYPES
from carbonlearn.question_bank.models import Item, ItemVersion
from carbonlearn.question_bank.queries.desk import VersionRow
from carbonlearn.question_bank.rules.item import TRUE_FALSE
from carbonlearn.web.i18n import pick

TRUTH = {True: _l("正确"), False: _l("错误")}


@dataclass(frozen=True, slots=True)
class Changed:
    """The fields that differ from version ``number``, each by its name with its lines."""

    number: int
    fields: list[tuple[str, list[Line]]]


def changed(item: Item, history: Sequence[VersionRow]) -> Changed | None:
    """What the newest version changed of the one in use, or of the one before where none is; None where there is nothing to compare."""
    newest, older = history[0].version, [row.version for row in history[1:]]
    if newest.id == item.live_version_id or not older:
        return None
    before = next((version for version in older if version.id == item.live_version_id), older[0])
    was, now = _said(item, before), _said(item, newest)
    names = [*now, *(name for name in was if name not in now)]
    pairs = [(name, _lines(was.get(name, "")), _lines(now.get(name, ""))) for name in names]
    return Changed(before.number, [(name, line_changes(old, new)) for name, old, new in pairs if old != new])


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _said(item: Item, version: ItemVersion) -> dict[str, str]:
    """Everything that a version says, under the names that the editor has for it."""
    meta, day = version.meta, queries.review_day_of(version)
    kind, function = meta.get("type", item.type), meta.get("function", item.function)
    functions = catalogue.functions()
    return {
        _("案例"): queries.case_text(version.case_version_id),
        _("题型"): str(dict(TYPES).get(kind, kind)),
        _("职业功能"): pick(*functions[function]) if function in functions else function,
        _("难度"): str(dict(DIFFICULTY).get(meta.get("difficulty", item.difficulty), "")),
        _("问第几部分"): str(meta.get("part") or ""),
        _("题干"): version.stem,
        **{_("选项 %(letter)s", letter=letter): words for letter, words in version.options.items()},
        _("答案"): _key(kind, version),
        _("参考答案"): version.reference,
        _("得分点"): "\n".join(f"{line['text']}　{points_text(line['points'])}" for line in version.rubric),
        _("解析"): version.explanation,
        _("依据"): version.source,
        _("能力点"): "\n".join(meta.get("competence", [])),
        _("复核期限"): day.isoformat() if day else "",
    }


def _key(kind: str, version: ItemVersion) -> str:
    if kind == TRUE_FALSE:
        return str(TRUTH.get(version.key[0], "")) if version.key else ""
    return " ".join(map(str, version.key))
