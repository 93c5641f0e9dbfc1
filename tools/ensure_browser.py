"""Find a Chromium for the browser tests, or get one, and write its path to .tools/browser.

In this order: CARBONLEARN_BROWSER, a browser on the PATH, the one found last time, the system's package (as root or
with a sudo that asks nothing), Playwright's own. None to be had: one clear line and exit 1. It never asks a question.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

RECORD = Path(__file__).resolve().parent.parent / ".tools" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGE_COMMANDS = (
    ("apt-get", (("apt-get", "update", "-q"), ("apt-get", "install", "-y", "-q", "chromium"))),
    ("dnf", (("dnf", "install", "-y", "-q", "chromium"),)),
    ("apk", (("apk", "add", "--no-progress", "chromium"),)),
)
INSTALL_SECONDS = 900


def main() -> int:
    """Write the path of a browser that starts; 0 when there is one, 1 when none is to be had."""
    for find in (named_by_setting, on_path, found_before, from_system_package, from_playwright):
        path = find()
        if path:
            if not RECORD.exists() or RECORD.read_text(encoding="utf-8").strip() != path:
                RECORD.parent.mkdir(exist_ok=True)
                RECORD.write_text(path + "\n", encoding="utf-8")
                print(f"carbonlearn: the browser tests use {path}")
            return 0
    print(
        "carbonlearn: no Chromium to be had for the browser tests; install one (Debian: apt install chromium) "
        "or set CARBONLEARN_BROWSER to its path",
        file=sys.stderr,
    )
    return 1


def named_by_setting() -> str | None:
    """CARBONLEARN_BROWSER; a wrong one is refused, because a silent substitute would surprise."""
    given = os.environ.get("CARBONLEARN_BROWSER", "").strip()
    if given and not starts(given):
        sys.exit(f"carbonlearn: CARBONLEARN_BROWSER={given} is no browser that starts")
    return given or None


def on_path() -> str | None:
    """The first browser on the PATH that starts."""
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and starts(path)), None)


def found_before() -> str | None:
    """The one recorded by an earlier run (Playwright's own is not on the PATH)."""
    if not RECORD.exists():
        return None
    path = RECORD.read_text(encoding="utf-8").strip()
    return path if starts(path) else None


def from_system_package() -> str | None:
    """Install the system's own package where that needs no password."""
    prefix = privilege()
    if prefix is None:
        return None
    for manager, commands in PACKAGE_COMMANDS:
        if shutil.which(manager):
            print(f"carbonlearn: installing Chromium with {manager}", flush=True)
            # An index that cannot be refreshed may still be good enough, so only the last command counts.
            done = [run([*prefix, *command]) for command in commands]
            return on_path() if done[-1] else None
    return None


def from_playwright() -> str | None:
    """Playwright's own build, and where that needs no password the libraries it wants."""
    print("carbonlearn: installing Playwright's own Chromium", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    with_libraries = privilege() == [] and run([*command, "--with-deps"])
    if not with_libraries and not run(command):
        return None
    path = playwright_path()
    return path if starts(path) else None


def playwright_path() -> str:
    """Where Playwright keeps the browser that belongs to its version."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - needed only when all else failed

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def privilege() -> list[str] | None:
    """What to put before a command that needs root; None when a password would be asked."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and run(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def starts(path: str) -> bool:
    """Whether this program answers to --version: a snap stub or a dangling link does not."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"rom" in done.stdout


def run(command: list[str]) -> bool:
    """Run without a question; its output is shown only when it fails."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"carbonlearn: {' '.join(command)}: {error}", file=sys.stderr)
        return False
    if done.returncode and command[:3] != ["sudo", "-n", "true"]:
        print("\n".join((done.stdout + done.stderr).splitlines()[-5:]), file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
