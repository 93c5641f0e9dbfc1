"""``carbonlearn ledger replay``: recompute credited study time from the ledger and compare."""

from __future__ import annotations

import click

from carbonlearn.cli.common import as_json, make_app, show
from carbonlearn.study import queries


@click.group()
def ledger() -> None:
    """The study ledger."""


@ledger.command()
@click.option("--enrolment", default=None, help="Only this enrolment.")
@as_json
def replay(enrolment: str | None, json_wanted: bool) -> None:
    """Recompute credited seconds from the spans and compare with what every page shows."""
    app, _settings = make_app()
    with app.app_context():
        differences = queries.replay(enrolment)
    show(
        [d.__dict__ for d in differences],
        json_wanted,
        [str(d) for d in differences] or ["the ledger and the totals agree"],
    )
    raise SystemExit(1 if differences else 0)


COMMANDS = [ledger]
