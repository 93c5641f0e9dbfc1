"""``carbonlearn programme check`` and ``programme load``."""

from __future__ import annotations

from pathlib import Path

import click

from carbonlearn.catalogue import services
from carbonlearn.cli.common import as_json, make_app, now_of, show
from carbonlearn.infra.db import unit_of_work

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def programme() -> None:
    """Programme files."""


@programme.command()
@click.argument("file", type=FILE)
@as_json
def check(file: Path, json_wanted: bool) -> None:
    """Validate a programme file; every fault with its line."""
    faults = services.check_programme(file.read_text("utf-8"))
    value = [{"line": fault.line, "field": fault.field, "rule": fault.rule} for fault in faults]
    show(
        value, json_wanted, [f"{file}:{f.line}: {f.field}: {f.rule}" for f in faults] or [f"{file}: no fault"]
    )
    raise SystemExit(1 if faults else 0)


@programme.command()
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Load without asking, after showing what changes.")
@as_json
def load(file: Path, yes: bool, json_wanted: bool) -> None:
    """Load or revise a programme; shows what would change before it changes."""
    faults = services.check_programme(file.read_text("utf-8"))
    if faults:
        for fault in faults:
            click.echo(f"{file}:{fault.line}: {fault.field}: {fault.rule}", err=True)
        raise SystemExit(1)
    data = services.read_programme(file.read_text("utf-8"))
    app, _settings = make_app()
    with app.app_context():
        changes = services.programme_changes(data)
        value = [
            {"field": change.field, "before": change.before, "after": change.after} for change in changes
        ]
        lines = [f"{change.field}: {change.before} -> {change.after}" for change in changes]
        show(value, json_wanted, lines or ["nothing would change"])
        if not changes or not (yes or click.confirm("Load it?", default=False, err=True)):
            return
        with unit_of_work():
            services.load_programme(data, now_of(app))


COMMANDS = [programme]
