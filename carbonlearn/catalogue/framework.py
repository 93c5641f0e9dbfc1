"""The competence framework that ships: for each job type and level its points, as the standard words them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from carbonlearn.core import yaml_text

FOLDER = Path(__file__).parent / "competence"
KINDS = (("skills", "skill"), ("knowledge", "knowledge"))
COMMON = "common"  # what every job type must know: the basic requirements, which have no points of their own
COMMON_NAME = ("公共基础", "Common basics")
COMMON_POINTS = [("professional-ethics", "职业道德"), ("basic-knowledge", "基础知识")]


@dataclass(frozen=True, slots=True)
class Rung:
    """A job type at a level, with its points by the content they belong to: (code, wording) under each heading."""

    job_type: str
    level: str
    name: tuple[str, str]
    level_name: tuple[str, str]
    points: Mapping[str, list[tuple[str, str]]]


@lru_cache(maxsize=1)
def rungs() -> Mapping[tuple[str, str], Rung]:
    """What is common to all at each level, then every job type and level of the framework, in the order of the files."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        data = yaml_text.read(path.read_text("utf-8"))
        if "job_type" in data:
            for level in data["levels"]:
                rung = _rung(data["job_type"], level)
                found[rung.job_type, rung.level] = rung
    return _common(found.values()) | found


def _common(found: Iterable[Rung]) -> dict[tuple[str, str], Rung]:
    """A rung of the basic requirements for each level that there is, lower levels first."""
    levels = dict(sorted({rung.level: rung.level_name for rung in found}.items(), reverse=True))
    return {
        (COMMON, level): Rung(COMMON, level, COMMON_NAME, name, {"": COMMON_POINTS})
        for level, name in levels.items()
    }


def _rung(job: Mapping[str, Any], level: Mapping[str, Any]) -> Rung:
    prefix = f"{job['slug']}/{level['level']}"
    return Rung(
        job["slug"],
        str(level["level"]),
        (job["name"], job.get("en", "")),
        (level["name"], level.get("en", "")),
        {
            f"{content['no']} {content['name']}": _points(prefix, content)
            for function in level["functions"]
            for content in function["contents"]
        },
    )


def _points(prefix: str, content: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"{prefix}/{point['no']}-{kind}", f"{point['no']} {point['text']}")
        for part, kind in KINDS
        for point in content.get(part, [])
    ]
