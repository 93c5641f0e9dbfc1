"""blueprints edited at the desk and who put them in force; papers by name and form; the release of a paper for printing

Revision: 31b7d04e9c5a
Follows: 34d9f0a2b7c1

Papers sealed before this have no name and serve the first examination of their level, as they did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "31b7d04e9c5a"
down_revision = "34d9f0a2b7c1"
branch_labels = None
depends_on = None

OLD = (
    "uq_papers_window_id_job_type_level_form_blueprint",
    ["window_id", "job_type", "level", "form", "blueprint"],
)
NEW = (
    "uq_papers_window_id_job_type_level_paper_form_blueprint",
    ["window_id", "job_type", "level", "paper", "form", "blueprint"],
)
VERSION = "fk_papers_blueprint_version_id_blueprint_versions"


def upgrade() -> None:
    op.create_table(
        "blueprint_versions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("programme_key", sa.String(length=64), nullable=False),
        sa.Column("programme_version_id", sa.String(length=26), nullable=False),
        sa.Column("job_type", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("paper", sa.String(length=48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.String(length=26), nullable=False),
        sa.Column("drafted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_key"], ["programmes.key"], name=op.f("fk_blueprint_versions_programme_key_programmes")
        ),
        sa.ForeignKeyConstraint(
            ["programme_version_id"],
            ["programme_versions.id"],
            name=op.f("fk_blueprint_versions_programme_version_id_programme_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_blueprint_versions_drafted_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint_versions")),
        sa.UniqueConstraint(
            "programme_key",
            "job_type",
            "level",
            "paper",
            "number",
            name=op.f("uq_blueprint_versions_programme_key_job_type_level_paper_number"),
        ),
    )
    op.create_table(
        "blueprint_decisions",
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=26), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["blueprint_versions.id"],
            name=op.f("fk_blueprint_decisions_version_id_blueprint_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_blueprint_decisions_decided_by_users")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_blueprint_decisions")),
    )
    _papers_by_name()
    with op.batch_alter_table("exam_bookings") as batch_op:
        batch_op.add_column(sa.Column("paper_id", sa.String(length=26), nullable=True))
    op.create_table(
        "paper_releases",
        sa.Column("paper_id", sa.String(length=26), nullable=False),
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_paper_releases_paper_id_papers")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_paper_releases_user_id_users")),
        sa.PrimaryKeyConstraint("paper_id", "book", "user_id", name=op.f("pk_paper_releases")),
    )


def _papers_by_name() -> None:
    with op.batch_alter_table("papers") as batch_op:
        batch_op.add_column(sa.Column("paper", sa.String(length=48), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("blueprint_version_id", sa.String(length=26), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f(VERSION), "blueprint_versions", ["blueprint_version_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f(OLD[0]), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(NEW[0]), NEW[1])
    with op.batch_alter_table("papers") as batch_op:
        batch_op.alter_column("paper", server_default=None)


def downgrade() -> None:
    op.drop_table("paper_releases")
    with op.batch_alter_table("exam_bookings") as batch_op:
        batch_op.drop_column("paper_id")
    with op.batch_alter_table("papers") as batch_op:
        batch_op.drop_constraint(batch_op.f(NEW[0]), type_="unique")
        batch_op.create_unique_constraint(batch_op.f(OLD[0]), OLD[1])
        batch_op.drop_constraint(batch_op.f(VERSION), type_="foreignkey")
        batch_op.drop_column("blueprint_version_id")
        batch_op.drop_column("paper")
    op.drop_table("blueprint_decisions")
    op.drop_table("blueprint_versions")
