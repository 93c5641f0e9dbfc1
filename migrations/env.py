"""How Alembic reaches the database: through the application's own engine, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection

from carbonlearn.infra.db import WRITE, UtcDateTime

config = context.config
database = current_app.extensions["migrate"].db
config.set_main_option(
    "sqlalchemy.url", database.engine.url.render_as_string(hide_password=False).replace("%", "%%")
)


def drop_empty_revision(
    _context: MigrationContext, _revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    """Write no file when the models and the database are already alike."""
    if getattr(config.cmd_opts, "autogenerate", False):
        operations = directives[0].upgrade_ops
        if operations is not None and operations.is_empty():
            directives.clear()


def plain_instants(kind: str, item: object, _context: object) -> str | bool:
    """Write our instants into revisions as the plain numbers that they are stored as."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, UtcDateTime) else False


def describe(**given: Any) -> None:
    """What both ways of running share: batch mode because SQLite cannot alter a column in place.

    Both engines take back changes of tables, SQLite too once the driver leaves BEGIN to us: all revisions or none.
    """
    context.configure(
        target_metadata=database.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=plain_instants,
        transactional_ddl=True,
        process_revision_directives=drop_empty_revision,
        **given,
    )


def run_offline() -> None:
    """Print the SQL instead of running it."""
    describe(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run in one transaction. SQLite's batch mode drops and remakes tables, which must not cascade to their rows."""
    with database.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:  # now, because the pragma has no effect inside a transaction
            driver_connection(connection).execute("PRAGMA foreign_keys=OFF")
        try:
            migrate(connection.execution_options(**{WRITE: True}))
        finally:
            if is_sqlite:
                driver_connection(connection).execute("PRAGMA foreign_keys=ON")


def migrate(connection: Connection) -> None:
    """Upgrade over this connection; on SQLite refuse a result whose foreign keys point at nothing."""
    describe(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if orphans:
                raise RuntimeError(f"the migration would leave rows that point at nothing: {orphans[:5]}")


def driver_connection(connection: Connection) -> Any:
    """The connection of the sqlite3 module, which starts no transaction by itself."""
    return connection.connection.driver_connection


if context.is_offline_mode():
    run_offline()
else:
    run_online()
