"""windows, places and entitlements by examination, for levels that have several (theory, skill)

Revision: 37b90d14ac52
Follows: 3f6c1a9e8b21

What stands is of the first examination of its level, whose key is empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "37b90d14ac52"
down_revision = "3f6c1a9e8b21"
branch_labels = None
depends_on = None

TABLES = ("exam_windows", "exam_bookings", "entitlements")
OLD = ("uq_entitlements_enrolment_id_kind", ["enrolment_id", "kind"])
NEW = ("uq_entitlements_enrolment_id_paper_kind", ["enrolment_id", "paper", "kind"])
ONE_HELD = "uq_exam_bookings_one_held"
HELD = sa.text("status = 'held'")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("paper", sa.String(length=48), nullable=False, server_default=""))
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("paper", server_default=None)
    _one_held(["enrolment_id", "paper"])
    _unique(OLD[0], NEW)


def downgrade() -> None:
    _unique(NEW[0], OLD)
    _one_held(["enrolment_id"])
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("paper")


def _unique(before: str, after: tuple[str, list[str]]) -> None:
    with op.batch_alter_table("entitlements") as batch_op:
        batch_op.drop_constraint(batch_op.f(before), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(after[0]), after[1])


def _one_held(columns: list[str]) -> None:
    op.drop_index(ONE_HELD, table_name="exam_bookings")
    op.create_index(ONE_HELD, "exam_bookings", columns, unique=True, sqlite_where=HELD, postgresql_where=HELD)
