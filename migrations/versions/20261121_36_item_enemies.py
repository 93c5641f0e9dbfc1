"""items that must not stand on one paper, who said so, and who found that they may

Revision: 36a1c0ffe27d
Follows: 37b90d14ac52
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "36a1c0ffe27d"
down_revision = "37b90d14ac52"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "item_enemies",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("first_id", sa.String(length=26), nullable=False),
        sa.Column("second_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=26), nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(length=26), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_item_enemies_in_order")),
        sa.ForeignKeyConstraint(["first_id"], ["items.id"], name=op.f("fk_item_enemies_first_id_items")),
        sa.ForeignKeyConstraint(["lifted_by"], ["users.id"], name=op.f("fk_item_enemies_lifted_by_users")),
        sa.ForeignKeyConstraint(["second_id"], ["items.id"], name=op.f("fk_item_enemies_second_id_items")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_item_enemies_set_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_enemies")),
    )
    op.create_index(op.f("ix_item_enemies_first_id"), "item_enemies", ["first_id"])
    op.create_index(op.f("ix_item_enemies_second_id"), "item_enemies", ["second_id"])
    op.create_index(
        "uq_item_enemies_one_in_force",
        "item_enemies",
        ["first_id", "second_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    op.drop_index("uq_item_enemies_one_in_force", table_name="item_enemies")
    op.drop_index(op.f("ix_item_enemies_second_id"), table_name="item_enemies")
    op.drop_index(op.f("ix_item_enemies_first_id"), table_name="item_enemies")
    op.drop_table("item_enemies")
