"""what item files bring beside their rows: cases and pictures; and who is at work on a file

Revision: 38c2d9b7e410
Follows: 38a5e0c7d184
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "38c2d9b7e410"
down_revision = "38a5e0c7d184"
branch_labels = None
depends_on = None

UNSETTLED = ("waiting", "reading", "previewed", "applying")


def upgrade() -> None:
    for table in ("item_imports", "item_exports"):
        op.add_column(table, sa.Column("claim", sa.String(length=26), nullable=False, server_default=""))
    op.add_column(
        "item_imports", sa.Column("sheet_key", sa.String(length=120), nullable=False, server_default="")
    )
    op.create_table(
        "item_import_cases",
        sa.Column("import_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pool", sa.String(length=16), nullable=False),
        sa.Column("job_type", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("made_version_id", sa.String(length=26), nullable=False),
        sa.Column("carried", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["item_imports.id"], name=op.f("fk_item_import_cases_import_id_item_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_item_import_cases")),
    )
    op.create_table(
        "item_import_pictures",
        sa.Column("import_id", sa.String(length=26), nullable=False),
        sa.Column("picture_id", sa.String(length=26), nullable=False),
        sa.Column("file_key", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_entered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["item_imports.id"], name=op.f("fk_item_import_pictures_import_id_item_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "picture_id", name=op.f("pk_item_import_pictures")),
    )
    _let_go_of_what_is_under_way()


def _let_go_of_what_is_under_way() -> None:
    """Files that are being read, and exports that could be fetched, lie where evidence lies, and are left there: nobody may tell from
    here whether the same bytes are somebody's portrait. Who sent such a file sends it again."""
    imports = sa.table(
        "item_imports", sa.column("status"), sa.column("fault", sa.JSON()), sa.column("file_key")
    )
    exports = sa.table("item_exports", sa.column("status"), sa.column("file_key"))
    sent_again = {"code": "IMPORT_DAMAGED", "facts": {}}
    op.execute(
        imports.update().where(imports.c.status.in_(UNSETTLED)).values(status="refused", fault=sent_again)
    )
    op.execute(imports.update().values(file_key=""))
    op.execute(exports.update().where(exports.c.file_key != "").values(status="gone", file_key=""))


def downgrade() -> None:
    op.drop_table("item_import_pictures")
    op.drop_table("item_import_cases")
    with op.batch_alter_table("item_imports") as batch:
        batch.drop_column("sheet_key")
    for table in ("item_imports", "item_exports"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("claim")
