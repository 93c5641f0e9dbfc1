"""The shortest way to the database, for statements that carry all their checks: compiled once, run by the driver, committed at once.

Beats and saved answers come by the thousand. For them the work of SQLAlchemy around a statement (checking a connection out,
reading its caches, building a result) costs more than the statement itself; the statement is still written in its words.
"""

from __future__ import annotations

import threading
from collections import namedtuple
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Executable, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


class HotPath:
    """One driver connection a thread, in autocommit. ``execute`` must be repeatable: it is tried again when a connection broke."""

    def __init__(self, engine: Engine, queue: AbstractContextManager[Any]) -> None:
        self.queue = queue  # to be held around ``execute``
        self._engine = engine
        self._compiled: WeakKeyDictionary[Executable, _Compiled] = WeakKeyDictionary()
        self._local = threading.local()
        self._open: list[Any] = []
        event.listen(engine, "engine_disposed", lambda _engine: self.close())

    def execute(self, statement: Executable, parameters: Mapping[str, Any]) -> Any | None:
        """The first row, as a named tuple, or None. Raises what SQLAlchemy raises for the driver's error."""
        rows = self.rows(statement, parameters)
        return rows[0] if rows else None

    def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Any]:
        """Every row, as named tuples."""
        compiled = self._compiled.get(statement)
        if compiled is None:
            compiled = self._compiled[statement] = _Compiled(self._engine, statement)
        given = compiled.parameters(parameters)
        try:
            return self._run(compiled, given)
        except self._driver.Error as error:
            if not self._is_broken(error):
                raise self._as_sqlalchemy(compiled, given, error) from error
        self._forget()
        try:
            return self._run(compiled, given)
        except self._driver.Error as error:
            raise self._as_sqlalchemy(compiled, given, error) from error

    def close(self) -> None:
        """Close the connections of all threads; each opens a new one when it needs it."""
        held, self._open, self._local = self._open, [], threading.local()
        for connection in held:
            connection.close()

    @property
    def _driver(self) -> Any:
        return self._engine.dialect.dbapi

    def _run(self, compiled: _Compiled, given: Any) -> list[Any]:
        rows = (
            self.connection().execute(compiled.text, given).fetchall()
        )  # the last step is the one that commits
        return [compiled.row(row) for row in rows]

    def connection(self) -> Any:
        """The driver's connection of this thread."""
        if not hasattr(self._local, "connection"):
            fairy = self._engine.raw_connection()
            connection = cast(Any, fairy.driver_connection)
            fairy.detach()  # it is this thread's from now on, and the pool opens another in its place
            if self._engine.dialect.name != "sqlite":  # where it is in autocommit already
                connection.autocommit = True
            self._local.connection, self._local.fairy = connection, fairy
            self._open.append(fairy)
        return self._local.connection

    def _is_broken(self, error: Exception) -> bool:
        connection = cast(DBAPIConnection, self.connection())
        return self._engine.dialect.is_disconnect(cast(Any, error), connection, None)

    def _forget(self) -> None:
        """Let go of this thread's connection, which is of no more use."""
        fairy = self._local.fairy
        del self._local.connection, self._local.fairy
        if fairy in self._open:
            self._open.remove(fairy)

    def _as_sqlalchemy(self, compiled: _Compiled, given: Any, error: Exception) -> BaseException:
        return DBAPIError.instance(
            compiled.text,
            given,
            error,
            self._driver.Error,
            hide_parameters=True,
            dialect=self._engine.dialect,
        )


class _Compiled:
    """A statement in the words of one database, with what turns parameters and columns to and fro."""

    def __init__(self, engine: Engine, statement: Executable) -> None:
        dialect = engine.dialect
        compiled = cast(SQLCompiler, cast(Any, statement).compile(dialect=dialect))
        self.text = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._bind: dict[str, Convert] = {
            name: convert
            for name, bind in compiled.binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        columns = compiled._result_columns
        names = [column.keyname.lstrip("_") for column in columns]
        self._row: Any = namedtuple("_row", names, rename=True)  # type: ignore[misc]
        self._result: list[tuple[int, Convert]] = [
            (place, convert)
            for place, column in enumerate(columns)
            if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        values = {**self._fixed, **given}
        for name, convert in self._bind.items():
            values[name] = convert(values[name])
        return values if self._order is None else [values[name] for name in self._order]

    def row(self, found: Any) -> Any:
        values = list(found)
        for place, convert in self._result:
            values[place] = convert(values[place])
        return self._row._make(values)
