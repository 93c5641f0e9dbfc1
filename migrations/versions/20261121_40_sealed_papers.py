"""when a paper was opened, and bookings that name a form which there is

Revision: 40e5f2b8d936
Follows: 39d4e1a6c825

The rows of papers sealed so far stand from their sealing on; they count as opened then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "40e5f2b8d936"
down_revision = "39d4e1a6c825"
branch_labels = None
depends_on = None

ONE_HELD = "uq_exam_bookings_one_held"
HELD = sa.text("status = 'held'")
TO_PAPERS = "fk_exam_bookings_paper_id_papers"


def upgrade() -> None:
    op.add_column("papers", sa.Column("opened_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE papers SET opened_at = sealed_at"
        " WHERE EXISTS (SELECT 1 FROM paper_items WHERE paper_items.paper_id = papers.id)"
    )
    op.drop_index(ONE_HELD, table_name="exam_bookings")
    with op.batch_alter_table("exam_bookings") as batch_op:
        batch_op.create_foreign_key(batch_op.f(TO_PAPERS), "papers", ["paper_id"], ["id"])
    _one_held()


def downgrade() -> None:
    op.drop_index(ONE_HELD, table_name="exam_bookings")
    with op.batch_alter_table("exam_bookings") as batch_op:
        batch_op.drop_constraint(batch_op.f(TO_PAPERS), type_="foreignkey")
    _one_held()
    op.drop_column("papers", "opened_at")


def _one_held() -> None:
    columns = ["enrolment_id", "paper"]
    op.create_index(ONE_HELD, "exam_bookings", columns, unique=True, sqlite_where=HELD, postgresql_where=HELD)
