"""The words of blueprints and papers: names of tracks, what lacks, what is wrong with a blueprint."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from carbonlearn.catalogue.queries import functions
from carbonlearn.catalogue.rules.programme import ProgrammeRules
from carbonlearn.core.decision import Reason
from carbonlearn.exams.rules.assembly import Lack
from carbonlearn.web.i18n import pick

TYPES = {
    "single-choice": _l("单选"),
    "true-false": _l("判断"),
    "multiple-choice": _l("多选"),
    "short-answer": _l("简答"),
}
FAULTS = {
    "type_out_of_bounds": _l("%(type)s：%(count)s 题、每题 %(points)s 分，不成立"),
    "weight_out_of_bounds": _l("%(function)s 的权重 %(percent)s%% 不成立"),
    "points_differ": _l("各题型合计 %(found)s 分，应为 %(asked)s 分"),
    "count_differs": _l("各题型合计 %(found)s 题，应为 %(asked)s 题"),
    "weights_differ": _l("权重合计 %(found)s%%，应为 %(asked)s%%"),
    "no_items": _l("一道题也没有"),
    "curve_differs": _l("难度比例合计 %(found)s%%，应为 %(asked)s%%"),
    "curve_out_of_bounds": _l("难度比例要在 0 到 100 之间"),
    "number_out_of_bounds": _l("%(field)s：%(found)s 不在 %(least)s 到 %(most)s 之间"),
    "must_and_must_not": _l("%(item)s 既要必选又要排除"),
    "too_many_must": _l("必选 %(found)s 题，最多 %(most)s 题"),
    "must_not_live": _l("必选的 %(item)s 不在这个方向的在用题里"),
    "must_enemies": _l("必选的 %(item)s 和 %(other)s 定为不宜同卷，只能选一道"),
    "unproved": _l("题型和分值凑不出各职业功能的权重，请调整权重或每题分值"),
    "contradicts": _l("这些要求互相矛盾，添多少题也组不成"),
}
CAUSES = {
    "solver": _l("算不完：组卷方案的要求太紧"),
    "promise": _l("组出的卷与方案不符，没有采用"),
    "other": _l("出了故障，请系统管理员看日志"),
}
NUMBERS = {
    "tolerance": _l("难度比例的上下浮动"),
    "lower_percent": _l("每个职业功能可取自下一级的分值"),
    "seen_percent": _l("考生以前考过的题最多占"),
    "shared_percent": _l("同一场两份卷相同的题最多占"),
    "forms": _l("每场的份数"),
    "per_case": _l("一份卷里同一案例的题数上限"),
    "spread": _l("两份卷平均难度最多相差"),
}


def type_name(slug: str) -> str:
    """A type of items, in short."""
    return str(TYPES.get(slug, slug))


def function_name(slug: str) -> str:
    """A competence function; the one that stands for all where a blueprint leaves them open."""
    return _("不分职业功能") if slug == "any" else pick(*functions().get(slug, (slug, slug)))


def track_name(rules: ProgrammeRules, job_type: str, level: str) -> str:
    """Job type and level, in the reader's language."""
    track = rules.track(job_type, level)
    names = (pick(track.name, track.en), pick(track.level_name, track.level_en))
    return " · ".join(part for part in names if part)


def lack_text(lack: Lack | dict[str, Any]) -> str:
    """What lacks, in a sentence; of a warning stored in earlier days, what was needed and what there was."""
    if isinstance(lack, dict) and "needed" in lack:
        facts = {"function": function_name(lack["function"]), "type": type_name(lack["type"])}
        return _(
            "%(function)s：%(type)s题需 %(needed)s 题，有 %(available)s 题",
            needed=lack["needed"],
            available=lack["available"],
            **facts,
        )
    if isinstance(lack, dict):
        lack = Lack(lack["function"], lack["type"], lack["difficulty"], lack["missing"])
    return _(
        "%(function)s：还缺 %(count)s 道难度 %(difficulty)s 的%(type)s题",
        function=function_name(lack.function),
        count=lack.count,
        difficulty=lack.difficulty,
        type=type_name(lack.type),
    )


def fault_text(fault: Reason | dict[str, Any]) -> str:
    """What is wrong with a blueprint, in a sentence; also of a fault stored with a warning."""
    if isinstance(fault, dict):
        fault = Reason(fault["code"], {name: fact for name, fact in fault.items() if name != "code"})
    facts: dict[str, Any] = dict(fault.facts)
    if fault.code == "points_differ" or fault.code == "type_out_of_bounds":
        facts = {
            name: f"{value / 100:g}"
            if name in ("asked", "found", "points") and isinstance(value, int)
            else value
            for name, value in facts.items()
        }
    if "type" in facts:
        facts["type"] = type_name(str(facts["type"]))
    if "function" in facts:
        facts["function"] = function_name(str(facts["function"]))
    if "field" in facts:
        facts["field"] = NUMBERS.get(str(facts["field"]), facts["field"])
    return str(FAULTS[fault.code]) % facts if fault.code in FAULTS else fault.code
