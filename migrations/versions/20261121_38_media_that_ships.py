"""media that ships with the program was uploaded by nobody

Revision: 38a5e0c7d184
Follows: 36a1c0ffe27d
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "38a5e0c7d184"
down_revision = "36a1c0ffe27d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("media_files") as batch_op:
        batch_op.alter_column("uploaded_by", existing_type=sa.String(length=26), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE media_files SET uploaded_by = (SELECT min(id) FROM users) WHERE uploaded_by IS NULL")
    with op.batch_alter_table("media_files") as batch_op:
        batch_op.alter_column("uploaded_by", existing_type=sa.String(length=26), nullable=False)
