"""Every act that the program writes on the chain, and every sweep, has a name for its reader."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from flask import Flask

from carbonlearn.admin.staff_views import JOB_NAMES
from carbonlearn.audit.names import ACTIONS, THINGS

ACT = re.compile(r"[a-z_]+:[a-z_]*[a-z]")
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


def literals(repository: Path) -> set[str]:
    """Every text of the form thing:deed in the code, however it reaches the chain; permissions are written so too and are no acts."""
    found = set()
    for file in (repository / "carbonlearn").rglob("*.py"):
        if file.name not in ("names.py", "permissions.py"):
            found |= {
                node.value
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return {text for text in found if ACT.fullmatch(text) and text.partition(":")[0] in THINGS}


def subjects(repository: Path) -> set[str]:
    """The types of subject that calls of the chain's writers name."""
    return {
        node.elts[0].value
        for file in (repository / "carbonlearn").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in WRITERS
        for node in call.args[1:2]
        if isinstance(node, ast.Tuple) and isinstance(node.elts[0], ast.Constant)
    }


def test_an_act_that_reaches_the_chain_by_another_hand_has_a_name_too(repository: Path) -> None:
    acts = literals(repository)
    assert {"window:move", "booking:take"} <= acts, "the texts were not found"
    assert acts - ACTIONS.keys() == set()


def test_every_subject_on_the_chain_has_a_name(repository: Path) -> None:
    types = subjects(repository)
    assert {"placement", "study_review"} <= types, "the calls were not found"
    assert types - THINGS.keys() == set()


def test_every_sweep_has_a_name(app: Flask) -> None:
    names = {job.name for job in app.extensions["carbonlearn_jobs"]}
    assert "study.raise_reviews" in names
    assert names - JOB_NAMES.keys() == set()
