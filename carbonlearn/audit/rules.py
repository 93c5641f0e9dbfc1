"""The chain of audit entries: each entry's hash covers its fields and the hash before it, so a change anywhere shows.

Source: architecture paper, section 8 (the entry stands in the same transaction as the act) and threats paper 3 (the head must be kept
by someone else as well: a chain in one database proves nothing against its administrator).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from carbonlearn.core.canonical import canonical_json

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored entry: its number from 1 on, the fields that its hash covers, and both hashes as lower-case hex."""

    seq: int
    fields: Mapping[str, object]
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that does not hold. ``fault``: missing (a number was skipped), unlinked (it does not name the hash before it),
    altered (its fields do not give its hash), or cut (the chain ends before its published head, or at another hash)."""

    seq: int
    fault: str


def link_hash(prev_hash: str, fields: Mapping[str, object]) -> str:
    """The hash of an entry: SHA-256 over the canonical form of the pair (hash before, fields)."""
    return sha256(canonical_json([prev_hash, fields])).hexdigest()


def first_break(
    entries: Iterable[Entry], after: tuple[int, str] = (0, GENESIS), head: tuple[int, str] | None = None
) -> Break | None:
    """Walk entries in order of their numbers, from the (number, hash) in ``after``; None when all hold.

    ``head``, when given, is the number and hash that the chain must reach: so entries cut off at the end are noticed.
    """
    seq, previous = after
    for entry in entries:
        fault = _fault(entry, seq + 1, previous)
        if fault is not None:
            return Break(entry.seq if fault != "missing" else seq + 1, fault)
        seq, previous = entry.seq, entry.hash
        if head is not None and seq == head[0] and previous != head[1]:
            return Break(seq, "cut")
    return Break(seq + 1, "cut") if head is not None and seq < head[0] else None


def _fault(entry: Entry, expected: int, previous: str) -> str | None:
    if entry.seq != expected:
        return "missing"
    if entry.prev_hash != previous:
        return "unlinked"
    return None if link_hash(previous, entry.fields) == entry.hash else "altered"
