"""The items, cases and presence questions that ship with the program, read from their files once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CONTENT = Path(__file__).parent.parent / "content"
CASES = "cases.yaml"  # the stems that several items of a folder share
PRESENCE = "presence"  # the folder, and the pool, of questions asked while studying


@lru_cache(maxsize=1)
def shipped_items() -> list[dict[str, Any]]:
    """The items that ship with the program, each with the pool, job type and level of its folder (``<pool>/<job type>-<level>``)."""
    return [
        common | entry
        for folder, common in _folders()
        for path in sorted(folder.glob("*.yaml"))
        if path.name != CASES
        for entry in yaml.safe_load(path.read_text("utf-8"))
    ]


@lru_cache(maxsize=1)
def shipped_cases() -> list[dict[str, Any]]:
    """The cases that ship with the program, with pool, job type and level like the items."""
    return [
        common | entry
        for folder, common in _folders()
        for path in folder.glob(CASES)
        for entry in yaml.safe_load(path.read_text("utf-8"))
    ]


def _folders() -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for folder in sorted(path for path in CONTENT.glob("*/*-[1-5]") if path.is_dir()):
        job_type, level = folder.name.rsplit("-", 1)
        found.append((folder, {"pool": folder.parent.name, "job_type": job_type, "level": level}))
    return found


@lru_cache(maxsize=1)
def shipped_presence() -> list[dict[str, Any]]:
    """The presence questions that ship with the program, as entries for the same loader."""
    return [entry for path in sorted((CONTENT / PRESENCE).glob("*.yaml")) for entry in presence_entries(path)]


def presence_entries(path: Path) -> list[dict[str, Any]]:
    """The questions of one presence file; what a question of the bank needs besides does not apply to them."""
    data = yaml.safe_load(path.read_text("utf-8"))
    common = {"pool": PRESENCE, "job_type": "", "level": "", "function": "", "difficulty": 1, "source": ""}
    return [common | {"lesson_slug": data["lesson"]} | entry for entry in data["items"]]
