"""presence checks, refusals, decisions about spans, reviews; ceilings and rhythm of a span; the lesson of a presence item

Revision: 9e3b7d41c5a8
Follows: c4a7d1e80b35

Spans of before end where their limit was; one that is open now is judged anew at its next beat, since it has no instant of recheck.
Columns are added in place, because a copy of the table would lose its check constraints on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "9e3b7d41c5a8"
down_revision = "c4a7d1e80b35"
branch_labels = None
depends_on = None

SUMS = ("beats", "rhythm_sum_ms", "rhythm_sq", "told_sum_ms", "told_sq", "told_rhythm")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("items", sa.Column("lesson_slug", sa.String(length=96), nullable=True))
    op.create_index(op.f("ix_items_lesson_slug"), "items", ["lesson_slug"], unique=False)
    op.add_column("study_sessions", sa.Column("login_hash", sa.String(length=64), nullable=True))
    _span_columns()
    _presence()
    _refusals()
    _reviews()


def _span_columns() -> None:
    op.add_column("study_spans", sa.Column("ground_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE study_spans SET ground_ms = limit_ms")
    op.add_column("study_spans", sa.Column("recheck_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "study_spans", sa.Column("is_void", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name in SUMS:
        kind = sa.Integer() if name == "beats" else sa.BigInteger()
        op.add_column("study_spans", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_index("ix_study_spans_user_id_started_at", "study_spans", ["user_id", "started_at"])


def _presence() -> None:
    op.create_table(
        "study_presence",
        sa.Column("enrolment_id", sa.String(length=26), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("unasked", sa.Integer(), nullable=False),
        _to("study_presence", "enrolment_id", "enrolments"),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_study_presence")),
    )
    op.create_table(
        "presence_checks",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("enrolment_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("session_id", sa.String(length=26), nullable=False),
        sa.Column("lesson_id", sa.String(length=26), nullable=False),
        sa.Column("item_version_id", sa.String(length=26), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("option_order", sa.JSON(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("choice", sa.JSON(), nullable=True),
        sa.Column("correct", sa.Boolean(), nullable=True),
        _to("presence_checks", "enrolment_id", "enrolments"),
        _to("presence_checks", "user_id", "users"),
        _to("presence_checks", "session_id", "study_sessions"),
        _to("presence_checks", "lesson_id", "lessons"),
        _to("presence_checks", "item_version_id", "item_versions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_checks")),
    )
    op.create_index(op.f("ix_presence_checks_user_id"), "presence_checks", ["user_id"])
    op.create_index(
        "ix_presence_checks_enrolment_id_asked_at", "presence_checks", ["enrolment_id", "asked_at"]
    )
    op.create_index(
        "uq_presence_checks_one_open",
        "presence_checks",
        ["enrolment_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _refusals() -> None:
    op.create_table(
        "study_refusals",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("enrolment_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("session_id", sa.String(length=26), nullable=False),
        sa.Column("lesson_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("lost_ms", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("to_ms", sa.BigInteger(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        _to("study_refusals", "enrolment_id", "enrolments"),
        _to("study_refusals", "user_id", "users"),
        _to("study_refusals", "session_id", "study_sessions"),
        _to("study_refusals", "lesson_id", "lessons"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_refusals")),
    )
    op.create_index(op.f("ix_study_refusals_user_id"), "study_refusals", ["user_id"])
    op.create_index("ix_study_refusals_enrolment_id_from_at", "study_refusals", ["enrolment_id", "from_at"])
    op.create_index("ix_study_refusals_session_id_id", "study_refusals", ["session_id", "id"])


def _reviews() -> None:
    op.create_table(
        "study_reviews",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("enrolment_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("signal", sa.String(length=24), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("decided_by", sa.String(length=26), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _to("study_reviews", "enrolment_id", "enrolments"),
        _to("study_reviews", "user_id", "users"),
        _to("study_reviews", "decided_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_reviews")),
        sa.UniqueConstraint(
            "enrolment_id", "signal", "local_day", name=op.f("uq_study_reviews_enrolment_id_signal_local_day")
        ),
    )
    op.create_index(op.f("ix_study_reviews_user_id"), "study_reviews", ["user_id"])
    op.create_index("ix_study_reviews_status_raised_at", "study_reviews", ["status", "raised_at"])
    op.create_table(
        "study_decisions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("span_id", NUMBER, nullable=False),
        sa.Column("enrolment_id", sa.String(length=26), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _to("study_decisions", "span_id", "study_spans"),
        _to("study_decisions", "enrolment_id", "enrolments"),
        _to("study_decisions", "decided_by", "users"),
        _to("study_decisions", "review_id", "study_reviews"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_decisions")),
    )
    op.create_index(op.f("ix_study_decisions_span_id"), "study_decisions", ["span_id"])
    op.create_index(op.f("ix_study_decisions_enrolment_id"), "study_decisions", ["enrolment_id"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def downgrade() -> None:
    for table in ("study_decisions", "study_reviews", "study_refusals", "presence_checks", "study_presence"):
        op.drop_table(table)
    op.drop_index("ix_study_spans_user_id_started_at", table_name="study_spans")
    for name in (*reversed(SUMS), "is_void", "recheck_at", "ground_ms"):
        op.drop_column("study_spans", name)
    op.drop_column("study_sessions", "login_hash")
    op.drop_index(op.f("ix_items_lesson_slug"), table_name="items")
    op.drop_column("items", "lesson_slug")
