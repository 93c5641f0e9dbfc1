"""files that are made of items in the background

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


def downgrade() -> None:
    op.drop_index(op.f("ix_item_exports_status"), table_name="item_exports")
    op.drop_table("item_exports")
