"""The one import direction of the house, as the contracts in pyproject.toml state it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_every_import_goes_down_the_staircase(repository: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=repository, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
