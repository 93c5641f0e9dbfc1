"""Promises of the house that neither the linter nor the import contracts can see."""

from __future__ import annotations

import re

import pytest

from tests.support.source import MACRO, Roots, calls, markup, method_calls, name_of, page_assets, python_files
from tests.support.source import templates as all_templates

LINES = 400
LONG_FILES = {
    "migrations/versions/20261121_the_first_tables.py": "written by Alembic; the first revision makes every table",
}
"""Files that may be longer, each with the reason why splitting would make it worse."""

CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "func.now",
}
COMMITS = {"carbonlearn/infra/db.py"}
UNIT_OPENERS = re.compile(
    r"carbonlearn/(infra/|web/|cli/|[a-z_]+/(views|staff_views|public_views|jobs|cli|commands)(/|\.py))"
)
SAFE: dict[str, str] = {
    "templates/study/lesson.html": "the lesson's own text, rendered and sanitised by nh3 when it is loaded",
    "templates/catalogue/_judged.html": "a draft's text, rendered and sanitised as its learners would get it",
    "templates/study/trial_lesson.html": "the same text, shown to somebody without an account",
}
"""Templates that put out text unescaped, each with the reason why that text is ours."""

WHOLE_PAGES = re.compile(
    r"templates/(base[a-z_]*\.html|components/|icons/|emails/|pdf/|gallery/|.*\{% *extends)"
)
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.DOTALL),
    "a style element": re.compile(r"<style[\s>]"),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.DOTALL),
    "a script without src": re.compile(r"<script(?![^>]*\ssrc\s*=)[^>]*>"),
    "a javascript address": re.compile(r"(href|action)\s*=\s*[\"']?\s*javascript:", re.IGNORECASE),
}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    files = [*python_files(), *all_templates(), *page_assets()]
    long = {
        name_of(path): count for path in files if (count := len(path.read_text("utf-8").splitlines())) > LINES
    }
    assert {name: count for name, count in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "a file named as long has become short: take its name off"


def test_only_the_clock_reads_the_time() -> None:
    readers = [
        f"{name_of(path)}:{line} {call}"
        for path in python_files("carbonlearn")
        if name_of(path) != "carbonlearn/infra/clock.py"
        for line, call in calls(path, CLOCKS)
    ]
    assert readers == []


def test_only_the_unit_of_work_commits() -> None:
    places = [
        f"{name_of(path)}:{line}"
        for path in python_files("carbonlearn")
        if name_of(path) not in COMMITS
        for line in method_calls(path, "commit")
    ]
    assert places == []


def test_only_the_edges_open_a_unit_of_work() -> None:
    places = [
        f"{name_of(path)}:{line}"
        for path in python_files("carbonlearn")
        if not UNIT_OPENERS.match(name_of(path))
        for line, _ in calls(path, {"unit_of_work"})
    ]
    assert places == []


def test_no_template_puts_out_unescaped_text_without_a_reason() -> None:
    unescaped = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false|\bMarkup\(")
    users = {name_of(path) for path in all_templates() if unescaped.search(path.read_text("utf-8"))}
    assert users - set(SAFE) == set()
    assert set(SAFE) <= users, "a template named as unescaped no longer is: take its name off"


@pytest.mark.parametrize("what", INLINE)
def test_no_template_needs_a_weaker_content_security_policy(what: str) -> None:
    offenders = [name_of(path) for path in all_templates() if INLINE[what].search(path.read_text("utf-8"))]
    assert offenders == [], f"{what} would be refused by the browser"


def test_a_partial_says_so_in_its_name() -> None:
    nameless = [
        name_of(path)
        for path in all_templates()
        if not path.name.startswith("_")
        and not WHOLE_PAGES.match(name_of(path))
        and not re.search(r"\{%-?\s*extends\b", path.read_text("utf-8"))
    ]
    assert nameless == [], "neither a page (extends a base) nor a partial (leading underscore)"


def test_a_partial_is_one_element_that_htmx_can_find_again() -> None:
    offenders = {}
    for path in all_templates():
        if path.name.startswith("_") and not WHOLE_PAGES.match(name_of(path)):
            text = path.read_text("utf-8")
            ids = {attributes.get("id") for _, attributes in Roots(markup(text)).found}
            if MACRO.search(text) and not ids:
                continue  # a file of macros puts out nothing by itself
            if len(ids) != 1 or None in ids:
                offenders[name_of(path)] = ids
    assert offenders == {}, "each branch of a partial is one element with the same id"
