"""The items, cases and presence questions that ship with the program, read from their files once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from carbonlearn.core import yaml_text

CONTENT = Path(__file__).parent.parent / "content"
CASES = "cases.yaml"  # the stems that several items of a folder share
PRESENCE = "presence"  # the folder, and the pool, of questions asked while studying


@lru_cache(maxsize=1)
def shipped_items() -> list[dict[str, Any]]:
    """The items that ship with the program, each with the pool, job type and level of its folder (``<pool>/<job type>-<level>``), with the
    text of its case and with the reader's word on it."""
    return [
        common | entry | _word(words, entry["id"])
        for folder, common in _folders()
        for words in [_reviews(f"{folder.parent.name}/{folder.name}")]
        for entry in entries_of(folder)
    ]


def entries_of(folder: Path) -> list[dict[str, Any]]:
    """The items of a folder, each with the text of its case: what readers read, and what their words are about."""
    cases = {case["id"]: case["text"] for path in folder.glob(CASES) for case in read_yaml(path)}
    return [
        entry | ({"case_text": cases[entry["case"]]} if entry.get("case") in cases else {})
        for path in sorted(folder.glob("*.yaml"))
        if path.name != CASES
        for entry in read_yaml(path)
    ]


@lru_cache(maxsize=1)
def shipped_cases() -> list[dict[str, Any]]:
    """The cases that ship with the program, with pool, job type and level like the items."""
    return [
        common | entry
        for folder, common in _folders()
        for path in folder.glob(CASES)
        for entry in read_yaml(path)
    ]


def reviews_file(folder: str) -> Path:
    """Where the reviewers' words on a folder of items stand."""
    return CONTENT / "reviews" / f"{folder}.yaml"


def _reviews(folder: str) -> dict[str, dict[str, Any]]:
    path = reviews_file(folder)
    words = read_yaml(path) if path.exists() else None
    return {word["id"]: word for word in words or []}


def _word(words: dict[str, dict[str, Any]], item_id: str) -> dict[str, Any]:
    """The reviewer's word on an item, whatever text it is about; the loader looks at its digest."""
    return {"review": words[item_id]} if item_id in words else {}


def read_yaml(path: Path) -> Any:
    """A file of the bank."""
    return yaml_text.read(path.read_text("utf-8"))


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
    data = read_yaml(path)
    common = {"pool": PRESENCE, "job_type": "", "level": "", "function": "", "difficulty": 1, "source": ""}
    return [common | {"lesson_slug": data["lesson"]} | entry for entry in data["items"]]
