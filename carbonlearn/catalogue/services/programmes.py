"""Programmes and their versions: a file that says something new becomes a new version, one that says the same changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from carbonlearn.audit.services import record
from carbonlearn.catalogue.models import Programme, ProgrammeVersion
from carbonlearn.catalogue.services.programme_file import schema_faults
from carbonlearn.core.canonical import canonical_json
from carbonlearn.core.errors import Invalid
from carbonlearn.infra.db import db

DEMONSTRATION, TRAINING, STANDARD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a new file changes; ``before`` or ``after`` is None where it is added or gone."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class LoadedProgramme:
    """What loading came to: the version now newest, whether it is new, and what it changes of the one before."""

    key: str
    version_id: str
    number: int
    is_new: bool
    changes: tuple[Change, ...]


def programme_changes(data: Mapping[str, Any]) -> tuple[Change, ...]:
    """What loading this file would change of the newest version; everything, for a programme that is not there yet. Reads only."""
    newest = _newest(str(data["key"]))
    return _changes(newest.data if newest else {}, data)


def load_programme(
    data: dict[str, Any], now: datetime, actor_id: str | None = None, effective_from: datetime | None = None
) -> LoadedProgramme:
    """Load or revise a programme. A new version is made only when the content differs; it holds from ``effective_from`` (else now).

    Raises Invalid when the schema refuses the file.
    """
    faults = schema_faults(data)
    if faults:
        field = ".".join(str(step) for step in faults[0][0])
        raise Invalid("PROGRAMME_FAULTY", line=0, field=field, rule=faults[0][1], count=len(faults))
    sha256 = hashlib.sha256(canonical_json(data)).hexdigest()
    newest = _newest(data["key"])
    if newest is not None and newest.sha256 == sha256:
        return LoadedProgramme(data["key"], newest.id, newest.number, False, ())
    changes = _changes(newest.data if newest else {}, data)
    _keep_programme(data)
    version = ProgrammeVersion(
        programme_key=data["key"],
        number=newest.number + 1 if newest else 1,
        effective_from=effective_from or now,
        loaded_at=now,
        loaded_by=actor_id,
        sha256=sha256,
        data=data,
    )
    db.session.add(version)
    db.session.flush()
    record(
        "programme:load",
        ("programme", data["key"]),
        now=now,
        actor_id=actor_id,
        source="desk" if actor_id else "job",
        facts={"version": version.number, "sha256": sha256, "changes": len(changes)},
    )
    return LoadedProgramme(data["key"], version.id, version.number, True, changes)


def _newest(key: str) -> ProgrammeVersion | None:
    return db.session.scalar(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme_key == key)
        .order_by(ProgrammeVersion.number.desc())
        .limit(1)
    )


def _keep_programme(data: Mapping[str, Any]) -> None:
    """The programme's row, which holds only what lists of programmes show."""
    programme = db.session.get(Programme, data["key"])
    if programme is None:
        programme = Programme(key=data["key"])
        db.session.add(programme)
    programme.kind, programme.name, programme.en = data["kind"], data["name"], data["en"]
    programme.demonstration = bool(data.get("demonstration", False))
    programme.position = (
        DEMONSTRATION if programme.demonstration else STANDARD if data["kind"] == "standard" else TRAINING
    )
    db.session.flush()


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    named = sorted(old.keys() | new.keys())
    return tuple(
        Change(name, old.get(name), new.get(name)) for name in named if old.get(name) != new.get(name)
    )


def _leaves(value: Any, field: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{field}.{name}" if field else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{field}[{index}]")
    else:
        yield field, value
