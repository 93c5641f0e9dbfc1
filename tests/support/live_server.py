"""The real program in processes of its own: `carbonlearn serve` on a free loopback port, with a clock that obeys.

It can be killed without warning and started again over the same data, as a power cut would do.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "import sys; from carbonlearn.cli import main; sys.exit(main())")
START_SECONDS = 60.0


class LiveServer:
    """One installation: a database, a data folder, and the server over them."""

    def __init__(self, folder: Path, database_url: str | None = None, **settings: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **_without_settings(os.environ),
            "CARBONLEARN_ENV": "test",
            "CARBONLEARN_DATABASE_URL": database_url or f"sqlite:///{data / 'carbonlearn.sqlite3'}",
            "CARBONLEARN_DATA_DIR": str(data),
            "CARBONLEARN_BIND": f"127.0.0.1:{self.port}",
            "CARBONLEARN_BASE_URL": self.url,
            "CARBONLEARN_WORKERS": "1",
            **{f"CARBONLEARN_{name.upper()}": value for name, value in settings.items()},
            "PYTHONUNBUFFERED": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What the server has printed so far, over all its starts."""
        path = self.folder / "server.log"
        return path.read_text("utf-8", errors="replace") if path.exists() else ""

    def run(self, *arguments: str) -> str:
        """Run one command of the program over the same data and return what it printed; raises when it fails."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"carbonlearn {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
            )
        return done.stdout

    def start(self, *options: str) -> LiveServer:
        """Start `carbonlearn serve` and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, "serve", *options],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_it_answers()
        return self

    def stop(self) -> None:
        """Ask the whole process group to end, and make it end after ten seconds."""
        self._signal(signal.SIGTERM, patience=10)
        self.kill()

    def kill(self) -> None:
        """End every process of the installation at once, with nothing written any more."""
        self._signal(signal.SIGKILL, patience=10)

    def set_clock(self, instant: datetime) -> None:
        """Move the installation's clock to this aware instant; it goes on from there."""
        self._post("/test/clock", {"now": instant.astimezone(UTC).isoformat().replace("+00:00", "Z")})

    def advance(self, seconds: float) -> None:
        """Move the installation's clock on."""
        self._post("/test/clock", {"advance": seconds})

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10):
            pass

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}:\n{self.log[-4000:]}")
            with contextlib.suppress(OSError), urllib.request.urlopen(self.url + "/healthz", timeout=5):
                return
            time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"the server did not answer within {START_SECONDS:.0f} s:\n{self.log[-4000:]}")

    def _signal(self, number: signal.Signals, *, patience: float) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        if number == signal.SIGKILL:
            self._process = None


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without settings of an installation of their own."""
    return {name: value for name, value in environment.items() if not name.startswith("CARBONLEARN_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
