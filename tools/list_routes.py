"""Print every route with its method, endpoint and who may enter: what ``tests/data/routes.txt`` holds.

``python -m tools.list_routes > tests/data/routes.txt`` after adding or taking away a route; the difference is then read in the change.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from carbonlearn.factory import create_app
from carbonlearn.infra.config import Settings
from carbonlearn.web.guard import access_of

UNREMARKABLE = {"HEAD", "OPTIONS"}


def lines(app: Flask) -> list[str]:
    """One line for each method of each route: method, rule, endpoint, access."""
    return sorted(_lines(app), key=lambda line: (line.split()[1], line))


def _lines(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - UNREMARKABLE):
            yield f"{method} {rule.rule} {rule.endpoint} {_access(app, rule.endpoint)}"


def _access(app: Flask, endpoint: str) -> str:
    access = access_of(app.view_functions[endpoint])
    if access is None:
        return "undeclared"
    marks = [name for name in ("hot", "step_up", "before_password_change") if getattr(access, name)]
    return ",".join([str(access.permission) if access.permission else "public", *marks])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.for_tests(f"sqlite:///{folder}/none.sqlite3", Path(folder), env="development")
        print("\n".join(lines(create_app(settings))))


if __name__ == "__main__":
    main()
