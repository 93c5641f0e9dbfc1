"""Every act that the program writes on the chain, and every sweep, has a name for its reader."""

from __future__ import annotations

import ast
from pathlib import Path

from flask import Flask

from carbonlearn.admin.staff_views import JOB_NAMES
from carbonlearn.audit.names import ACTIONS, THINGS

WRITERS = ("record", "_record", "record_act")


def written(repository: Path) -> set[str]:
    """The acts that calls of the chain's writers name in so many words."""
    found = set()
    for file in (repository / "carbonlearn").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).rpartition(".")[2] in WRITERS
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_act_on_the_chain_has_a_name(repository: Path) -> None:
    acts = written(repository)
    assert {"study:void", "lesson:place", "session:open"} <= acts, "the calls were not found"
    assert acts - ACTIONS.keys() == set()
    assert {act.partition(":")[0] for act in acts} - THINGS.keys() == set()


def test_every_sweep_has_a_name(app: Flask) -> None:
    names = {job.name for job in app.extensions["carbonlearn_jobs"]}
    assert "study.raise_reviews" in names
    assert names - JOB_NAMES.keys() == set()
