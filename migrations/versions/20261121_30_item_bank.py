"""cases, competence points, citations, pictures and imports of the item bank; exposure of items; what a reviewer looked at

Revision: 3f6c1a9e8b20
Follows: 8f3ab2c6d915

What versions test and cite is taken over from their texts, so that items of before are found by it too.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from carbonlearn.infra.tokens import new_id

revision = "3f6c1a9e8b20"
down_revision = "8f3ab2c6d915"
branch_labels = None
depends_on = None

TITLE = re.compile(r"《([^》]+)》(?:（([^）]*)）)?")


def upgrade() -> None:
    op.create_table(
        "item_cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("pool", sa.String(length=16), nullable=False),
        sa.Column("job_type", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_cases")),
        sa.UniqueConstraint("external_id", name=op.f("uq_item_cases_external_id")),
    )
    op.create_table(
        "item_sources",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_sources")),
        sa.UniqueConstraint("title", name=op.f("uq_item_sources_title")),
    )
    op.create_table(
        "case_versions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_case_versions_author_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["item_cases.id"], name=op.f("fk_case_versions_case_id_item_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_versions")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_versions_case_id_number")),
    )
    op.create_table(
        "item_imports",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file_key", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("fault", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_item_imports_created_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_imports")),
    )
    with op.batch_alter_table("item_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_imports_status"), ["status"], unique=False)

    op.create_table(
        "item_pictures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_item_pictures_uploaded_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_pictures")),
        sa.UniqueConstraint("sha256", name=op.f("uq_item_pictures_sha256")),
    )
    op.create_table(
        "item_citations",
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("source_id", sa.String(length=26), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["item_sources.id"], name=op.f("fk_item_citations_source_id_item_sources")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_citations_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("version_id", "source_id", name=op.f("pk_item_citations")),
    )
    with op.batch_alter_table("item_citations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_citations_source_id"), ["source_id"], unique=False)

    op.create_table(
        "item_import_rows",
        sa.Column("import_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=True),
        sa.Column("version_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["item_imports.id"], name=op.f("fk_item_import_rows_import_id_item_imports")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_import_rows_item_id_items")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_import_rows_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_item_import_rows")),
    )
    op.create_table(
        "item_points",
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("point", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_versions.id"], name=op.f("fk_item_points_version_id_item_versions")
        ),
        sa.PrimaryKeyConstraint("version_id", "point", name=op.f("pk_item_points")),
    )
    with op.batch_alter_table("item_points", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_points_point"), ["point"], unique=False)

    with op.batch_alter_table("item_reviews", schema=None) as batch_op:
        batch_op.add_column(sa.Column("checks", sa.JSON(), nullable=False, server_default="{}"))

    with op.batch_alter_table("item_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_version_id", sa.String(length=26), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_item_versions_case_version_id"), ["case_version_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_item_versions_case_version_id_case_versions"),
            "case_versions",
            ["case_version_id"],
            ["id"],
        )

    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exposures", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("exposed_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("import_id", sa.String(length=26), nullable=True))
        batch_op.create_index(batch_op.f("ix_items_import_id"), ["import_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_items_import_id_item_imports"), "item_imports", ["import_id"], ["id"]
        )
    _take_over()


def _take_over() -> None:
    versions = sa.table("item_versions", sa.column("id"), sa.column("source"), sa.column("meta", sa.JSON))
    points = sa.table("item_points", sa.column("version_id"), sa.column("point"))
    sources = sa.table(
        "item_sources", sa.column("id"), sa.column("title"), sa.column("note"), sa.column("changed_on")
    )
    citations = sa.table(
        "item_citations", sa.column("version_id"), sa.column("source_id"), sa.column("detail")
    )
    bind = op.get_bind()
    known: dict[str, str] = {}
    for version_id, source, meta in bind.execute(
        sa.select(versions.c.id, versions.c.source, versions.c.meta)
    ):
        for point in dict.fromkeys((meta or {}).get("competence", [])):
            bind.execute(points.insert().values(version_id=version_id, point=point[:64]))
        cited = {title[:200]: detail[:200] for title, detail in TITLE.findall(source)}
        for title, detail in cited.items():
            if title not in known:
                known[title] = new_id()
                bind.execute(sources.insert().values(id=known[title], title=title, note="", changed_on=None))
            row = {"version_id": version_id, "source_id": known[title], "detail": detail}
            bind.execute(citations.insert().values(**row))


def downgrade() -> None:
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_items_import_id_item_imports"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_items_import_id"))
        batch_op.drop_column("import_id")
        batch_op.drop_column("exposed_at")
        batch_op.drop_column("exposures")

    with op.batch_alter_table("item_versions", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_item_versions_case_version_id_case_versions"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_item_versions_case_version_id"))
        batch_op.drop_column("case_version_id")

    with op.batch_alter_table("item_reviews", schema=None) as batch_op:
        batch_op.drop_column("checks")

    with op.batch_alter_table("item_points", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_points_point"))

    op.drop_table("item_points")
    op.drop_table("item_import_rows")
    with op.batch_alter_table("item_citations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_citations_source_id"))

    op.drop_table("item_citations")
    op.drop_table("item_pictures")
    with op.batch_alter_table("item_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_imports_status"))

    op.drop_table("item_imports")
    op.drop_table("case_versions")
    op.drop_table("item_sources")
    op.drop_table("item_cases")
