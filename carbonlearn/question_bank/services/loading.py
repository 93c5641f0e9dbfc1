"""Items that ship in files come into the bank, live, as often as one likes; in a handful of statements however many there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from carbonlearn.audit.services import record
from carbonlearn.core.canonical import canonical_json
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.models import CaseVersion, Item, ItemCase, ItemReview, ItemVersion
from carbonlearn.question_bank.rules.item import ItemText
from carbonlearn.question_bank.rules.life import APPROVED
from carbonlearn.question_bank.services.enemies import load_enemies
from carbonlearn.question_bank.services.versions import index_versions, item_values, version_values

Entry = Mapping[str, Any]
PLACE = ("pool", "job_type", "level")
BESIDES = ("rubric", "review", "not_with")  # reckoned apart, or no part of the text


def load_items(
    items: Iterable[Entry], now: datetime, author_id: str | None = None, reviewer_id: str | None = None
) -> int:
    """Bring items of a file into the bank, live; how many were new or changed.

    An entry whose content some version already has is left alone, so loading twice changes nothing and an edit made at the desk
    stays. A changed entry becomes a new live version. Which items must not meet (``not_with``) is no part of the text.
    """
    entries = list(items)
    names = [entry["id"] for entry in entries]
    known = {item.external_id: item for item in db.session.scalars(_named(names))}
    seen = _digests([item.id for item in known.values()])
    cases = _case_versions()
    rows: dict[type, list[dict[str, Any]]] = {Item: [], ItemVersion: [], ItemReview: []}
    for entry in entries:
        digest, item = _digest(entry), known.get(entry["id"])
        versions = seen.get(item.id, {}) if item else {}
        if digest in versions:
            continue
        number = max(versions.values(), default=0) + 1
        version = _version(entry, item.id if item else new_id(), number, digest, cases, now, author_id)
        rows[ItemVersion].append(version)
        rows[ItemReview].append(_review(entry, version["id"], now, reviewer_id))
        _place(entry, item, version, rows[Item], now)
    db.session.flush()
    for model, values in rows.items():
        if values:
            db.session.execute(insert(model), values)
    index_versions(rows[ItemVersion])
    changed, apart = len(rows[ItemVersion]), load_enemies(entries, now, author_id)
    if changed or apart:
        facts = {"count": changed} | ({"set_apart": apart} if apart else {})
        record("item:load", ("items", "bank"), now=now, actor_id=author_id, source="job", facts=facts)
    return changed


def load_cases(cases: Iterable[Entry], now: datetime, author_id: str | None = None) -> int:
    """Bring the cases of a file into the bank; how many were new or changed. Load them before the items that belong to them."""
    entries = list(cases)
    query = select(ItemCase).where(ItemCase.external_id.in_([entry["id"] for entry in entries]))
    known = {case.external_id: case for case in db.session.scalars(query)}
    texts = _case_texts([case.id for case in known.values()])
    changed = 0
    for entry in entries:
        case, text = known.get(entry["id"]), entry["text"].strip()
        if case is None:
            case = ItemCase(id=new_id(), external_id=entry["id"], created_at=now, **_where(entry))
            db.session.add(case)
            db.session.flush()
        numbers = texts.get(case.id, {})
        if text not in numbers:
            number = max(numbers.values(), default=0) + 1
            db.session.add(
                CaseVersion(case_id=case.id, number=number, text=text, author_id=author_id, created_at=now)
            )
            changed += 1
    db.session.flush()
    if changed:
        facts = {"count": changed}
        record("case:load", ("items", "bank"), now=now, actor_id=author_id, source="job", facts=facts)
    return changed


def text_of_entry(entry: Entry) -> ItemText:
    """An entry of an item file as a text: whole points become hundredths, one truth value a list."""
    key = entry.get("key", [])
    return ItemText(
        type=entry["type"],
        function=entry["function"],
        difficulty=entry["difficulty"],
        stem=entry["stem"].strip(),
        explanation=entry["explanation"].strip(),
        source=entry["source"].strip(),
        options=dict(entry.get("options", {})),
        key=key if isinstance(key, list) else [key],
        reference=entry.get("reference", "").strip(),
        rubric=[
            {"points": round(line["points"] * 100), "text": line["text"]} for line in entry.get("rubric", [])
        ],
    )


def digest_of(entry: Entry) -> str:
    """SHA-256 over what an entry asks and how it is answered: what a reviewer's word is about. Where it stands does not count."""
    return _digest({name: value for name, value in entry.items() if name not in PLACE})


def _named(names: list[str]) -> Any:
    return select(Item).where(Item.external_id.in_(names))


def _digest(entry: Entry) -> str:
    """SHA-256 over everything that the file says of an item; points as hundredths, days as text."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in entry.items()
        if name not in BESIDES
    }
    return hashlib.sha256(canonical_json(plain | {"rubric": text_of_entry(entry).rubric})).hexdigest()


def _digests(item_ids: list[str]) -> dict[str, dict[str, int]]:
    """For each item the digest of every version (its own id where it came from the desk), with its number."""
    found: dict[str, dict[str, int]] = {}
    columns = (ItemVersion.item_id, ItemVersion.id, ItemVersion.number, ItemVersion.meta)
    for item_id, version_id, number, meta in db.session.execute(
        select(*columns).where(ItemVersion.item_id.in_(item_ids))
    ):
        found.setdefault(item_id, {})[meta.get("sha256", version_id)] = number
    return found


def _case_versions() -> dict[str, str]:
    """The newest version of each case, by the number of the case."""
    query = (
        select(ItemCase.external_id, CaseVersion.id)
        .join(CaseVersion, CaseVersion.case_id == ItemCase.id)
        .order_by(CaseVersion.number)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _case_texts(case_ids: list[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for version in db.session.scalars(select(CaseVersion).where(CaseVersion.case_id.in_(case_ids))):
        found.setdefault(version.case_id, {})[version.text] = version.number
    return found


def _where(entry: Entry) -> dict[str, str]:
    return {"pool": entry.get("pool", "exam"), "job_type": entry["job_type"], "level": entry["level"]}


def _version(
    entry: Entry,
    item_id: str,
    number: int,
    digest: str,
    cases: Mapping[str, str],
    now: datetime,
    author_id: str | None,
) -> dict[str, Any]:
    values = version_values(item_id, number, text_of_entry(entry), now, author_id)
    meta = {"facts": entry.get("facts", []), "competence": entry.get("competence", []), "sha256": digest}
    if entry.get("part"):
        meta["part"] = entry["part"]
    case = {"case_version_id": cases[entry["case"]] if entry.get("case") else None}
    return values | case | {"meta": values["meta"] | meta, "review_by": entry.get("review_by")}


def _review(entry: Entry, version_id: str, now: datetime, reviewer_id: str | None) -> dict[str, Any]:
    """The second person's word, with what the file tells of it."""
    said = entry.get("review") or {}
    if said.get("digest") != digest_of(entry):
        said = {}
    checks = {name: said[name] for name in ("key", "ambiguity", "source") if name in said}
    return {
        "id": new_id(),
        "version_id": version_id,
        "reviewer_id": reviewer_id,
        "decision": APPROVED,
        "note": said.get("note", ""),
        "checks": checks,
        "at": now,
    }


def _place(
    entry: Entry, item: Item | None, version: dict[str, Any], rows: list[dict[str, Any]], now: datetime
) -> None:
    """The item's own row: a new one among ``rows``, or the one there is brought up to date."""
    text, where = text_of_entry(entry), _where(entry) | {"lesson_slug": entry.get("lesson_slug")}
    live = {"status": "live", "live_version_id": version["id"]}
    if item is None:
        rows.append(item_values(entry["id"], text, now) | where | live | {"id": version["item_id"]})
        return
    told = {"type": text.type, "function": text.function, "difficulty": text.difficulty}
    for name, value in (where | live | told).items():
        setattr(item, name, value)
