"""The programmes, for everybody: a list, and each at full length with every default of ours marked as ours."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask_babel import lazy_gettext as _l

from carbonlearn.catalogue import queries
from carbonlearn.catalogue.rules.conditions import words
from carbonlearn.catalogue.rules.programme import PaperSpec, ProgrammeRules
from carbonlearn.web import messages
from carbonlearn.web.guard import public
from carbonlearn.web.i18n import language, pick

bp = Blueprint("catalogue", __name__)
bp.add_app_template_filter(lambda condition: words(condition)[language() == "en"], "condition_words")

messages.register(
    {
        "PROGRAMME_NOT_FOUND": _l("没有找到这个项目。"),
        "PROGRAMME_FAULTY": _l("项目文件有 %(count)s 处不合规定，第一处在第 %(line)s 行 %(field)s：%(rule)s"),
        "LESSON_FAULTY": _l("课程文件 %(file)s 不合规定：%(rule)s"),
        "TRACK_NOT_FOUND": _l("这个项目没有这个工种和等级。"),
        "PAPER_NOT_FOUND": _l("这个等级没有笔试。"),
    }
)


@bp.get("/programmes")
@public
def programmes() -> str:
    found = [(one, queries.current_rules(one.key, g.now)) for one in queries.programmes()]
    return render_template("catalogue/programmes.html", programmes=found)


@bp.get("/programmes/<key>")
@public
def programme(key: str) -> str:
    version = queries.current_version(key, g.now)
    rules = queries.rules_of(version.id)
    taught = {row.course_slug for row in queries.lesson_rows(key)}
    return render_template(
        "catalogue/programme.html",
        rules=rules,
        version=version,
        taught=taught,
        papers=_papers(rules),
        level_names={one["code"]: pick(one["name"], one["en"]) for one in rules.data["levels"]},
        job_names={one["slug"]: pick(one["name"], one["en"]) for one in rules.data["job_types"]},
    )


def _papers(rules: ProgrammeRules) -> list[PaperSpec]:
    """Each written paper once, though several levels share it."""
    levels = [level["code"] for level in rules.data["levels"]]
    return list({paper.slug: paper for level in levels for paper in rules.papers(level)}.values())
