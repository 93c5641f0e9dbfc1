"""The bytes that receipts are made of: of one saved answer, and of all that was handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.ids import receipt_code


def instant_text(instant: datetime) -> str:
    """An aware instant in UTC with microseconds, as receipts and replies write it: ``2026-11-28T01:00:00.000000Z``."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def value_text(value: Any) -> str:
    """An answer as it is stored: canonical JSON. Raises ValueError for text that is no valid Unicode."""
    return canonical_json(value).decode("utf-8")


def value_hash(stored: str) -> str:
    """SHA-256 of a stored answer, in hexadecimal."""
    return hashlib.sha256(stored.encode("utf-8")).hexdigest()


def save_content(
    sitting_id: str, item: int, revision: int, hash_of_value: str, received_at: datetime
) -> bytes:
    """What the signature on one saved answer covers."""
    return canonical_json(
        {
            "sitting": sitting_id,
            "item": item,
            "revision": revision,
            "value_sha256": hash_of_value,
            "server_time": instant_text(received_at),
        }
    )


def answers_hash(sitting_id: str, answers: Mapping[int, Any]) -> str:
    """SHA-256, in hexadecimal, of all final answers of a sitting; the same for whoever computes it, whenever."""
    content = {"sitting": sitting_id, "answers": {str(number): value for number, value in answers.items()}}
    return hashlib.sha256(canonical_json(content)).hexdigest()


def code_of(hash_of_answers: str) -> str:
    """The eight characters that a person can read out, from the hash of what was handed in."""
    return receipt_code(bytes.fromhex(hash_of_answers))
