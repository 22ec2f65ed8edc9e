"""manifests that packages do not show yet, and times of pointers

Indexers of the release before go on writing: the default of the column gives their pointers a time.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "20261130_1712"
down_revision = "20261130_1404"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unshown_manifest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unshown_manifest")),
        schema="index",
    )
    op.create_index(
        "ix_unshown_manifest_hash", "unshown_manifest", ["bucket", "top_hash"], unique=False, schema="index"
    )
    # In two steps: a column that is added with this default would be written in all rows.
    op.add_column("pointer", sa.Column("written_at", sa.DateTime(timezone=True), nullable=True), schema="index")
    op.alter_column("pointer", "written_at", server_default=text("clock_timestamp()"), schema="index")


def downgrade() -> None:
    op.drop_column("pointer", "written_at", schema="index")
    op.drop_table("unshown_manifest", schema="index")
