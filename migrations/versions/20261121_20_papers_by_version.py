"""papers of one window and track for each blueprint that its candidates are held to

Revision: 8f3ab2c6d915
Follows: 9e3b7d41c5a8

Papers sealed before this have an empty blueprint: they serve every candidate of their track, as they did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8f3ab2c6d915"
down_revision = "9e3b7d41c5a8"
branch_labels = None
depends_on = None

OLD = ("uq_papers_window_id_job_type_level_form", ["window_id", "job_type", "level", "form"])
NEW = ("uq_papers_window_id_job_type_level_form_blueprint", [*OLD[1], "blueprint"])
VERSION = "fk_papers_programme_version_id_programme_versions"


def upgrade() -> None:
    with op.batch_alter_table("papers") as batch_op:
        batch_op.add_column(sa.Column("programme_version_id", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("blueprint", sa.String(length=64), nullable=False, server_default=""))
        batch_op.create_foreign_key(
            batch_op.f(VERSION), "programme_versions", ["programme_version_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f(OLD[0]), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(NEW[0]), NEW[1])
    with op.batch_alter_table("papers") as batch_op:
        batch_op.alter_column("blueprint", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("papers") as batch_op:
        batch_op.drop_constraint(batch_op.f(NEW[0]), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(OLD[0]), OLD[1])
        batch_op.drop_constraint(batch_op.f(VERSION), type_="foreignkey")
        batch_op.drop_column("blueprint")
        batch_op.drop_column("programme_version_id")
