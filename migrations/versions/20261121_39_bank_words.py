"""each change of a cited document in a row of its own; when to look again, who read a shipped item and on which day, with the word itself;
who looked at the key of an exam item

Revision: 39d4e1a6c825
Follows: 41f6a3c9e047

What was noted of a document becomes its first row. A change counts from when it was noted, or from the day that it is in force, whichever
is later: that day begins in China.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from carbonlearn.infra.tokens import new_id

revision = "39d4e1a6c825"
down_revision = "41f6a3c9e047"
branch_labels = None
depends_on = None

ZONE = ZoneInfo("Asia/Shanghai")
OLD = ("changed_on", "changed_at", "note")


def upgrade() -> None:
    op.create_table(
        "item_source_changes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("source_id", sa.String(length=26), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("counts_from", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.String(length=26), nullable=True),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["item_sources.id"], name=op.f("fk_item_source_changes_source_id_item_sources")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by"], ["users.id"], name=op.f("fk_item_source_changes_noted_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_source_changes")),
    )
    op.create_index(op.f("ix_item_source_changes_source_id"), "item_source_changes", ["source_id"])
    _take_over()
    with op.batch_alter_table("item_sources", schema=None) as batch_op:
        for name in OLD:
            batch_op.drop_column(name)
    op.create_table(
        "item_looks",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=True
        ),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_item_looks_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_looks")),
    )
    op.create_index(op.f("ix_item_looks_item_id_at"), "item_looks", ["item_id", "at"])
    op.create_index(op.f("ix_item_looks_user_id_at"), "item_looks", ["user_id", "at"])
    with op.batch_alter_table("item_reviews", schema=None) as batch_op:
        batch_op.add_column(sa.Column("review_by", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("said_by", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("said_on", sa.Date(), nullable=True))
    _take_nobodys_name_in_vain()


def _take_nobodys_name_in_vain() -> None:
    """What was loaded from files was live and recorded as approved in a name that was handed in, read or not. A version of a file (it bears
    a digest) could not be approved otherwise: a word that says what was looked at keeps that and loses the name, any other becomes what it
    was, shipped."""
    reviews = sa.table(
        "item_reviews",
        sa.column("id"),
        sa.column("version_id"),
        sa.column("reviewer_id"),
        sa.column("decision"),
        sa.column("checks", sa.JSON),
    )
    versions = sa.table("item_versions", sa.column("id"), sa.column("meta", sa.JSON))
    query = sa.select(reviews.c.id, reviews.c.checks, versions.c.meta).join(
        versions, versions.c.id == reviews.c.version_id
    )
    bind = op.get_bind()
    for review_id, checks, meta in bind.execute(query.where(reviews.c.decision == "approved")).all():
        if "sha256" in (meta or {}):
            said = {"reviewer_id": None} | ({} if checks else {"decision": "shipped"})
            bind.execute(reviews.update().where(reviews.c.id == review_id).values(**said))


def _take_over() -> None:
    sources = sa.table(
        "item_sources",
        sa.column("id"),
        sa.column("changed_on", sa.Date),
        sa.column("changed_at"),
        sa.column("note"),
    )
    changes = sa.table(
        "item_source_changes",
        sa.column("id"),
        sa.column("source_id"),
        sa.column("changed_on", sa.Date),
        sa.column("counts_from"),
        sa.column("note"),
        sa.column("noted_at"),
    )
    bind = op.get_bind()
    noted = sa.select(sources).where(sources.c.changed_on.is_not(None), sources.c.changed_at.is_not(None))
    for source_id, changed_on, changed_at, note in bind.execute(noted).all():
        row = {"id": new_id(), "source_id": source_id, "changed_on": changed_on, "note": note}
        counts_from = max(changed_at, _beginning(changed_on))
        bind.execute(changes.insert().values(**row, noted_at=changed_at, counts_from=counts_from))


def _beginning(day: date) -> int:
    """The first microsecond of a day in China."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) * 1_000_000


def downgrade() -> None:
    op.drop_table("item_looks")
    with op.batch_alter_table("item_reviews", schema=None) as batch_op:
        for name in ("said_on", "said_by", "review_by"):
            batch_op.drop_column(name)
    with op.batch_alter_table("item_sources", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("changed_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
    changes, sources = "item_source_changes", "item_sources"
    last = f"FROM {changes} WHERE source_id = {sources}.id ORDER BY noted_at DESC LIMIT 1"
    for old, new in (("changed_on", "changed_on"), ("changed_at", "noted_at"), ("note", "note")):
        op.execute(
            f"UPDATE {sources} SET {old} = (SELECT {new} {last}) "
            f"WHERE id IN (SELECT source_id FROM {changes})"
        )
    op.drop_index(op.f("ix_item_source_changes_source_id"), table_name=changes)
    op.drop_table(changes)
