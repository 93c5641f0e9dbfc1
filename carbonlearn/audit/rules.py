"""How entries are linked: each hash covers the entry and the hash before it, so that no entry can be changed, removed or slipped in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from carbonlearn.core.canonical import canonical_json

GENESIS = "0" * 64


def link_hash(prev_hash: str, entry: Mapping[str, Any]) -> str:
    """The hash of an entry (its fields without hashes, JSON values only) that stands after ``prev_hash``."""
    return hashlib.sha256(prev_hash.encode() + b"\n" + canonical_json(dict(entry))).hexdigest()


def first_break(
    entries: Iterable[tuple[Mapping[str, Any], str, str]], head: tuple[int, str] = (0, GENESIS)
) -> int | None:
    """The ``seq`` of the first entry that does not fit, or None. Each is (fields, prev_hash, hash), in order from the first.

    ``head`` is where the chain stood (seq, hash) before it was read: a chain that ends before it lacks its last entries.
    """
    expected_prev, expected_seq = GENESIS, 1
    for fields, prev_hash, own_hash in entries:
        if (
            fields["seq"] != expected_seq
            or prev_hash != expected_prev
            or link_hash(prev_hash, fields) != own_hash
            or (expected_seq == head[0] and own_hash != head[1])
        ):
            return int(fields["seq"]) if fields["seq"] == expected_seq else expected_seq
        expected_prev, expected_seq = own_hash, expected_seq + 1
    return expected_seq if expected_seq <= head[0] else None
