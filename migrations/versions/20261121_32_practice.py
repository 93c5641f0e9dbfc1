"""practice: answers, the book of wrong ones, stars, the day's handful; mock sittings with their papers and answers

Revision: 32c8e15fad6b
Follows: 31b7d04e9c5a
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "32c8e15fad6b"
down_revision = "31b7d04e9c5a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_days",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("job_type", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_days_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "job_type", "level", "day", name=op.f("pk_practice_days")),
    )
    op.create_table(
        "mock_sittings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("enrolment_id", sa.String(length=26), nullable=False),
        sa.Column("job_type", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("total_points", sa.Integer(), nullable=False),
        sa.Column("pass_points", sa.Integer(), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("must_submit_by", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("answers_hash", sa.String(length=64), nullable=True),
        sa.Column("receipt_code", sa.String(length=9), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("own_points", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_mock_sittings_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mock_sittings_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mock_sittings")),
    )
    with op.batch_alter_table("mock_sittings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mock_sittings_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(
            "ix_mock_sittings_status_must_submit_by", ["status", "must_submit_by"], unique=False
        )
        batch_op.create_index("ix_mock_sittings_user_id_started_at", ["user_id", "started_at"], unique=False)

    op.create_table(
        "practice_cards",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Double(), nullable=True),
        sa.Column("difficulty", sa.Double(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_practice_cards_item_id_items")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_cards_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "item_id", name=op.f("pk_practice_cards")),
    )
    with op.batch_alter_table("practice_cards", schema=None) as batch_op:
        batch_op.create_index(
            "ix_practice_cards_user_id_due_at", ["user_id", "left_at", "due_at"], unique=False
        )

    op.create_table(
        "practice_stars",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_practice_stars_item_id_items")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_stars_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "item_id", name=op.f("pk_practice_stars")),
    )
    op.create_table(
        "mock_papers",
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("face", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["mock_sittings.id"], name=op.f("fk_mock_papers_sitting_id_mock_sittings")
        ),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_mock_papers")),
    )
    op.create_table(
        "mock_responses",
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("item_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("operation_id", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["mock_sittings.id"], name=op.f("fk_mock_responses_sitting_id_mock_sittings")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "item_number", "revision", name=op.f("pk_mock_responses")),
    )
    op.create_table(
        "practice_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("operation_id", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_practice_answers_item_id_items")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_answers_user_id_users")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_practice_answers_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_practice_answers_public_id")),
        sa.UniqueConstraint("user_id", "operation_id", name=op.f("uq_practice_answers_user_id_operation_id")),
    )
    with op.batch_alter_table("practice_answers", schema=None) as batch_op:
        batch_op.create_index("ix_practice_answers_user_id_item_id", ["user_id", "item_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("practice_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_practice_answers_user_id_item_id")

    op.drop_table("practice_answers")
    op.drop_table("mock_responses")
    op.drop_table("mock_papers")
    op.drop_table("practice_stars")
    with op.batch_alter_table("practice_cards", schema=None) as batch_op:
        batch_op.drop_index("ix_practice_cards_user_id_due_at")

    op.drop_table("practice_cards")
    with op.batch_alter_table("mock_sittings", schema=None) as batch_op:
        batch_op.drop_index("ix_mock_sittings_user_id_started_at")
        batch_op.drop_index("ix_mock_sittings_status_must_submit_by")
        batch_op.drop_index(batch_op.f("ix_mock_sittings_enrolment_id"))

    op.drop_table("mock_sittings")
    op.drop_table("practice_days")
