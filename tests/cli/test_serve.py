from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from carbonlearn.cli.serve import refuse_careless_database, refuse_taken_address
from carbonlearn.infra.config import Settings, SettingsError


def test_production_refuses_a_database_that_may_lose_acknowledged_writes(
    app: Flask, db: SQLAlchemy, settings: Settings, engine_kind: str
) -> None:
    """The tests' own PostgreSQL gives up durability for speed; our SQLite never does."""
    refuse_careless_database(app, replace(settings, env="development"))
    production = replace(settings, env="production")
    if engine_kind == "sqlite":
        refuse_careless_database(app, production)
        return
    with pytest.raises(SettingsError, match=r"DATABASE_URL.*fsync=off"):
        refuse_careless_database(app, production)


def test_a_second_server_on_the_same_address_is_refused(settings: Settings) -> None:
    """Workers share their port, so without this two installations would answer in turns."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=f"cannot listen on {bind}"):
            refuse_taken_address(replace(settings, bind=bind))
    refuse_taken_address(replace(settings, bind=bind))


TOGETHER = """
import sys
from carbonlearn.cli.serve import _run_together
_run_together({"web server": [sys.executable, "-c", sys.argv[1]], "scheduler": [sys.executable, "-c", sys.argv[2]]})
"""
SLEEPS = "import time; time.sleep(60)"


def together(web: str, scheduler: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TOGETHER, web, scheduler]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("web", "code", "why"),
    [
        ("raise SystemExit(7)", 7, "the web server ended by itself (exit code 7)"),
        ("import os; os.kill(os.getpid(), 9)", 137, "the web server ended by itself (killed by SIGKILL)"),
        ("", 1, "the web server ended by itself (exit code 0)"),
    ],
)
def test_a_server_that_loses_a_part_stops_and_says_which(web: str, code: int, why: str) -> None:
    supervisor = together(web, SLEEPS)
    _, said = supervisor.communicate(timeout=30)
    assert (supervisor.returncode, said.splitlines()[-1]) == (code, f"carbonlearn: stopped, {why}")


def test_a_server_told_to_stop_says_by_what() -> None:
    supervisor = together("import os, signal; os.kill(os.getppid(), signal.SIGTERM); " + SLEEPS, SLEEPS)
    _, said = supervisor.communicate(timeout=30)
    assert (supervisor.returncode, said) == (0, "carbonlearn: stopped, told to by SIGTERM\n")


@pytest.mark.parametrize("first", ["SIGTERM", "SIGINT"])
def test_a_server_told_twice_at_once_ends_as_quietly(first: str) -> None:
    """A terminal that closes, or a service that is stopped under Ctrl+C, sends both at the same instant."""
    both = f"import os, signal; [os.kill(os.getppid(), n) for n in (signal.{first}, signal.SIGTERM, signal.SIGINT)]; "
    supervisor = together(both + SLEEPS, SLEEPS)
    _, said = supervisor.communicate(timeout=30)
    assert supervisor.returncode == 0
    assert said in [f"carbonlearn: stopped, told to by {name}\n" for name in ("SIGTERM", "SIGINT")]


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        own = {"CARBONLEARN_ENV": "test", "CARBONLEARN_DATA_DIR": str(tmp_path), "CARBONLEARN_BIND": bind}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CARBONLEARN_")}
        done = subprocess.run(
            [sys.executable, "-m", "carbonlearn.cli", "serve"],
            check=False,
            env=clean | own,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert done.stderr == f"carbonlearn: cannot listen on {bind} (CARBONLEARN_BIND): Address already in use\n"


HELD = 1500
HELLO = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_more_phones_than_a_thousand_keep_their_connections_and_all_are_answered(tmp_path: Path) -> None:
    """A phone keeps its connection from beat to beat. The web server's own bound let 1,024 in and left the rest without an answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "CARBONLEARN_ENV": "test",
        "CARBONLEARN_DATA_DIR": str(tmp_path),
        "CARBONLEARN_BIND": f"127.0.0.1:{port}",
        "CARBONLEARN_WORKERS": "2",
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARBONLEARN_")}
    server = subprocess.Popen([sys.executable, "-m", "carbonlearn.cli", "serve"], env=clean | own)
    try:
        wait_until_up(port)
        with contextlib.ExitStack() as phones:
            answers = [held_answer(phones, port) for _ in range(HELD)]
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert answers == [b"HTTP/1.1 200"] * HELD


def wait_until_up(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not come up")


def held_answer(phones: contextlib.ExitStack, port: int) -> bytes:
    """Ask on a new connection that stays open; the beginning of the answer."""
    phone = phones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
    phone.sendall(HELLO)
    return phone.recv(4096)[:12]
