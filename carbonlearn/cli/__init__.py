"""The program ``carbonlearn``.

Every command prints for people, or JSON with ``--json``, and exits 0, 1 (a problem was found) or 2 (wrong use).
"""

from __future__ import annotations

import sys

import click

from carbonlearn import __version__
from carbonlearn.cli import (
    catalogue,
    certificates,
    exams,
    installation,
    ledger,
    people,
    seed,
    seed_load,
    serve,
)
from carbonlearn.infra.config import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Teaches, examines and certifies carbon emission managers."""


for part in (serve, people, installation, seed, seed_load, catalogue, exams, ledger, certificates):
    for command in part.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Run the program; an odd setting is one clear line, not a trace."""
    try:
        cli()
    except SettingsError as error:
        click.echo(f"carbonlearn: {error}", err=True)
        sys.exit(2)
