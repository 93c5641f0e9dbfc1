"""The checkout as a set of files to examine, and the few readings that several house rules share."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("carbonlearn", "migrations", "tests", "tools", "bench")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
MACRO = re.compile(r"\{%-?\s*(macro|set)\s+(?![^%]*=).*?\{%-?\s*end\1\s*-?%\}", re.DOTALL)


def python_files(*folders: str) -> list[Path]:
    """Every Python file of ours below these folders of the checkout, and app.py when all are meant."""
    found = [path for folder in folders or SOURCES for path in (ROOT / folder).rglob("*.py")]
    if not folders:
        found += ROOT.glob("*.py")
    return sorted(path for path in found if "__pycache__" not in path.parts)


def templates() -> list[Path]:
    """Every HTML template."""
    return sorted((ROOT / "templates").rglob("*.html"))


def page_assets() -> list[Path]:
    """Style sheets and scripts of ours: not static/vendor, nor the sheets that are put together from static/css/parts."""
    found = [path for kind in ("css", "js") for path in (ROOT / "static").rglob(f"*.{kind}")]
    return sorted(
        path for path in found if "vendor" not in path.parts and path.parent != ROOT / "static" / "css"
    )


def name_of(path: Path) -> str:
    """The path as a reader names it: from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


def method_calls(path: Path, method: str) -> Iterator[int]:
    """The lines on which something's method of this name is called."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node.lineno


def calls(path: Path, dotted: set[str]) -> Iterator[tuple[int, str]]:
    """The lines on which one of these dotted names is called, e.g. `datetime.now`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if any(name == wanted or name.endswith("." + wanted) for wanted in dotted):
                yield node.lineno, name


def markup(template: str) -> str:
    """The template without what Jinja reads: what is left is HTML, every branch of it."""
    return JINJA.sub("", MACRO.sub("", template))


class Roots(HTMLParser):
    """The elements that stand at the top of a piece of HTML, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._depth = 0
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth == 0:
            self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth == 0:
            self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._depth -= 1
