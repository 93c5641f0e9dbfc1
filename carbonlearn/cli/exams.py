"""``carbonlearn calendar preview`` and ``paper assemble``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from carbonlearn.cli.common import as_json, make_app, now_of, show
from carbonlearn.cli.paper_words import paper_lines
from carbonlearn.core.errors import NotFound
from carbonlearn.exams import queries
from carbonlearn.infra.solver import SolverFailed
from carbonlearn.web.i18n import local


def _month(_context: click.Context, _parameter: click.Parameter, value: str) -> date:
    try:
        year, month = value.split("-")
        return date(int(year), int(month), 1)
    except ValueError:
        raise click.BadParameter("a month reads 2026-11") from None


@click.group()
def calendar() -> None:
    """Exam windows."""


@calendar.command()
@click.argument("programme")
@click.option("--from", "first", required=True, callback=_month, help="YYYY-MM")
@click.option("--to", "last", required=True, callback=_month, help="YYYY-MM")
@as_json
def preview(programme: str, first: date, last: date, json_wanted: bool) -> None:
    """Windows that the rule gives, with every date that follows, and why a date was moved."""
    app, _settings = make_app()
    with app.app_context():
        try:
            rows = queries.preview(programme, first, last, now_of(app))
        except NotFound:
            click.echo(f"carbonlearn: no programme {programme}", err=True)
            raise SystemExit(2) from None
    show(
        [asdict(row) for row in rows],
        json_wanted,
        [_line(row) for row in rows] or ["the rule gives no window"],
    )


def _line(row: Any) -> str:
    moved = f"  moved from {row.moved_from}: {row.reason}" if row.moved_from else ""
    tentative = "  tentative" if row.tentative else ""
    warned = "".join(f"  {warning}" for warning in row.warnings)
    return (
        f"{_wall(row.starts_at)}-{local(row.ends_at):%H:%M}  booking closes {_wall(row.booking_closes_at)}  ticket {_wall(row.ticket_at)}  "
        f"results {row.results_due or '-'}  certificates {row.certificate_due or '-'}{moved}{tentative}{warned}"
    )


def _wall(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %a %H:%M}"


@click.group()
def paper() -> None:
    """Papers."""


@paper.command()
@click.argument("programme")
@click.argument("job")
@click.argument("level")
@click.option("--seed", required=True)
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 1000))
@click.option(
    "--paper", "name", default="", help="which examination of the level: theory, skill; else the first"
)
@click.option("--forms", type=click.IntRange(1, 4), help="so many forms at once; else as the blueprint says")
@as_json
def assemble(
    programme: str,
    job: str,
    level: str,
    seed: str,
    count: int,
    name: str,
    forms: int | None,
    json_wanted: bool,
) -> None:
    """Assemble without storing: quotas asked and met, or what the bank lacks. JOB is - where a level is not split."""
    app, _settings = make_app()
    with app.app_context():
        try:
            seeds = [seed] if count == 1 else [f"{seed}-{number}" for number in range(1, count + 1)]
            job = "" if job == "-" else job
            made = [_made(programme, job, level, one, now_of(app), name, forms) for one in seeds]
        except NotFound as error:
            click.echo(f"carbonlearn: {error.code} {error.facts}", err=True)
            raise SystemExit(2) from None
        except SolverFailed as error:
            click.echo(f"carbonlearn: {error}; nothing can be said of this blueprint", err=True)
            raise SystemExit(3) from None
    lines = [line for row, preview in made for line in paper_lines(row["seed"], preview)]
    show([row for row, _preview in made], json_wanted, lines)
    raise SystemExit(0 if all(preview.stands for _row, preview in made) else 1)


def _made(
    programme: str, job: str, level: str, seed: str, now: datetime, name: str, forms: int | None
) -> tuple[dict[str, Any], queries.Preview]:
    preview = queries.assemble_preview(programme, job, level, seed, now, name, forms)
    row = {
        "seed": seed,
        "stands": preview.stands,
        "proof": preview.proof,
        "forms": list(preview.proofs),
        "faults": [reason.code for reason in (*preview.faults, *preview.broken)],
    }
    return row, preview


COMMANDS = [calendar, paper]
