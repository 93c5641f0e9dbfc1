"""Answer sheets filled in beforehand: 96 answers for many running sittings, written straight into the journal of answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import create_engine, insert, make_url

from bench.conversations import ANSWERS
from carbonlearn.infra.clock import SystemClock
from carbonlearn.sittings.models import Response


def fill(url: str, sittings: Sequence[str], types: Sequence[str]) -> None:
    """One revision of an answer to every item of every sitting, as if saved by hand."""
    now = SystemClock().now()
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    values = [json.dumps(ANSWERS[kind], ensure_ascii=False, separators=(",", ":")) for kind in types]
    hashes = [hashlib.sha256(value.encode()).hexdigest() for value in values]
    with engine.begin() as connection:
        for sitting in sittings:
            rows = [
                {
                    "sitting_id": sitting, "item_number": number, "revision": 1, "operation_id": f"filled-{number}",
                    "generation": 1, "value": value, "value_hash": digest, "received_at": now,
                    "deadline_at": now + timedelta(hours=1),
                }
                for number, (value, digest) in enumerate(zip(values, hashes, strict=True), start=1)
            ]  # fmt: skip
            connection.execute(insert(Response.__table__), rows)  # type: ignore[arg-type]
    engine.dispose()
