"""A sealed paper becomes rows when its exam begins: which item version stands at which number. Before, the sealed part alone says it."""

from __future__ import annotations

from datetime import datetime

from carbonlearn.exams.models import Paper, PaperItem
from carbonlearn.exams.queries.sealed import face, key
from carbonlearn.infra.db import db


def open_paper(paper_id: str, now: datetime) -> bool:
    """Write the rows of a paper, once; whether this call did. Whoever comes at the same moment waits and finds it done. Raises
    PaperDamaged."""
    paper = db.session.get_one(Paper, paper_id, with_for_update=True, populate_existing=True)
    if paper.opened_at is not None:
        return False
    points = {item["n"]: item["points"] for item in face(paper)["items"]}
    db.session.add_all(
        PaperItem(
            paper_id=paper_id,
            number=entry["n"],
            item_id=entry["item_id"],
            item_version_id=entry["version_id"],
            points=points[entry["n"]],
        )
        for entry in key(paper)["items"]
        if "item_id" in entry
    )
    paper.opened_at = now
    db.session.flush()
    return True
