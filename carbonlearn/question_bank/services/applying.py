"""What a previewed file becomes: all of its rows drafts of the bank, or none; and undone, for as long as nobody has reviewed any."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import aliased

from carbonlearn.audit.services import record
from carbonlearn.core.errors import Conflict, Refused
from carbonlearn.core.permissions import Actor, Permission
from carbonlearn.infra import vault
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.formats.entry import FileItem
from carbonlearn.question_bank.formats.judging import CHANGED, FAULT, NEW, SAME, text_of
from carbonlearn.question_bank.models import (
    CaseVersion,
    Citation,
    ImportPicture,
    ImportRow,
    Item,
    ItemCase,
    ItemEnemy,
    ItemImport,
    ItemPicture,
    ItemPoint,
    ItemReview,
    ItemVersion,
)
from carbonlearn.question_bank.queries import files
from carbonlearn.question_bank.rules.life import may_take_back
from carbonlearn.question_bank.services.cases import revised, written
from carbonlearn.question_bank.services.importing import (
    APPLIED,
    APPLYING,
    DROPPED,
    KEPT_ROWS,
    LIMIT,
    MOST_TRIES,
    PREVIEWED,
    REFUSED,
    UNDONE,
    UNSETTLED,
    WAITING,
    refuse,
)
from carbonlearn.question_bank.services.versions import index_versions, item_values, version_values

AT_ONCE = 1000


def ask_to_apply(import_id: str, *, actor: Actor, now: datetime) -> None:
    """Have a previewed file taken in the background. Raises Conflict while it has faults, or nothing that is new, or is not previewed."""
    row = files.held_import(import_id)
    if row.status != PREVIEWED:
        raise Conflict("IMPORT_NOT_PREVIEWED")
    counts, cases = row.summary["verdicts"], row.summary["case_verdicts"]
    if counts[FAULT] + cases[FAULT]:
        raise Conflict("IMPORT_HAS_FAULTS", count=counts[FAULT] + cases[FAULT])
    if not counts[NEW] + counts[CHANGED] + cases[NEW] + cases[CHANGED]:
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
    _hold_what_is_changed(row)
    if _has_moved_on(row):
        row.status, row.summary = WAITING, {"again": True}
        return 0
    author = row.options["applied_by"]
    _enter_pictures(row, now)
    _take_cases(import_id, author, now)
    cases = {name: case.version_id for name, case in files.newest_cases().items()}
    count = 0
    for batch in _batches(files.all_import_rows(import_id, (NEW, CHANGED))):
        _take(batch, import_id, author, cases, now)
        count += len(batch)
    row.status, row.ended_at, row.rows_done = APPLIED, now, row.rows_total
    facts = {
        "sha256": row.sha256,
        "new": row.summary["verdicts"][NEW],
        "changed": row.summary["verdicts"][CHANGED],
    }
    record("item_import:apply", ("item_import", row.id), now=now, actor_id=author, facts=facts)
    return count


def _hold_what_is_changed(row: ItemImport) -> None:
    """The items and cases that the file changes are held until the unit of work is over: nobody revises them meanwhile."""
    named = select(ItemCase.id).where(ItemCase.external_id.in_(row.summary["seen"]))
    db.session.execute(named.order_by(ItemCase.id).with_for_update())
    mine = select(ImportRow.item_id).where(ImportRow.import_id == row.id, ImportRow.verdict == CHANGED)
    db.session.execute(select(Item.id).where(Item.id.in_(mine)).order_by(Item.id).with_for_update())


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
    """Whether an item or a case that the file names has come, gone, or got another version since the preview, or one of
    its pictures is the bank's by now; six statements."""
    seen, known = row.summary["seen"], files.newest_cases()
    if any((known[name].version_id if name in known else "") != version for name, version in seen.items()):
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
    entered = select(ImportPicture.size).join(ItemPicture, ItemPicture.sha256 == ImportPicture.sha256)
    asked: list[Select[int]] = [
        entered.where(ImportPicture.import_id == row.id),
        come.where(*mine, ImportRow.verdict == NEW),
        newer.where(*mine),
        retired.where(*mine),
        gone,
    ]
    return any(db.session.scalar(query.limit(1)) is not None for query in asked)


def bring_pictures(import_id: str) -> None:
    """Put the pictures of a file that is to be taken where the bank's lie. Outside any unit of work, and harmless when nothing follows."""
    for picture in db.session.scalars(select(ImportPicture).where(ImportPicture.import_id == import_id)):
        vault.media().put(io.BytesIO(vault.passing().get(picture.file_key)), LIMIT)


def _enter_pictures(row: ItemImport, now: datetime) -> None:
    """The pictures of the file are the bank's from now on."""
    for told in db.session.scalars(select(ImportPicture).where(ImportPicture.import_id == row.id)):
        values = {name: getattr(told, name) for name in ("sha256", "kind", "width", "height", "size")}
        picture = ItemPicture(id=told.picture_id, uploaded_by=row.created_by, created_at=now, **values)
        db.session.add(picture)
        told.is_entered = True
        facts = {"sha256": told.sha256, "bytes": told.size}
        record("picture:upload", ("picture", told.picture_id), now=now, actor_id=row.created_by, facts=facts)
    db.session.flush()


def _take_back_pictures(import_id: str) -> None:
    """The pictures that came with the file, unless a text shows them that came some other way, or would when its file is taken."""
    mine = ImportPicture.import_id == import_id, ImportPicture.is_entered
    entered = set(db.session.scalars(select(ImportPicture.picture_id).where(*mine)))
    if entered:
        unshown = sorted(entered - files.pictures_shown() - files.pictures_awaited(entered, UNSETTLED))
        db.session.execute(delete(ItemPicture).where(ItemPicture.id.in_(unshown)))


def _take_cases(import_id: str, author: str, now: datetime) -> None:
    """The cases of the file that are new or worded anew, and what follows from them, noted for undoing."""
    mine = (ImportRow.import_id == import_id, ImportRow.verdict == CHANGED)
    own = set(db.session.scalars(select(ImportRow.item_id).where(*mine)))
    for told in files.import_cases(import_id, (NEW, CHANGED)):
        if told.verdict == NEW:
            place = (told.pool, told.job_type, told.level)
            version = written(told.external_id, told.text, place, author_id=author, now=now)
        else:
            besides = {item_id for item_id in own if item_id}
            version, carried = revised(told.case_id, told.text, author_id=author, now=now, besides=besides)
            told.carried = carried
        told.made_version_id = version.id
    db.session.flush()


def _take(batch: list[ImportRow], import_id: str, author: str, cases: dict[str, str], now: datetime) -> None:
    """A thousand rows: their items, their versions, what these test and cite, and the way back from the row."""
    bases = _numbers([row.version_id for row in batch if row.version_id])
    items, versions, links = [], [], []
    sender = files.file_import(
        import_id
    ).created_by  # kept with the text: whoever wrote it does not approve it
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
            | {"competence": list(dict.fromkeys(item.competence)), "facts": item.facts, "sent_by": sender},
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
    """Take back what a file became; how many versions.

    Raises Conflict IMPORT_NOT_APPLIED, IMPORT_TOO_OLD, or IMPORT_REVIEWED_SINCE once somebody has reviewed, revised or used any of it;
    Refused IMPORT_NOT_YOURS to who neither sent it nor had it imported and is no chief.
    """
    row = files.held_import(import_id)
    _refuse_others(row, actor)
    version_ids = _made_by(row)
    _hold_items(version_ids)
    refused = why_not_undo(row, now)
    if refused:
        raise Conflict(refused)
    fresh = select(Item.id).where(Item.import_id == import_id)
    _unlink(version_ids, fresh)
    for some in _pieces(version_ids):
        db.session.execute(delete(ItemPoint).where(ItemPoint.version_id.in_(some)))
        db.session.execute(delete(Citation).where(Citation.version_id.in_(some)))
        db.session.execute(delete(ItemVersion).where(ItemVersion.id.in_(some)))
    paired = ItemEnemy.first_id.in_(fresh) | ItemEnemy.second_id.in_(fresh)
    db.session.execute(delete(ItemEnemy).where(paired).execution_options(synchronize_session=False))
    db.session.execute(delete(Item).where(Item.id.in_(fresh)).execution_options(synchronize_session=False))
    _take_back_cases(import_id)
    _take_back_pictures(import_id)
    row.status, row.ended_at = UNDONE, now
    facts = {"sha256": row.sha256, "count": len(version_ids)}
    record("item_import:undo", ("item_import", row.id), now=now, actor_id=actor.user_id, facts=facts)
    return len(version_ids)


def _unlink(version_ids: list[str], items: Select[Any]) -> None:
    """Have no row of any file point at what is to be deleted: the same may have been sent again since, and been found to be the same."""
    for some in _pieces(version_ids):
        db.session.execute(update(ImportRow).where(ImportRow.version_id.in_(some)).values(version_id=None))
    db.session.execute(
        update(ImportRow)
        .where(ImportRow.item_id.in_(items))
        .values(item_id=None)
        .execution_options(synchronize_session=False)
    )


def why_not_undo(row: ItemImport, now: datetime) -> str:
    """The code of what keeps an import from being undone; empty when it can be."""
    if row.status != APPLIED or row.ended_at is None:
        return "IMPORT_NOT_APPLIED"
    if row.ended_at < now - KEPT_ROWS:
        return "IMPORT_TOO_OLD"
    return "IMPORT_REVIEWED_SINCE" if _is_used(_made_by(row)) else ""


def is_concerned(row: ItemImport, actor: Actor) -> bool:
    """Whether a person may drop a file, or undo its import."""
    concerned = (row.created_by, row.options.get("applied_by"))
    return may_take_back(actor.user_id, concerned, is_chief=actor.may(Permission.ITEM_APPROVE))


def _refuse_others(row: ItemImport, actor: Actor) -> None:
    if not is_concerned(row, actor):
        raise Refused("IMPORT_NOT_YOURS")


def _made_by(row: ItemImport) -> list[str]:
    """The versions that a file became, those included that only follow a case's new text."""
    mine = (ImportRow.import_id == row.id, ImportRow.verdict.in_((NEW, CHANGED)))
    rows = select(ImportRow.version_id).where(*mine, ImportRow.version_id.is_not(None))
    carried = [one for case in files.import_cases(row.id, (CHANGED,)) for one in case.carried]
    return [one for one in db.session.scalars(rows) if one] + carried


def _hold_items(version_ids: list[str]) -> None:
    """The items of these versions are held until the unit of work is over: nobody reviews them while it is decided."""
    for some in _pieces(version_ids):
        items = select(ItemVersion.item_id).where(ItemVersion.id.in_(some))
        db.session.execute(select(Item.id).where(Item.id.in_(items)).order_by(Item.id).with_for_update())
        versions = select(ItemVersion.id).where(ItemVersion.id.in_(some)).order_by(ItemVersion.id)
        db.session.execute(versions.with_for_update())


def _pieces(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _is_used(version_ids: list[str]) -> bool:
    return any(_is_any_used(some) for some in _pieces(version_ids))


def _is_any_used(made: list[str]) -> bool:
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


def _take_back_cases(import_id: str) -> None:
    """The case texts that came with the file, unless an item written since belongs to them."""
    for told in files.import_cases(import_id, (NEW, CHANGED)):
        made = db.session.get(CaseVersion, told.made_version_id)
        if made is None or db.session.scalar(select(exists().where(ItemVersion.case_version_id == made.id))):
            continue
        case_id = made.case_id
        db.session.execute(delete(CaseVersion).where(CaseVersion.id == told.made_version_id))
        if not db.session.scalar(select(exists().where(CaseVersion.case_id == case_id))):
            db.session.execute(delete(ItemCase).where(ItemCase.id == case_id))


def drop(import_id: str, *, actor: Actor, now: datetime) -> None:
    """Be done with a file that is not wanted. Raises Conflict for one that is being read or taken, or is settled; Refused
    IMPORT_NOT_YOURS."""
    row = files.held_import(import_id)
    _refuse_others(row, actor)
    if row.status not in (WAITING, PREVIEWED, REFUSED):
        raise Conflict("IMPORT_NOT_PREVIEWED")
    row.status, row.ended_at = DROPPED, now
    facts = {"sha256": row.sha256}
    record("item_import:drop", ("item_import", row.id), now=now, actor_id=actor.user_id, facts=facts)
