"""Addresses of static files carry a hash of their content, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, url_for

from carbonlearn.infra import rich
from carbonlearn.web.guard import public


def init_app(app: Flask, folder: Path) -> None:
    app.static_folder = str(folder)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static_file)
    app.add_template_global(asset)
    app.add_template_filter(rich.html, "rich")
    app.add_template_filter(rich.inline, "rich_inline")
    app.add_template_filter(rich.plain, "rich_plain")


@public
def static_file(filename: str) -> Response:
    """A file of the static folder, with byte ranges for media."""
    return current_app.send_static_file(filename)


def asset(name: str) -> str:
    """The address of a static file with its content's hash."""
    folder = current_app.static_folder or ""
    path = Path(folder, name)
    return url_for("static", filename=name, v=_digest(str(path), path.stat().st_mtime_ns))


@lru_cache(maxsize=256)
def _digest(path: str, _modified: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
