"""allowances of who guesses, and the salt of a holder's name beside the credential

Revision: 6b1f0c9d2e47
Follows: 13a8572f5781

Certificates signed before this hold their salt in what was signed; for them the new column stays empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6b1f0c9d2e47"
down_revision = "13a8572f5781"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowances",
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_allowances")),
    )
    with op.batch_alter_table("allowances") as batch_op:
        batch_op.create_index(batch_op.f("ix_allowances_until"), ["until"], unique=False)
    # An empty column that is added by name needs no copy of the table, on neither engine.
    op.add_column("certificates", sa.Column("name_salt", sa.String(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("certificates") as batch_op:
        batch_op.drop_column("name_salt")
    with op.batch_alter_table("allowances") as batch_op:
        batch_op.drop_index(batch_op.f("ix_allowances_until"))
    op.drop_table("allowances")
