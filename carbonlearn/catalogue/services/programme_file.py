"""Reading a programme file: every fault with the line it stands in, by the schema first, then by what the entries mean together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from carbonlearn.core import yaml_text
from carbonlearn.core.errors import Invalid

SCHEMA = Path(__file__).parents[1] / "programmes" / "programme.schema.json"
FIELD = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file: its line (counted from 1), the field as ``papers[0].duration``, and the rule it breaks."""

    line: int
    field: str
    rule: str


def read_programme(text: str) -> dict[str, Any]:
    """The file's content. Raises Invalid with its first fault and how many there are."""
    faults = check_programme(text)
    if faults:
        first = faults[0]
        raise Invalid(
            "PROGRAMME_FAULTY", line=first.line, field=first.field, rule=first.rule, count=len(faults)
        )
    loaded: dict[str, Any] = yaml_text.read(text)
    return loaded


def check_programme(text: str) -> list[Fault]:
    """Every fault of a programme file, by line; none when it may be loaded."""
    try:
        root = yaml_text.nodes(text)
        data = yaml_text.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return [Fault(mark.line + 1 if mark else 1, "", f"YAML: {error.problem}")]
    if root is None or not isinstance(data, dict):
        return [Fault(1, "", "a programme file is a mapping")]
    lines = dict(_lines(root, ()))
    found = [*_repeated_keys(root, ()), *schema_faults(data)]
    if not found:
        found = list(_meaning_faults(data))
    return sorted((Fault(_line(lines, field), _dotted(field), rule) for field, rule in found), key=_by_line)


def schema_faults(data: Mapping[str, Any]) -> list[tuple[FIELD, str]]:
    """What the schema refuses: where, and the rule."""
    return [_leaf(error) for error in _validator().iter_errors(data)]


def _leaf(error: ValidationError) -> tuple[FIELD, str]:
    """The nearest cause of an error: of several alternatives, the one that the entry comes closest to is the one that was meant."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = defaultdict(list)
        for cause in error.context:
            branches[cause.schema_path[0]].append(cause)
        meant = min(branches.values(), key=_distance)
        error = meant[0]
    return tuple(error.absolute_path), error.message[:300]


def _distance(branch: list[ValidationError]) -> tuple[bool, int]:
    """An alternative of another type altogether is farther than any with faults inside."""
    other_type = any(cause.validator == "type" and not cause.path for cause in branch)
    return other_type, len(branch)


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def _by_line(fault: Fault) -> tuple[int, str]:
    return fault.line, fault.field


def _line(lines: Mapping[FIELD, int], field: FIELD) -> int:
    """The line of a field, or of the nearest thing around it that is written down."""
    while field and field not in lines:
        field = field[:-1]
    return lines.get(field, 1)


def _dotted(field: FIELD) -> str:
    text = ""
    for step in field:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _lines(node: yaml.Node, field: FIELD) -> Iterator[tuple[FIELD, int]]:
    yield field, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            for inner, line in _lines(value, (*field, str(key.value))):
                yield inner, key.start_mark.line + 1 if inner == (*field, str(key.value)) else line
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*field, index))


def _repeated_keys(node: yaml.Node, field: FIELD) -> Iterator[tuple[FIELD, str]]:
    """A key given twice: YAML would silently keep the second."""
    if isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _repeated_keys(value, (*field, index))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*field, name), f"{name} is given twice"
            seen.add(name)
            yield from _repeated_keys(value, (*field, name))


def _meaning_faults(data: Mapping[str, Any]) -> Iterator[tuple[FIELD, str]]:
    """Entries that name what the file does not have, or have the same name twice."""
    jobs = {job["slug"] for job in data["job_types"]}
    levels = {level["code"] for level in data["levels"]}
    for field, named in _job_types_named(data):
        yield from ((field, f"no job type {slug}") for slug in named if slug not in jobs)
    for field, named in _levels_named(data):
        yield from ((field, f"no level {code}") for code in named if code not in levels)
    papers = {paper["slug"] for paper in data["papers"]}
    for index, session in enumerate(data["exam_calendar"]["sessions"]):
        if session.get("paper", next(iter(papers), "")) not in papers:
            yield ("exam_calendar", "sessions", index, "paper"), f"no paper {session['paper']}"
    yield from _repeated_courses(data)
    yield from _rehearsal_faults(data)
    low, high = (data.get("study") or {}).get("presence_seconds", (0, 0))
    if low > high:
        yield ("study", "presence_seconds"), "from the shorter to the longer"


def _job_types_named(data: Mapping[str, Any]) -> Iterator[tuple[FIELD, list[str]]]:
    for index, level in enumerate(data["levels"]):
        yield ("levels", index, "job_types"), level["job_types"]
    for index, group in enumerate(data["courses"]["specialised"]):
        yield ("courses", "specialised", index, "job_type"), [group["job_type"]]


def _levels_named(data: Mapping[str, Any]) -> Iterator[tuple[FIELD, list[str]]]:
    for index, paper in enumerate(data["papers"]):
        yield ("papers", index, "levels"), paper["levels"]
    for index, fee in enumerate(data["fees"]["items"]):
        yield ("fees", "items", index, "level"), [fee["level"]]
    for index, conditions in enumerate(data["eligibility"]):
        yield ("eligibility", index, "level"), [conditions["level"]]


def _repeated_courses(data: Mapping[str, Any]) -> Iterator[tuple[FIELD, str]]:
    groups: list[tuple[FIELD, Any]] = [(("courses", "public", "items"), data["courses"]["public"]["items"])]
    for index, group in enumerate(data["courses"]["specialised"]):
        groups.append((("courses", "specialised", index, "items"), group["items"]))
    seen: set[str] = set()
    for field, items in groups:
        for index, course in enumerate(items):
            if course["slug"] in seen:
                yield (*field, index, "slug"), f"the course {course['slug']} is listed twice"
            seen.add(course["slug"])


def _rehearsal_faults(data: Mapping[str, Any]) -> Iterator[tuple[FIELD, str]]:
    rule = data["exam_calendar"]["rule"]
    if rule and rule["kind"] == "every_n_minutes" and not data.get("demonstration"):
        yield ("exam_calendar", "rule"), "windows every few minutes are for demonstration programmes alone"
