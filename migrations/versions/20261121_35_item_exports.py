"""files that are made of items in the background; what an import became is found from there

Revision: 3f6c1a9e8b21
Follows: 32c8e15fad6b
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3f6c1a9e8b21"
down_revision = "32c8e15fad6b"
branch_labels = None
depends_on = None

POINTING = ("scripts", "paper_items", "presence_checks")
"""What refers to versions of items: without an index each version that an undone import takes away has all of it searched."""


def upgrade() -> None:
    op.create_table(
        "item_exports",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("english", sa.Boolean(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_item_exports_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_exports")),
    )
    op.create_index(op.f("ix_item_exports_status"), "item_exports", ["status"])
    for table in POINTING:
        op.create_index(op.f(f"ix_{table}_item_version_id"), table, ["item_version_id"])
    op.create_index(op.f("ix_item_import_rows_item_id"), "item_import_rows", ["item_id"])
    op.create_index(op.f("ix_item_import_rows_version_id"), "item_import_rows", ["version_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_item_import_rows_version_id"), table_name="item_import_rows")
    op.drop_index(op.f("ix_item_import_rows_item_id"), table_name="item_import_rows")
    for table in POINTING:
        op.drop_index(op.f(f"ix_{table}_item_version_id"), table_name=table)
    op.drop_index(op.f("ix_item_exports_status"), table_name="item_exports")
    op.drop_table("item_exports")
