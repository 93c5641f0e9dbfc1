from __future__ import annotations

import copy
from datetime import timedelta
from pathlib import Path

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from carbonlearn.audit.models import AuditEntry
from carbonlearn.catalogue import queries, services
from carbonlearn.catalogue.models import LessonPlacement, LessonVersion, ProgrammeVersion
from carbonlearn.catalogue.queries import FOLDER
from carbonlearn.catalogue.rules.outline import HAN
from carbonlearn.catalogue.services.lessons import render
from carbonlearn.core.errors import Invalid
from carbonlearn.infra.clock import SettableClock
from carbonlearn.infra.db import unit_of_work
from tests.factories.enrolment import load_catalogue, programme_file

LESSONS = FOLDER / "content" / "lessons"
DEMONSTRATION = (FOLDER / "programmes" / "demonstration.yaml").read_text("utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.rindex(part)].count("\n") + 1


@pytest.mark.parametrize("path", sorted((FOLDER / "programmes").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_programme_that_ships_has_no_fault(path: Path) -> None:
    assert services.check_programme(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("good", "bad", "field", "rule"),
    [
        ("pass_mark: 60", "pass_mark: sixty", "papers[0].pass_mark", "not of type"),
        ("demonstration: true", "demonstrated: true", "", "demonstrated"),
        ('levels: ["4"]', 'levels: ["3"]', "papers[0].levels", "no level 3"),
        ("demonstration: true\n", "", "exam_calendar.rule", "demonstration programmes alone"),
        (
            "slug: acc-01-role",
            "slug: pub-02-climate-basics",
            "courses.specialised[0].items[0].slug",
            "listed twice",
        ),
        ("key: demonstration", "key: demonstration\nkey: other", "key", "given twice"),
        ("minutes: 15", "minutes: 0", "exam_calendar.rule.minutes", "minimum"),
    ],
)
def test_a_fault_is_named_with_its_field_and_line(good: str, bad: str, field: str, rule: str) -> None:
    text = DEMONSTRATION.replace(good, bad, 1)
    faults = services.check_programme(text)
    assert [fault.field for fault in faults] == [field]
    assert rule in faults[0].rule
    if good.split(":", maxsplit=1)[0] in ("pass_mark", "levels", "slug"):
        assert faults[0].line == line_of(text, bad)
    with pytest.raises(Invalid) as refused:
        services.read_programme(text)
    assert refused.value.code == "PROGRAMME_FAULTY"


def test_text_that_is_no_yaml_is_named_by_its_line() -> None:
    fault = services.check_programme("key: a\nlevels: [1, 2\nname: b")[0]
    assert fault.line >= 2 and fault.rule.startswith("YAML")


def test_loading_the_same_file_again_makes_no_version(db: SQLAlchemy, clock: SettableClock) -> None:
    load_catalogue(clock.now(), "demonstration")
    with unit_of_work():
        again = services.load_programme(programme_file("demonstration"), clock.now())
    assert (again.is_new, again.number, again.changes) == (False, 1, ())
    assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 1


def test_a_changed_file_makes_a_version_that_holds_from_its_date_and_says_what_changed(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "demonstration")
    before = queries.current_version("demonstration", clock.now()).id
    changed = copy.deepcopy(programme_file("demonstration"))
    changed["hours"]["threshold"] = 5
    assert [(one.field, one.before, one.after) for one in services.programme_changes(changed)] == [
        ("hours.threshold", 3, 5)
    ]
    later = clock.now() + timedelta(days=7)
    with unit_of_work():
        loaded = services.load_programme(changed, clock.now(), effective_from=later)
    assert (loaded.is_new, loaded.number, len(loaded.changes)) == (True, 2, 1)
    assert queries.current_version("demonstration", clock.now()).id == before
    assert queries.current_rules("demonstration", later).threshold_class_hours("4") == 5
    acts = db.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "programme:load")).all()
    assert [facts["version"] for facts in acts] == [1, 2]


def test_a_file_that_the_schema_refuses_changes_nothing(db: SQLAlchemy, clock: SettableClock) -> None:
    broken = copy.deepcopy(programme_file("demonstration"))
    broken["hours"]["threshold"] = "three"
    with pytest.raises(Invalid), unit_of_work():
        services.load_programme(broken, clock.now())
    assert db.session.scalar(select(func.count()).select_from(ProgrammeVersion)) == 0


def test_lessons_load_once_and_stand_in_every_programme_that_teaches_their_course(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "demonstration", "gdcpa-petrochem", lessons=True)
    with unit_of_work():
        again = services.load_lessons(LESSONS, clock.now())
    shipped = len(list(LESSONS.glob("*.md")))
    assert len(again) == shipped >= 19 and not any(lesson.is_new for lesson in again)
    assert len(queries.lesson_rows("gdcpa-petrochem")) == shipped
    assert {row.course_slug for row in queries.lesson_rows("demonstration")} == {
        "pub-02-climate-basics",
        "pub-10-professional-ethics",
        "acc-01-role",
        "acc-03-boundary",
    }
    demonstrated = len(queries.lesson_rows("demonstration"))
    assert db.session.scalar(select(func.count()).select_from(LessonPlacement)) == shipped + demonstrated


def test_a_changed_lesson_gets_a_version_and_the_old_text_stays(
    db: SQLAlchemy, clock: SettableClock, tmp_path: Path
) -> None:
    load_catalogue(clock.now(), "demonstration")
    source = (LESSONS / "acc-01-role.md").read_text("utf-8")
    path = tmp_path / "acc-01-role.md"
    for text in (source, source + "\n补一段新的正文。\n"):
        path.write_text(text, "utf-8")
        with unit_of_work():
            services.load_lessons(tmp_path, clock.now())
    lesson, current = queries.lesson_by_slug("acc-01-role")
    versions = db.session.scalars(select(LessonVersion).order_by(LessonVersion.number)).all()
    assert [version.number for version in versions] == [1, 2]
    assert current.number == 2 and lesson.length_ms == current.length_ms
    assert versions[1].length_ms - versions[0].length_ms == 7 * 200


def test_the_length_of_an_article_is_its_characters_and_what_is_stated_for_its_tables(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "demonstration", lessons=True)
    _, version = queries.lesson_by_slug("pub-02-climate-basics-1")
    body = (LESSONS / "pub-02-climate-basics.md").read_text("utf-8").split("\n---\n", 1)[1]
    prose = [line for line in body.splitlines() if not line.lstrip().startswith(("|", "![", "## "))]
    assert version.length_ms == len(HAN.findall("\n".join(prose))) * 200 + 230_000
    starts = [part["from_ms"] for part in version.outline]
    assert starts == sorted(starts) and version.outline[-1]["to_ms"] == version.length_ms


def test_a_films_length_is_the_recording_and_its_text_earns_nothing(
    db: SQLAlchemy, clock: SettableClock
) -> None:
    load_catalogue(clock.now(), "demonstration", lessons=True)
    _, version = queries.lesson_by_slug("acc-03-boundary")
    assert version.length_ms == 86_000
    assert [part["to_ms"] - part["from_ms"] for part in version.outline] == [86_000, 0, 0, 0, 0, 0]


def test_rendered_text_holds_no_script_no_style_and_no_foreign_address() -> None:
    html = render(
        "## 1 题\n\n<script>alert(1)</script> [x](javascript:alert(1)) [y](http://a.cn) ![图](https://b.cn/c.png)\n\n"
        "| a | b |\n|:--|--:|\n| 1 | <img src=x onerror=alert(1)> |\n"
    )
    assert "<script" not in html and "<img src=x" not in html and 'href="javascript' not in html
    assert "style" not in html and "http://a.cn" not in html
    assert '<h2 id="part-1">' in html and '<div class="table-box" tabindex="0"><table>' in html


def test_a_lesson_without_front_matter_is_refused_by_name(
    db: SQLAlchemy, clock: SettableClock, tmp_path: Path
) -> None:
    (tmp_path / "odd.md").write_text("## 1 无\n", "utf-8")
    with pytest.raises(Invalid) as refused, unit_of_work():
        services.load_lessons(tmp_path, clock.now())
    assert refused.value.facts["file"] == "odd.md"
