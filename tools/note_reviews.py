"""Notes a reviewer's word on items of the bank: what was looked at, when, and of which text.

    python -m tools.note_reviews exam/monitoring-4 verdicts.yaml --on 2026-11-21 --by 张三

``verdicts.yaml`` maps the number of an item to a remark, empty where there was nothing to say; what is named there has been read for
key, ambiguity and source and found sound as it stands now, together with its case. The word is kept beside the items, with a digest of the
text it is about: when the text or its case changes, the word no longer counts.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from carbonlearn.core import yaml_text
from carbonlearn.question_bank.queries.shipped import CONTENT, entries_of, reviews_file
from carbonlearn.question_bank.rules.life import CHECKS
from carbonlearn.question_bank.services import digest_of


def items_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The items of a folder by number, with the texts of their cases."""
    return {item["id"]: item for item in entries_of(folder)}


def main(arguments: list[str] | None = None) -> int:
    """Write the words into the file of the folder; exit 1 when a number is not there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", help="pool and track, for example exam/monitoring-4")
    parser.add_argument("verdicts", type=Path)
    parser.add_argument("--on", type=date.fromisoformat, required=True, help="the day of the review")
    parser.add_argument("--by", default="", help="who read them, where that is to be told")
    given = parser.parse_args(arguments)
    items = items_of(CONTENT / given.folder)
    verdicts: dict[str, str | None] = yaml_text.read(given.verdicts.read_text("utf-8")) or {}
    unknown = sorted(verdicts.keys() - items.keys())
    if unknown:
        print(f"not in {given.folder}: {', '.join(unknown)}", file=sys.stderr)
        return 1
    path = reviews_file(given.folder)
    words = yaml_text.read(path.read_text("utf-8")) if path.exists() else None
    kept = {word["id"]: word for word in words or []}
    for name, note in verdicts.items():
        word = {"id": name, "digest": digest_of(items[name]), "on": given.on} | (
            {"by": given.by} if given.by else {}
        )
        kept[name] = word | dict.fromkeys(CHECKS, "ok") | {"note": (note or "").strip()}
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [kept[name] for name in sorted(kept) if name in items]
    path.write_text(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=200), "utf-8")
    fresh = sum(word["digest"] == digest_of(items[word["id"]]) for word in rows)
    print(f"{given.folder}: {fresh} of {len(items)} items reviewed as they stand")
    return 0


if __name__ == "__main__":
    sys.exit(main())
