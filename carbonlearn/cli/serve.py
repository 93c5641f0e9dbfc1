"""``carbonlearn serve`` and ``carbonlearn jobs run``: the web workers and the scheduler, in one process group or apart."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import click
from flask import Flask

from carbonlearn.cli.common import as_json, clock_of, make_app, now_of, show
from carbonlearn.cli.seed import demo_cast, seed_if_empty
from carbonlearn.infra import runner
from carbonlearn.infra.config import Settings, SettingsError
from carbonlearn.ops.queries import durable

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 8192
"""How many connections a web worker holds. A phone keeps its own between two beats, so this is how many can be there, not how many ask at
once; the web server's own bound is about a thousand for all workers, and whoever comes after waits without an answer."""
OTHER_FILES = 256
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@click.command()
@click.option(
    "--demo", is_flag=True, help="Seed the demonstration base on first start and print its sign-ins."
)
def serve(demo: bool) -> None:
    """Migrate, then run the web workers and the scheduler until stopped."""
    app, settings = make_app()
    refuse_careless_database(app, settings)
    refuse_taken_address(settings)
    if demo and settings.env == "production":
        click.echo("carbonlearn: the demonstration base is not for production", err=True)
        raise SystemExit(2)
    if demo:
        seed_if_empty(app, settings)
        click.echo(demo_cast(settings))
    click.echo(f"carbonlearn: {settings.base_url}  (Ctrl+C to stop)")
    sys.stdout.flush()
    del app
    _run_together(
        {
            "web server": _web(settings),
            "scheduler": [sys.executable, "-m", "carbonlearn.cli", "jobs", "run"],
        }
    )


def refuse_taken_address(settings: Settings) -> None:
    """A second server on the same address would answer every other request. Raises SettingsError."""
    host, port = settings.bind.rsplit(":", 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {settings.bind} (CARBONLEARN_BIND): {error.strerror}"
            ) from error


def refuse_careless_database(app: Flask, settings: Settings) -> None:
    """Production does not run on a database that may lose what it acknowledged. Raises SettingsError."""
    if settings.env != "production":
        return
    with app.app_context():
        found = durable()
    if not found.passed:
        raise SettingsError(f"CARBONLEARN_DATABASE_URL: acknowledged writes may be lost ({found.found})")


def _web(settings: Settings) -> list[str]:
    host, port = settings.bind.rsplit(":", 1)
    connections = str(_connections())
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host.strip("[]"), "--port", port,
        "--workers", str(settings.workers), "--blocking-threads", str(settings.threads), "--log-level", "error",
        "--backlog", connections, "--backpressure", connections,
        "--respawn-failed-workers", "app:application",
    ]  # fmt: skip


def _connections() -> int:
    """As many as the system lets a process hold; the limit on open files is raised as far as it may be, for the workers to inherit."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    allowed = CONNECTIONS if hard == resource.RLIM_INFINITY else hard - OTHER_FILES
    return max(OTHER_FILES, min(CONNECTIONS, allowed))


def _run_together(commands: dict[str, list[str]]) -> None:
    """Run the processes until one ends or we are told to stop; then none is left behind, and the last line says why."""
    children = {
        name: subprocess.Popen(command, cwd=ROOT, env=os.environ.copy())  # noqa: S603 - our own commands
        for name, command in commands.items()
    }
    for number in STOPPING:
        signal.signal(number, _told_to_stop)
    code = 0
    try:
        name, ended = _first_to_end(children)
        code, why = (128 - ended if ended < 0 else ended or 1), f"the {name} ended by itself ({_how(ended)})"
    except Told as told:
        why = f"told to by {told}"
    finally:
        _end(children.values())
    click.echo(f"carbonlearn: stopped, {why}", err=True)
    sys.exit(code)


class Told(Exception):
    """A signal told the supervisor to stop; its text is the signal's name."""


def _told_to_stop(number: int, _frame: object) -> None:
    """Told once is told: a second signal, which may come at the same instant, must not break into the end that the first began."""
    _hear_no_more()
    raise Told(signal.Signals(number).name)


def _hear_no_more() -> None:
    """Deaf by a handler that does nothing: Python reports a signal that it had already taken in, were it now ignored by the system."""
    for number in STOPPING:
        signal.signal(number, _told_already)


def _told_already(_number: int, _frame: object) -> None:
    """The end has begun."""


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _first_to_end(children: dict[str, subprocess.Popen[bytes]]) -> tuple[str, int]:
    while True:
        for name, child in children.items():
            try:
                return name, child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                continue


def _end(children: Collection[subprocess.Popen[bytes]]) -> None:
    _hear_no_more()  # the end has begun; a second Ctrl+C must not leave one of them behind
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        _wait(child)


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()


@click.group()
def jobs() -> None:
    """The scheduler."""


@jobs.command()
@click.option("--once", is_flag=True, help="Run every sweep once, now, and stop.")
@as_json
def run(once: bool, json_wanted: bool) -> None:
    """Run the scheduler alone, for a separate process."""
    app, settings = make_app()
    refuse_careless_database(app, settings)
    found = app.extensions["carbonlearn_jobs"]
    if not once:
        every = runner.TEST_TICK_SECONDS if settings.allows_test_clock else runner.TICK_SECONDS
        _run_until_told(app, every)
        return
    with app.app_context():
        done = runner.run_all(found, now_of(app))
    show(done, json_wanted, (f"{name}: {count}" for name, count in done.items()))


def _run_until_told(app: Flask, every: int) -> None:
    def stop(_signal: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    runner.run_forever(app, app.extensions["carbonlearn_jobs"], clock_of(app), every)


COMMANDS = [serve, jobs]
