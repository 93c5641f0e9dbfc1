"""What the commands share: the application of the environment, and one way to print for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import click
from flask import Flask

from carbonlearn.factory import create_app
from carbonlearn.infra import logs, migrate
from carbonlearn.infra.clock import Clock
from carbonlearn.infra.config import Settings

Function = TypeVar("Function", bound=Callable[..., Any])


def as_json(command: Function) -> Function:
    """Give a command the switch ``--json``."""
    return click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")(command)


def make_app(migrated: bool = True) -> tuple[Flask, Settings]:
    """The application of the environment's settings, its database brought up to date."""
    logs.configure()
    settings = Settings.from_environment()
    app = create_app(settings)
    if migrated:
        migrate.upgrade(app, settings)
    return app, settings


def clock_of(app: Flask) -> Clock:
    clock: Clock = app.extensions["carbonlearn_clock"]
    return clock


def now_of(app: Flask) -> datetime:
    """The instant of this command, read once."""
    return clock_of(app).now()


def _plain(value: object) -> str:
    """Dates and instants as ISO 8601 writes them, the rest as it reads."""
    return value.isoformat() if isinstance(value, date) else str(value)


def show(value: Mapping[str, Any] | list[Any], json_wanted: bool, lines: Iterable[str]) -> None:
    """Print the value as JSON, or the lines for people."""
    if json_wanted:
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))
    else:
        for line in lines:
            click.echo(line)
