"""lessons written at the desk: drafts, media, versions that hold from an instant, placements that remember

Revision: c4a7d1e80b35
Follows: 5d2c90b7e1a4

Versions published before this hold from their publication; what their authors wrote stays in the lesson files.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c4a7d1e80b35"
down_revision = "5d2c90b7e1a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _media_files()
    _lesson_drafts()
    with op.batch_alter_table("lesson_versions") as batch_op:
        batch_op.add_column(sa.Column("source", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("writers", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("published_by", sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column("effective_from", sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_lesson_versions_published_by_users"), "users", ["published_by"], ["id"]
        )
    op.execute("UPDATE lesson_versions SET effective_from = published_at")
    with op.batch_alter_table("lesson_versions") as batch_op:
        batch_op.alter_column("effective_from", existing_type=sa.BigInteger(), nullable=False)
    with op.batch_alter_table("lesson_placements") as batch_op:
        batch_op.add_column(sa.Column("meta", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE lesson_placements SET meta = '{}'")
    with op.batch_alter_table("lesson_placements") as batch_op:
        batch_op.alter_column("meta", existing_type=sa.JSON(), nullable=False)
    op.create_table(
        "lesson_media",
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("media_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media_files.id"], name=op.f("fk_lesson_media_media_id_media_files")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["lesson_versions.id"], name=op.f("fk_lesson_media_version_id_lesson_versions")
        ),
        sa.PrimaryKeyConstraint("version_id", "media_id", name=op.f("pk_lesson_media")),
    )
    with op.batch_alter_table("lesson_media") as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_media_media_id"), ["media_id"], unique=False)


def _media_files() -> None:
    op.create_table(
        "media_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("content_type", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(length=26), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", sa.String(length=26), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["media_files.id"], name=op.f("fk_media_files_parent_id_media_files")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_media_files_uploaded_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("parent_id", "position", name=op.f("uq_media_files_parent_id_position")),
    )
    with op.batch_alter_table("media_files") as batch_op:
        batch_op.create_index(batch_op.f("ix_media_files_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_files_sha256"), ["sha256"], unique=False)


def _lesson_drafts() -> None:
    op.create_table(
        "lesson_drafts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("lesson_id", sa.String(length=26), nullable=True),
        sa.Column("slug", sa.String(length=96), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("writers", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_drafts_lesson_id_lessons")
        ),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_lesson_drafts_updated_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_drafts")),
        sa.UniqueConstraint("lesson_id", name=op.f("uq_lesson_drafts_lesson_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_lesson_drafts_slug")),
    )


def downgrade() -> None:
    op.drop_table("lesson_media")
    with op.batch_alter_table("lesson_placements") as batch_op:
        batch_op.drop_column("removed_at")
        batch_op.drop_column("meta")
    with op.batch_alter_table("lesson_versions") as batch_op:
        batch_op.drop_constraint(op.f("fk_lesson_versions_published_by_users"), type_="foreignkey")
        for name in ("effective_from", "published_by", "writers", "source"):
            batch_op.drop_column(name)
    op.drop_table("lesson_drafts")
    op.drop_table("media_files")
