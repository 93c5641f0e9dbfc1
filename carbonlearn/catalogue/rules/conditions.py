"""One admission condition in words, in both languages, for lists of what must hold together. The file's own clause stays beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Condition = Mapping[str, Any]
Words = tuple[str, str]

EDUCATION: dict[str, Words] = {
    "senior-high": ("高中", "senior high school"),
    "secondary-vocational": ("中专（中职）", "secondary vocational education"),
    "technical-school": ("技工学校", "technical school"),
    "technical-school-senior-class": ("技工学校高级班", "senior class of a technical school"),
    "senior-technical-school": ("高级技工学校", "senior technical school"),
    "technician-college": ("技师学院", "technician college"),
    "higher-vocational": ("高等职业学校", "higher vocational school"),
    "associate": ("大专", "associate degree"),
    "bachelor": ("本科", "bachelor's degree"),
    "master": ("硕士", "master's degree"),
}
SCOPE: dict[str, Words] = {
    "own": ("本职业", "the occupation"),
    "own_or_related": ("本职业或相关职业", "the occupation or a related one"),
    "related_field": ("相关领域", "the field"),
}
MAJOR: dict[str, Words] = {
    "own_or_related": ("本专业或相关专业", "in this or a related subject"),
    "other": ("其他专业", "in another subject"),
}
LEVELS: dict[str, Words] = {
    "5": ("五级", "level 5"),
    "4": ("四级", "level 4"),
    "3": ("三级", "level 3"),
    "2": ("二级", "level 2"),
    "1": ("一级", "level 1"),
    "junior": ("初级", "junior"),
    "intermediate": ("中级", "intermediate"),
    "senior": ("高级", "senior"),
}
STUDENTS: dict[str, Words] = {
    "university": ("在校大学生", "a university student"),
    "related-vocational-school": ("相关职业院校学生", "a student of a related vocational school"),
    "technician-college-preparatory-or-technician-class": (
        "技师学院预备技师班、技师班学生",
        "a student of a technician college's (preparatory) technician class",
    ),
}
GRADES: dict[str, Words] = {
    "occupational_grade": ("职业资格（职业技能等级）证书", "occupational certificate"),
    "competence_evaluation": ("职业能力水平评价证书", "competence evaluation certificate"),
    "this_programme": ("本项目证书", "certificate of this programme"),
    "preparatory_technician": ("预备技师证书", "preparatory technician certificate"),
}


def words(condition: Condition) -> Words:
    """The condition in Chinese and English. Raises KeyError for a condition that the schema does not know."""
    name = next(key for key in _SAYING if key in condition)
    return _SAYING[name](condition)


def _after(condition: Condition) -> Words:
    if condition.get("then_years"):
        years = condition["then_years"]
        return f"，此后累计从事相关工作满 {years} 年", f", then {years} years of related work"
    if condition.get("held_years"):
        return f"，满 {condition['held_years']} 年", f", held for {condition['held_years']} years"
    return "", ""


def _years(condition: Condition) -> Words:
    zh, en = SCOPE[condition.get("scope", "own_or_related")]
    how_zh, how_en = ("连续", " without a break") if condition.get("continuous") else ("累计", " in total")
    years = condition["years_in_occupation"]
    return f"{how_zh}从事{zh}工作满 {years} 年", f"{years} years{how_en} of work in {en}"


def _certificate(condition: Condition) -> Words:
    held = condition["holds_certificate"]
    level = LEVELS.get(held.get("level", ""), ("", ""))
    grade = GRADES[held.get("kind", "occupational_grade")]
    after = _after(condition)
    return f"取得{level[0]}{grade[0]}{after[0]}", f"holds a {level[1]} {grade[1]}".replace("  ", " ") + after[
        1
    ]


def _education(condition: Condition) -> Words:
    zh, en = EDUCATION[condition["education"]]
    major = MAJOR.get(condition.get("major", "any"), ("", ""))
    if condition.get("major") == "named":
        major = (condition.get("major_zh", ""), "in a named subject")
    higher = ("及以上", " or higher") if condition.get("or_higher") else ("", "")
    study = ("（含在读）", ", students included") if condition.get("in_study_ok") else ("", "")
    return f"{zh}{higher[0]}{major[0]}学历{study[0]}", f"{en}{higher[1]} {major[1]}".rstrip() + study[1]


def _title(condition: Condition) -> Words:
    level, after = LEVELS[condition["holds_title"]], _after(condition)
    return f"取得{level[0]}职称{after[0]}", f"holds a {level[1]} professional title{after[1]}"


def _other_certificate(condition: Condition) -> Words:
    level, after = LEVELS[condition["holds_other_certificate"]], _after(condition)
    return (
        f"取得其他{level[0]}职业、技能或职称证书{after[0]}",
        f"holds another {level[1]} certificate{after[1]}",
    )


_SAYING: dict[str, Callable[[Condition], Words]] = {
    "years_in_occupation": _years,
    "holds_certificate": _certificate,
    "education": _education,
    "trained_hours": lambda c: (
        "经正规培训达规定学时，并取得结业证书",
        "formal training of the prescribed hours, completed",
    ),
    "min_age": lambda c: (f"年满 {c['min_age']} 周岁", f"at least {c['min_age']} years old"),
    "apprenticeship_completed": lambda c: ("学徒期满", "apprenticeship completed"),
    "holds_title": _title,
    "student_of": lambda c: STUDENTS[c["student_of"]],
    "intends_to_work": lambda c: ("拟从事本职业或相关职业工作", "intends to work in the occupation"),
    "works_in_occupation": lambda c: ("从事本职业或相关职业工作", "works in the occupation"),
    "holds_other_certificate": _other_certificate,
}
