"""Item files of tests: the shipped items as a file tells of them, and files of every format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from carbonlearn.question_bank import queries
from carbonlearn.question_bank.formats.entry import FileCase, FileItem, Outgoing
from carbonlearn.question_bank.formats.texts import clean, line
from carbonlearn.question_bank.services.exporting import writer_of


def file_item(entry: dict[str, Any]) -> FileItem:
    """An entry of a shipped file as a file item."""
    key = entry.get("key", [])
    return FileItem(
        id=entry["id"],
        type=entry["type"],
        stem=clean(entry["stem"]),
        options={letter: line(str(words)) for letter, words in entry.get("options", {}).items()},
        key=key if isinstance(key, list) else [key],
        reference=clean(entry.get("reference", "")),
        rubric=[
            {"points": round(row["points"] * 100), "text": line(row["text"])}
            for row in entry.get("rubric", [])
        ],
        explanation=clean(entry["explanation"]),
        source=line(entry["source"]),
        pool=entry["pool"],
        job_type=entry["job_type"],
        level=entry["level"],
        function=entry["function"],
        difficulty=entry["difficulty"],
        competence=list(entry.get("competence", [])),
        facts=list(entry.get("facts", [])),
        case=entry.get("case") or "",
        review_by=str(entry.get("review_by") or ""),
    )


def shipped() -> tuple[list[FileItem], list[FileCase]]:
    """Every shipped item, and the cases that any of them names."""
    items = [file_item(entry) for entry in queries.shipped_items()]
    named = {item.case for item in items}
    return items, [
        FileCase(one["id"], clean(one["text"])) for one in queries.shipped_cases() if one["id"] in named
    ]


def written(
    path: Path, kind: str, items: Iterable[FileItem], cases: Iterable[FileCase] = (), **more: Any
) -> Path:
    """A file of a format that holds these."""
    writer_of(kind)(path, Outgoing(list(items), list(cases), **more))
    return path
