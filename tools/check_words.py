"""Whether a reader's word on each item of the bank, as it stands, is among the reviews. ``tools.check_items`` asks it of all that ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbonlearn.question_bank.queries.shipped import entries_of, read_yaml
from carbonlearn.question_bank.services import digest_of

REVIEWS = "reviews"


def word_faults(content: Path) -> Iterator[str]:
    """Items that no reader's word in ``reviews/`` is about as they stand; without that folder nothing is asked."""
    if not (content / REVIEWS).is_dir():
        return
    for folder in sorted(path for path in content.glob("*/*-[1-5]") if path.parent.name != REVIEWS):
        path = content / REVIEWS / folder.parent.name / f"{folder.name}.yaml"
        words = {word["id"]: word for word in (read_yaml(path) if path.exists() else None) or []}
        for entry in entries_of(folder):
            word = words.get(entry["id"])
            if word is None or word["digest"] != digest_of(entry):
                fault = "no reader's word" if word is None else "the reader's word is on another text"
                yield f"{folder.parent.name}/{folder.name}: {entry['id']}: {fault}"
