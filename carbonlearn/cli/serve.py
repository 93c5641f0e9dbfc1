"""``carbonlearn serve`` and ``carbonlearn jobs run``: the web workers and the scheduler, in one process group or apart."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click
from flask import Flask

from carbonlearn.cli.common import as_json, clock_of, make_app, now_of, show
from carbonlearn.cli.seed import demo_cast, seed_if_empty
from carbonlearn.infra import runner
from carbonlearn.infra.config import Settings, SettingsError
from carbonlearn.ops.queries import durable

ROOT = Path(__file__).resolve().parents[2]


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
    _run_together([_web(settings), [sys.executable, "-m", "carbonlearn.cli", "jobs", "run"]])


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
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host.strip("[]"), "--port", port,
        "--workers", str(settings.workers), "--blocking-threads", str(settings.threads), "--log-level", "error",
        "--respawn-failed-workers", "app:application",
    ]  # fmt: skip


def _run_together(commands: list[list[str]]) -> None:
    """Run the processes until one ends or we are told to stop; then none is left behind."""
    children = [subprocess.Popen(command, cwd=ROOT, env=os.environ.copy()) for command in commands]  # noqa: S603 - our own commands

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    code = 0
    try:
        code = _first_to_end(children)
    except KeyboardInterrupt:
        pass
    finally:
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            _wait(child)
    sys.exit(code)


def _first_to_end(children: list[subprocess.Popen[bytes]]) -> int:
    while True:
        for child in children:
            try:
                return child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                continue


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
