"""Counts the statements that a piece of work sends to the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event

from carbonlearn.infra.db import db


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent inside the block, transaction control aside, as a list that grows."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
