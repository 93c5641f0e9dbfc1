"""The stylesheets a page links are exactly what the parts say, and stay within their budgets."""

import gzip
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tool():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("build_css", ROOT / "tools" / "build_css.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build_css = _tool()


@pytest.mark.parametrize("sheet", sorted(build_css.SHEETS))
def test_committed_stylesheet_equals_a_fresh_build(sheet: str) -> None:
    assert (ROOT / "static" / "css" / sheet).read_text("utf-8") == build_css.build(sheet)


@pytest.mark.parametrize(("sheet", "budget_kb"), [("learner.css", 12), ("exam.css", 6), ("public.css", 8)])
def test_stylesheet_stays_within_its_budget(sheet: str, budget_kb: int) -> None:
    packed = gzip.compress((ROOT / "static" / "css" / sheet).read_bytes(), 6)
    assert len(packed) <= budget_kb * 1024


def test_every_part_reaches_a_page() -> None:
    used = {part for parts in build_css.SHEETS.values() for part in parts}
    assert {path.stem for path in (ROOT / "static" / "css" / "parts").glob("*.css")} == used


def test_no_part_outgrows_its_file() -> None:
    long = [
        p.name
        for p in (ROOT / "static" / "css" / "parts").glob("*.css")
        if len(p.read_text("utf-8").splitlines()) > 120
    ]
    assert long == []
