"""How often one address may ask where guessing would pay. Counted in rows, so that a limit holds across processes and machines.

Only what guesses is counted: each view says so itself by ``count``; no other request pays for it. An address is stored as a keyed
hash and forgotten when its time is over, so the rows say nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import current_app, g, request
from sqlalchemy import Integer, String, bindparam, case, or_
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.exceptions import TooManyRequests

from carbonlearn.infra import vault
from carbonlearn.infra.db import UtcDateTime, db
from carbonlearn.infra.hot import HotPath
from carbonlearn.infra.models import Allowance

NETWORK_BITS = 64  # of an IPv6 address; whoever has one has all that share these


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` tries of one subject in ``every``, which begins with the first of them."""

    name: str
    most: int
    every: timedelta

    def bucket(self, subject: str) -> str:
        """The key of the row; the subject is in it as a keyed hash alone."""
        seconds = int(self.every.total_seconds())
        return f"{self.name}:{seconds}:{vault.cipher().blind_index('allowance', subject)}"


def count(*tries: tuple[Limit, str]) -> None:
    """Count this request against each limit, for the subject beside it, in one statement. Raises 429 when one of them is used up.

    What is refused is not written, so a flood costs no more than the look.
    """
    hot: HotPath = current_app.extensions["carbonlearn_hot"]
    statement = _statement(db.engine.dialect.name, len(tries))
    with hot.queue:
        counted = hot.rows(statement, _parameters(tries))
    if len(counted) < len(tries):
        raise TooManyRequests


def address() -> str:
    """Where the request comes from, as one who guesses would have to change it: of an IPv6 address the network alone."""
    text = request.remote_addr or "-"
    try:
        found = ip_address(text)
    except ValueError:
        return text
    if not isinstance(found, IPv6Address):
        return text
    return str(found.ipv4_mapped or int(found) >> (128 - NETWORK_BITS))


def _parameters(tries: Sequence[tuple[Limit, str]]) -> dict[str, Any]:
    given: dict[str, Any] = {"now": g.now}
    for place, (limit, subject) in enumerate(tries):
        given[f"bucket{place}"] = limit.bucket(subject)
        given[f"room{place}"] = limit.most - 1
        given[f"until{place}"] = g.now + limit.every
    return given


@lru_cache(maxsize=16)
def _statement(engine: str, tries: int) -> Any:
    """One row for each try: begun anew when its time is over, else with room for one less; none comes back where no room is left."""
    dialect: Any = sqlite if engine == "sqlite" else postgresql
    row = dialect.insert(Allowance).values([_row(place) for place in range(tries)])
    over = Allowance.until <= bindparam("now", type_=UtcDateTime)
    return row.on_conflict_do_update(
        index_elements=["bucket"],
        set_={
            "room": case((over, row.excluded.room), else_=Allowance.room - 1),
            "until": case((over, row.excluded.until), else_=Allowance.until),
        },
        where=or_(over, Allowance.room > 0),
    ).returning(Allowance.bucket)


def _row(place: int) -> dict[str, Any]:
    return {
        "bucket": bindparam(f"bucket{place}", type_=String),
        "room": bindparam(f"room{place}", type_=Integer),
        "until": bindparam(f"until{place}", type_=UtcDateTime),
    }
