"""What a previewed file becomes: all of its rows drafts of the bank, or none; and undone, for as long as nobody has reviewed any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict
from carbonlearn.core.permissions import Actor
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.judging import CHANGED, FAULT, NEW, SAME, text_of
from carbonlearn.question_bank.models import (
    CaseVersion,
    Citation,
    ImportRow,
    Item,
    ItemCase,
    ItemImport,
    ItemPoint,
    ItemReview,
    ItemVersion,
)
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.services.importing import (
    APPLIED,
    APPLYING,
    DROPPED,
    MOST_TRIES,
    PREVIEWED,
    REFUSED,
    UNDONE,
    WAITING,
    refuse,
    seen_cases,
)
from carbonlearn.question_bank.services.versions import index_versions, item_values, version_values

AT_ONCE = 1000


def ask_to_apply(import_id: str, *, actor: Actor, now: datetime) -> None:
    """Have a previewed file taken in the background. Raises Conflict while it has faults, or nothing that is new, or is not previewed."""
    row = files.file_import(import_id)
    if row.status != PREVIEWED:
        raise Conflict("IMPORT_NOT_PREVIEWED")
    counts = row.summary["verdicts"]
    if counts[FAULT]:
        raise Conflict("IMPORT_HAS_FAULTS", count=counts[FAULT])
    if not counts[NEW] + counts[CHANGED]:
        raise Conflict("IMPORT_NOTHING_NEW")
    row.status, row.beat_at, row.rows_done = APPLYING, now, 0
    row.options = row.options | {"applied_by": actor.user_id}


def next_to_apply() -> str | None:
    """The file that has waited longest to be taken."""
    query = select(ItemImport.id).where(ItemImport.status == APPLYING).order_by(ItemImport.beat_at).limit(1)
    return db.session.scalar(query)


def apply(import_id: str, now: datetime) -> int:
    """Take all rows of a file: new items and new versions, drafts every one; how many. In one unit of work, in batches of a thousand rows.

    When the bank has changed since the preview, nothing is taken and the file is read again.
    """
    row = db.session.scalar(select(ItemImport).where(ItemImport.id == import_id).with_for_update())
    if row is None or row.status != APPLYING:
        return 0
    if _has_moved_on(row):
        row.status, row.summary = WAITING, {"again": True}
        return 0
    author = row.options["applied_by"]
    made = _take_cases(row, author, now)
    cases = {name: case.version_id for name, case in files.newest_cases().items()}
    count = 0
    for batch in _batches(files.all_import_rows(import_id, (NEW, CHANGED))):
        _take(batch, import_id, author, cases, now)
        count += len(batch)
    row.status, row.ended_at, row.rows_done = APPLIED, now, row.rows_total
    row.summary = row.summary | {"made_cases": made, "cases": []}
    facts = {
        "sha256": row.sha256,
        "new": row.summary["verdicts"][NEW],
        "changed": row.summary["verdicts"][CHANGED],
    }
    record("item_import:apply", ("item_import", row.id), now=now, actor_id=author, facts=facts)
    return count


def put_off(import_id: str, now: datetime) -> None:
    """A file could not be taken: it waits behind the others for another try, and is refused when that fails too."""
    row = db.session.scalar(select(ItemImport).where(ItemImport.id == import_id).with_for_update())
    if row is None or row.status != APPLYING:
        return
    tries = row.options.get("takes", 0) + 1
    row.options, row.beat_at = row.options | {"takes": tries}, now
    if tries >= MOST_TRIES:
        refuse(import_id, "IMPORT_NOT_TAKEN", {}, now)


def _batches(rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
    left = iter(rows)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


def _has_moved_on(row: ItemImport) -> bool:
    """Whether an item or a case that the file names has come, gone, or got another version since the preview; five statements."""
    seen = row.summary.get("seen", {})
    if seen_cases(set(seen)) != seen:
        return True
    gone = select(ImportRow.number).where(
        ImportRow.import_id == row.id, ImportRow.verdict.in_((SAME, CHANGED)), ImportRow.version_id.is_(None)
    )
    mine = (ImportRow.import_id == row.id, ImportRow.verdict.in_((NEW, CHANGED)))
    come = select(ImportRow.number).join(Item, Item.external_id == ImportRow.external_id)
    later = aliased(ItemVersion)
    newer = (
        select(ImportRow.number)
        .join(ItemVersion, ItemVersion.id == ImportRow.version_id)
        .join(later, (later.item_id == ItemVersion.item_id) & (later.number > ItemVersion.number))
    )
    retired = (
        select(ImportRow.number).join(Item, Item.id == ImportRow.item_id).where(Item.status == "retired")
    )
    asked: list[Select[int]] = [
        come.where(*mine, ImportRow.verdict == NEW),
        newer.where(*mine),
        retired.where(*mine),
        gone,
    ]
    return any(db.session.scalar(query.limit(1)) is not None for query in asked)


def _take_cases(row: ItemImport, author: str, now: datetime) -> list[dict[str, str]]:
    """The cases of the file that are new or worded anew; what was made of them, for undoing."""
    known, made = files.newest_cases(), []
    for case in row.summary.get("cases", []):
        old = known.get(case["id"])
        case_id = old.case_id if old else ""
        if old and old.text == case["text"]:
            continue
        fresh = not case_id
        if fresh:
            case_id = new_id()
            where = {name: case[name] for name in ("pool", "job_type", "level")}
            db.session.add(ItemCase(id=case_id, external_id=case["id"], created_at=now, **where))
            db.session.flush()
        number = select(func.coalesce(func.max(CaseVersion.number), 0)).where(CaseVersion.case_id == case_id)
        version = CaseVersion(
            id=new_id(),
            case_id=case_id,
            number=(db.session.scalar(number) or 0) + 1,
            text=case["text"],
            author_id=author,
            created_at=now,
        )
        db.session.add(version)
        made.append({"version": version.id, "case": case_id if fresh else ""})
    db.session.flush()
    return made


def _take(batch: list[ImportRow], import_id: str, author: str, cases: dict[str, str], now: datetime) -> None:
    """A thousand rows: their items, their versions, what these test and cite, and the way back from the row."""
    bases = _numbers([row.version_id for row in batch if row.version_id])
    items, versions, links = [], [], []
    for row in batch:
        item = FileItem.of(row.entry)
        text = text_of(item)
        item_id = row.item_id or new_id()
        if row.item_id is None:
            place = {
                "pool": item.pool,
                "job_type": item.job_type,
                "level": item.level,
                "status": "draft",
                "import_id": import_id,
            }
            items.append(item_values(item.id, text, now) | place | {"id": item_id})
        version = version_values(item_id, bases.get(row.version_id or "", 0) + 1, text, now, author)
        version |= {
            "case_version_id": cases[item.case] if item.case else None,
            "meta": version["meta"]
            | {"competence": list(dict.fromkeys(item.competence)), "facts": item.facts},
            "review_by": date.fromisoformat(item.review_by) if item.review_by else None,
        }
        versions.append(version)
        links.append({"own_number": row.number, "made_item": item_id, "made_version": version["id"]})
    if items:
        db.session.execute(insert(Item), items)
    db.session.execute(insert(ItemVersion), versions)
    index_versions(versions)
    _link(import_id, links)


def _numbers(version_ids: list[str]) -> dict[str, int]:
    query = select(ItemVersion.id, ItemVersion.number).where(ItemVersion.id.in_(version_ids))
    return {row.id: row.number for row in db.session.execute(query)} if version_ids else {}


def _link(import_id: str, links: list[dict[str, Any]]) -> None:
    """Note on each row what it has become; one statement."""
    table: Any = ImportRow.__table__
    db.session.connection().execute(
        update(table)
        .where(table.c.import_id == import_id, table.c.number == bindparam("own_number"))
        .values(item_id=bindparam("made_item"), version_id=bindparam("made_version")),
        links,
    )


def undo(import_id: str, *, actor: Actor, now: datetime) -> int:
    """Take back what a file became; how many versions. Raises Conflict IMPORT_NOT_APPLIED, or IMPORT_REVIEWED_SINCE once somebody has
    reviewed, revised or used any of it."""
    row = files.file_import(import_id)
    if row.status != APPLIED:
        raise Conflict("IMPORT_NOT_APPLIED")
    made = select(ImportRow.version_id).where(
        ImportRow.import_id == import_id, ImportRow.verdict.in_((NEW, CHANGED))
    )
    if _is_used(made):
        raise Conflict("IMPORT_REVIEWED_SINCE")
    version_ids = [one for one in db.session.scalars(made) if one]
    fresh = select(Item.id).where(Item.import_id == import_id)
    _unlink(version_ids, fresh)
    for start in range(0, len(version_ids), AT_ONCE):
        some = version_ids[start : start + AT_ONCE]
        db.session.execute(delete(ItemPoint).where(ItemPoint.version_id.in_(some)))
        db.session.execute(delete(Citation).where(Citation.version_id.in_(some)))
        db.session.execute(delete(ItemVersion).where(ItemVersion.id.in_(some)))
    db.session.execute(delete(Item).where(Item.id.in_(fresh)).execution_options(synchronize_session=False))
    _take_back_cases(row.summary.get("made_cases", []))
    row.status, row.ended_at = UNDONE, now
    facts = {"sha256": row.sha256, "count": len(version_ids)}
    record("item_import:undo", ("item_import", row.id), now=now, actor_id=actor.user_id, facts=facts)
    return len(version_ids)


def _unlink(version_ids: list[str], items: Select[Any]) -> None:
    """Have no row of any file point at what is to be deleted: the same may have been sent again since, and been found to be the same."""
    for start in range(0, len(version_ids), AT_ONCE):
        some = version_ids[start : start + AT_ONCE]
        db.session.execute(update(ImportRow).where(ImportRow.version_id.in_(some)).values(version_id=None))
    db.session.execute(
        update(ImportRow)
        .where(ImportRow.item_id.in_(items))
        .values(item_id=None)
        .execution_options(synchronize_session=False)
    )


def is_undoable(row: ItemImport) -> bool:
    """Whether nobody has reviewed, revised or used anything of an applied file."""
    made = select(ImportRow.version_id).where(
        ImportRow.import_id == row.id, ImportRow.verdict.in_((NEW, CHANGED))
    )
    return row.status == APPLIED and not _is_used(made)


def _is_used(made: Select[Any]) -> bool:
    later = aliased(ItemVersion)
    newer = select(later.id).join(
        ItemVersion, (ItemVersion.item_id == later.item_id) & (later.number > ItemVersion.number)
    )
    asked: list[Any] = [
        select(exists().where(ItemReview.version_id.in_(made))),
        select(exists().where(Item.live_version_id.in_(made))),
        select(newer.where(ItemVersion.id.in_(made)).exists()),
    ]
    return any(db.session.scalar(query) for query in asked)


def _take_back_cases(made: list[dict[str, str]]) -> None:
    """The case texts that came with the file, unless an item written since belongs to them."""
    for told in made:
        if db.session.scalar(select(exists().where(ItemVersion.case_version_id == told["version"]))):
            continue
        db.session.execute(delete(CaseVersion).where(CaseVersion.id == told["version"]))
        if told["case"] and not db.session.scalar(
            select(exists().where(CaseVersion.case_id == told["case"]))
        ):
            db.session.execute(delete(ItemCase).where(ItemCase.id == told["case"]))


def drop(import_id: str, *, actor: Actor, now: datetime) -> None:
    """Be done with a file that is not wanted. Raises Conflict for one that is being read or taken, or is settled."""
    row = files.file_import(import_id)
    if row.status not in (WAITING, PREVIEWED, REFUSED):
        raise Conflict("IMPORT_NOT_PREVIEWED")
    row.status, row.ended_at = DROPPED, now
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    facts = {"sha256": row.sha256}
    record("item_import:drop", ("item_import", row.id), now=now, actor_id=actor.user_id, facts=facts)
