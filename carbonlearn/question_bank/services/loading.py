"""Items that ship in files come into the bank as often as one likes; in a handful of statements however many there are.

An item is live where a reader's word on exactly its text ships with it, and else a draft that waits for review. What people did with an
item since stands: nothing is revived, moved, or put in the place of a text that was written at the desk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from carbonlearn.audit.services import record
from carbonlearn.core.canonical import canonical_json
from carbonlearn.infra.db import db
from carbonlearn.infra.tokens import new_id
from carbonlearn.question_bank.models import CaseVersion, Item, ItemCase, ItemReview, ItemVersion
from carbonlearn.question_bank.rules.item import PRESENCE, ItemText
from carbonlearn.question_bank.rules.life import APPROVED, CHECKS, SHIPPED
from carbonlearn.question_bank.services.enemies import load_enemies
from carbonlearn.question_bank.services.versions import index_versions, item_values, version_values

Entry = Mapping[str, Any]
PLACE = ("pool", "job_type", "level")
BESIDE = ("rubric", "review", "case_text", "not_with")  # reckoned apart, or no part of the text


@dataclass(slots=True)
class _Shipped:
    """A version that came from a file: which text it was, and what has been said of it."""

    id: str
    number: int
    text: tuple[str, str]
    words: set[str]


@dataclass(slots=True)
class _Known:
    """An item of the bank, as far as the loader asks."""

    item: Item
    newest: int = 0
    shipped: list[_Shipped] = field(default_factory=list)

    def has(self, text: tuple[str, str]) -> _Shipped | None:
        return next((one for one in self.shipped if one.text == text), None)

    def follows_the_file(self) -> bool:
        """Whether nobody has written at the desk since: the newest version is from a file, and in use or never was anything."""
        last = next((one for one in self.shipped if one.number == self.newest), None)
        live = self.item.live_version_id
        in_use = self.item.status == "live" and last is not None and last.id == live
        return in_use or (last is not None and live is None and self.item.status == "draft")


@dataclass(slots=True)
class _Load:
    """What is being brought in, by table, and who is named as its author."""

    now: datetime
    author_id: str | None
    cases: dict[str, dict[str, str]]
    rows: dict[type, list[dict[str, Any]]] = field(
        default_factory=lambda: {Item: [], ItemVersion: [], ItemReview: []}
    )
    changed: int = 0

    def case_text(self, entry: Entry) -> str:
        """The text of the case as the file has it; the bank's newest where the entry brings none."""
        return _case_text(entry) or (next(reversed(self.cases[entry["case"]])) if entry.get("case") else "")

    def case_version(self, entry: Entry) -> str | None:
        return self.cases[entry["case"]][self.case_text(entry)] if entry.get("case") else None


def load_items(items: Iterable[Entry], now: datetime, author_id: str | None = None) -> int:
    """Bring items of a file into the bank; how many were new, changed, or approved by a word that has come since.

    An entry whose text some version already has makes no other, so loading twice changes nothing. A changed entry becomes a version: in
    use when a word on it ships with it and the text in use is the shipped one before, else a draft.
    Which items must not meet (``not_with``) is no part of the text.
    """
    entries = list(items)
    known = _known([entry["id"] for entry in entries])
    load = _Load(now, author_id, _case_versions())
    for entry in entries:
        _bring(entry, known.get(entry["id"]), load)
    db.session.flush()
    for model, values in load.rows.items():
        if values:
            db.session.execute(insert(model), values)
    index_versions(load.rows[ItemVersion])
    apart = load_enemies(entries, now, author_id)
    if load.changed or apart:
        facts = {"count": load.changed} | ({"set_apart": apart} if apart else {})
        record("item:load", ("items", "bank"), now=now, actor_id=author_id, source="job", facts=facts)
    return load.changed


def _bring(entry: Entry, known: _Known | None, load: _Load) -> None:
    word = _word(entry, load.now)
    text = (_digest(entry), load.case_text(entry))
    held = known.has(text) if known else None
    if known and held:
        _approve_late(known, held, word, load)
    elif known and known.item.status == "retired":
        return
    else:
        _add(entry, known, text[0], word, load)


def _approve_late(known: _Known, held: _Shipped, word: dict[str, Any] | None, load: _Load) -> None:
    """A text that came without a word, and now has one, is in use from now on, unless people have done something with it meanwhile."""
    if word is None or held.words or not known.follows_the_file() or held.number != known.newest:
        return
    load.rows[ItemReview].append(word | {"version_id": held.id})
    known.item.status, known.item.live_version_id = "live", held.id
    load.changed += 1


def _add(entry: Entry, known: _Known | None, digest: str, word: dict[str, Any] | None, load: _Load) -> None:
    item_id = known.item.id if known else new_id()
    version = _version(entry, item_id, known.newest + 1 if known else 1, digest, load)
    load.rows[ItemVersion].append(version)
    if word:
        load.rows[ItemReview].append(word | {"version_id": version["id"]})
    _place(entry, known, version, load, in_use=word is not None)
    load.changed += 1


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
    """SHA-256 over what an entry asks, its case included, and how it is answered: what a reader's word is about. Where it stands does not
    count."""
    asked = {name: value for name, value in entry.items() if name not in PLACE}
    case = {"case_text": _case_text(entry)} if _case_text(entry) else {}
    return _digest_of(asked, case)


def _digest(entry: Entry) -> str:
    """SHA-256 over everything that the file says of an item itself; points as hundredths, days as text."""
    return _digest_of(entry, {})


def _digest_of(entry: Entry, more: Mapping[str, str]) -> str:
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in entry.items()
        if name not in BESIDE
    }
    told = {**plain, **more, "rubric": text_of_entry(entry).rubric}
    return hashlib.sha256(canonical_json(told)).hexdigest()


def _case_text(entry: Entry) -> str:
    return str(entry.get("case_text", "")).strip() if entry.get("case") else ""


def _known(names: list[str]) -> dict[str, _Known]:
    """The items of these numbers that the bank has, with the versions that came from files; three statements."""
    found = {
        item.id: _Known(item) for item in db.session.scalars(select(Item).where(Item.external_id.in_(names)))
    }
    words: dict[str, set[str]] = {}
    said = select(ItemReview.version_id, ItemReview.decision).join(
        ItemVersion, ItemVersion.id == ItemReview.version_id
    )
    for version_id, decision in db.session.execute(said.where(ItemVersion.item_id.in_(found))):
        words.setdefault(version_id, set()).add(decision)
    columns = (ItemVersion.item_id, ItemVersion.id, ItemVersion.number, ItemVersion.meta, CaseVersion.text)
    query = select(*columns).outerjoin(CaseVersion, CaseVersion.id == ItemVersion.case_version_id)
    for item_id, version_id, number, meta, case in db.session.execute(
        query.where(ItemVersion.item_id.in_(found))
    ):
        known = found[item_id]
        known.newest = max(known.newest, number)
        if "sha256" in meta:
            text = (meta["sha256"], (case or "").strip())
            known.shipped.append(_Shipped(version_id, number, text, words.get(version_id, set())))
    return {known.item.external_id: known for known in found.values()}


def _case_versions() -> dict[str, dict[str, str]]:
    """The versions of each case by their text, by the number of the case; the newest last."""
    query = (
        select(ItemCase.external_id, CaseVersion.text, CaseVersion.id)
        .join(CaseVersion, CaseVersion.case_id == ItemCase.id)
        .order_by(CaseVersion.number)
    )
    found: dict[str, dict[str, str]] = {}
    for name, text, version_id in db.session.execute(query):
        found.setdefault(name, {})[text.strip()] = version_id
    return found


def _case_texts(case_ids: list[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for version in db.session.scalars(select(CaseVersion).where(CaseVersion.case_id.in_(case_ids))):
        found.setdefault(version.case_id, {})[version.text] = version.number
    return found


def _where(entry: Entry) -> dict[str, str]:
    return {"pool": entry.get("pool", "exam"), "job_type": entry["job_type"], "level": entry["level"]}


def _version(entry: Entry, item_id: str, number: int, digest: str, load: _Load) -> dict[str, Any]:
    values = version_values(item_id, number, text_of_entry(entry), load.now, load.author_id)
    meta = {"facts": entry.get("facts", []), "competence": entry.get("competence", []), "sha256": digest}
    if entry.get("part"):
        meta["part"] = entry["part"]
    case = {"case_version_id": load.case_version(entry)}
    return values | case | {"meta": values["meta"] | meta, "review_by": entry.get("review_by")}


def _word(entry: Entry, now: datetime) -> dict[str, Any] | None:
    """The reader's word that ships with exactly this text, as the file tells it; None where there is none.

    A presence question has no reader of its own: it came with its lesson, and that is what is said of it.
    """
    said = entry.get("review") or {}
    fits = said.get("digest") == digest_of(entry)
    if not fits and entry.get("pool") != PRESENCE:
        return None
    said = said if fits else {}
    return {
        "id": new_id(),
        "reviewer_id": None,
        "decision": APPROVED if fits else SHIPPED,
        "note": said.get("note", ""),
        "checks": {name: said[name] for name in CHECKS if name in said},
        "said_by": str(said.get("by", ""))[:60],
        "said_on": said.get("on"),
        "at": now,
    }


def _place(entry: Entry, known: _Known | None, version: dict[str, Any], load: _Load, *, in_use: bool) -> None:
    """The item's own row: a new one, or the one there is brought up to date where nobody has written at the desk since."""
    text = text_of_entry(entry)
    live = {"status": "live", "live_version_id": version["id"]}
    if known is None:
        where = _where(entry) | {"lesson_slug": entry.get("lesson_slug")}
        state = live if in_use else {"status": "draft", "live_version_id": None}
        values = item_values(entry["id"], text, load.now)
        load.rows[Item].append(values | where | state | {"id": version["item_id"]})
    elif in_use and known.follows_the_file():
        told = {"type": text.type, "function": text.function, "difficulty": text.difficulty}
        for name, value in (live | told).items():
            setattr(known.item, name, value)
