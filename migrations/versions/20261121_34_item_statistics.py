"""figures of items over released results

Revision: 34d9f0a2b7c1
Follows: 3f6c1a9e8b20
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "34d9f0a2b7c1"
down_revision = "3f6c1a9e8b20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_statistics",
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("facility", sa.Integer(), nullable=False),
        sa.Column("discrimination", sa.Integer(), nullable=True),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_statistics_item_id_items")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_statistics_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_item_statistics")),
    )
    op.create_index(op.f("ix_item_statistics_item_id"), "item_statistics", ["item_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_item_statistics_item_id"), table_name="item_statistics")
    op.drop_table("item_statistics")
