"""one running mock a person, held by the database; the items that a mock showed; answers of mocks under names that no device can give; how many
releases the figures of an item were made of (none: they are worked out anew)

Revision: 41f6a3c9e047
Follows: 38c2d9b7e410

Where somebody has several that run, all but the newest are out of time: they are over, at their deadline.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "41f6a3c9e047"
down_revision = "38c2d9b7e410"
branch_labels = None
depends_on = None

ONE_RUNNING = "uq_mock_sittings_one_running"
RUNNING = sa.text("status = 'running'")
OLDER_ARE_OVER = """
UPDATE mock_sittings SET status = 'timed_out', ended_at = must_submit_by
WHERE status = 'running' AND EXISTS (
    SELECT 1 FROM mock_sittings AS newer
    WHERE newer.user_id = mock_sittings.user_id AND newer.status = 'running'
    AND (newer.started_at > mock_sittings.started_at OR (newer.started_at = mock_sittings.started_at AND newer.id > mock_sittings.id))
)
"""
RENAMED = "UPDATE practice_answers SET operation_id = :new || substr(operation_id, 6) WHERE mode = 'mock' AND operation_id LIKE :old"


def upgrade() -> None:
    _add("mock_sittings", sa.Column("shown", sa.JSON(), nullable=False, server_default="[]"))
    _add("item_statistics", sa.Column("releases", sa.Integer(), nullable=False, server_default="0"))
    op.execute(OLDER_ARE_OVER)
    op.create_index(
        ONE_RUNNING,
        "mock_sittings",
        ["user_id"],
        unique=True,
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )
    _rename("mock:", "mock-%")


def downgrade() -> None:
    op.drop_index(ONE_RUNNING, table_name="mock_sittings")
    with op.batch_alter_table("mock_sittings") as batch_op:
        batch_op.drop_column("shown")
    with op.batch_alter_table("item_statistics") as batch_op:
        batch_op.drop_column("releases")
    _rename("mock-", "mock:%")


def _add(table: str, column: sa.Column[Any]) -> None:
    with op.batch_alter_table(table) as batch_op:
        batch_op.add_column(column)
    with op.batch_alter_table(table) as batch_op:
        batch_op.alter_column(column.name, server_default=None)


def _rename(new: str, old: str) -> None:
    op.get_bind().execute(sa.text(RENAMED), {"new": new, "old": old})
