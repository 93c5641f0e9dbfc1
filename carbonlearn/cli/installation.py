"""``carbonlearn doctor`` and ``carbonlearn audit verify``."""

from __future__ import annotations

import os

import click

from carbonlearn.audit import queries as audit_queries
from carbonlearn.cli.common import as_json, clock_of, make_app, now_of, show
from carbonlearn.infra import vault
from carbonlearn.infra.glyphs import missing_glyphs
from carbonlearn.ops import queries as ops_queries


@click.command()
@as_json
def doctor(json_wanted: bool) -> None:
    """List the state of database, keys, clock, disk, fonts and jobs; refuses nothing."""
    app, settings = make_app()
    with app.app_context():
        checks = ops_queries.readiness(
            settings, clock_of(app), app.extensions["carbonlearn_jobs"], now_of(app)
        )
        absent = missing_glyphs("䶮㛃𬭎碳排放管理员")
        checks.append(
            ops_queries.Check(
                "fonts", not absent, "missing " + " ".join(absent) if absent else "rare characters covered"
            )
        )
        checks.append(ops_queries.Check("keys", True, f"signing key {vault.keys().signer.kid}"))
        checks.append(
            ops_queries.Check(
                "time zone",
                True,
                f"TZ={os.environ.get('TZ', 'unset')}; instants are UTC, wall times zoneinfo",
            )
        )
    value = [{"name": c.name, "passed": c.passed, "found": c.found} for c in checks]
    show(value, json_wanted, (f"{'ok ' if c.passed else 'BAD'} {c.name}: {c.found}" for c in checks))
    raise SystemExit(0 if all(c.passed for c in checks) else 1)


@click.group()
def audit() -> None:
    """The audit chain."""


@audit.command()
@as_json
def verify(json_wanted: bool) -> None:
    """Walk the audit chain; name the first broken link."""
    app, _settings = make_app()
    with app.app_context():
        entries = audit_queries.count()
        broken = audit_queries.break_in_chain()
    text = (
        f"{entries} entries, the chain is whole"
        if broken is None
        else f"the chain is broken at entry {broken}"
    )
    show({"entries": entries, "first_break": broken}, json_wanted, [text])
    raise SystemExit(0 if broken is None else 1)


COMMANDS = [doctor, audit]
