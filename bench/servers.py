"""The processes that are measured: two production workers each, on the loopback address, gone afterwards; and their CPU time."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS, THREADS = "2", "8"
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A running server: its port, and the CPU time of its web workers so far."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port
        self._workers: list[int] = []

    def cpu_ms(self) -> float:
        """CPU milliseconds that the web workers have used since they started (not the database server, not the scheduler)."""
        if not self._workers:
            self._workers = [pid for parent in self._granians() for pid in _children(parent)]
        return sum(_cpu_ms(pid) for pid in self._workers)

    def _granians(self) -> list[int]:
        family = [self.process.pid, *_children(self.process.pid)]
        return [pid for pid in family if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@contextlib.contextmanager
def serve_carbonlearn(environment: dict[str, str], port: int) -> Iterator[Server]:
    """The product as an operator starts it: web workers and scheduler."""
    command = [sys.executable, "-m", "carbonlearn.cli", "serve"]
    with _running(command, environment, port, "/sign-in") as server:
        yield server


@contextlib.contextmanager
def serve_floor(environment: dict[str, str]) -> Iterator[Server]:
    """The floor, under the same server with the same flags."""
    port = free_port()
    subprocess.run([sys.executable, "-m", "bench.floor"], cwd=ROOT, env=environment, check=True)
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", WORKERS, "--blocking-threads", THREADS, "--log-level", "error", "--respawn-failed-workers",
        "bench.floor:application",
    ]  # fmt: skip
    with _running(command, environment, port, "/hello") as server:
        yield server


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], port: int, path: str) -> Iterator[Server]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_until_up(process, f"http://127.0.0.1:{port}{path}")
        yield Server(process, port)
    finally:
        _stop(process)


def _wait_until_up(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(START_SECONDS * 10):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at {address}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and everything it started, which is a process group of its own."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _stat(int(entry.name))[1] == str(parent):
            found.append(int(entry.name))
    return found


def _cpu_ms(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name: state, parent, …; utime and stime are the 12th and 13th."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["gone"] + ["0"] * 12
