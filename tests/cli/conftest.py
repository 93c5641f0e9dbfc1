from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

Run = Callable[..., Result]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own in an empty folder, on the embedded database."""
    others = {name: "" for name in os.environ if name.startswith("CARBONLEARN_")}
    return others | {"CARBONLEARN_ENV": "development", "CARBONLEARN_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def run(environment: dict[str, str]) -> Iterator[Run]:
    """Run one command of the program as its user would, in that installation."""
    from carbonlearn.cli import cli

    log = logging.getLogger("carbonlearn")
    before = (log.handlers[:], log.level, log.propagate)

    def call(*arguments: str, **over: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), env=environment | over)

    yield call
    log.handlers[:], log.propagate = before[0], before[2]
    log.setLevel(before[1])


def value_of(result: Result) -> Any:
    """What a command printed as JSON."""
    return json.loads(result.stdout)
