"""Counts how often a request was dispatched by Flask, so that a test can tell whether it was answered before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, request, request_started


@contextmanager
def flask_rounds(app: Flask) -> Iterator[list[str]]:
    """The paths that Flask was asked for inside the block, in order."""
    paths: list[str] = []

    def note(_sender: Flask, **_more: Any) -> None:
        paths.append(request.path)

    with request_started.connected_to(note, app):
        yield paths
