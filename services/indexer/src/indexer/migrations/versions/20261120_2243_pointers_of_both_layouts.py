"""pointers of both layouts"""

import sqlalchemy as sa
from alembic import op

revision = "20261120_2243"
down_revision = "20261120_1959"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pointer", sa.Column("layout", sa.BigInteger(), nullable=False, server_default=sa.text("1")), schema="index"
    )
    op.alter_column("pointer", "layout", server_default=None, schema="index")
    op.add_column("pointer", sa.Column("author", sa.Text(), nullable=True), schema="index")
    op.drop_constraint("pk_pointer", "pointer", schema="index")
    op.create_primary_key("pk_pointer", "pointer", ["bucket", "name", "tag", "layout"], schema="index")
    op.add_column("manifest", sa.Column("key", sa.Text(collation="C"), nullable=True), schema="index")
    op.execute("UPDATE index.manifest SET key = '.quilt/packages/' || top_hash")
    op.alter_column("manifest", "key", nullable=False, schema="index")
    op.create_index(
        "ix_manifest_problem",
        "manifest",
        ["bucket", "top_hash"],
        unique=False,
        schema="index",
        postgresql_where=sa.text("state <> 'ready'"),
    )


def downgrade() -> None:
    op.drop_index("ix_manifest_problem", table_name="manifest", schema="index")
    op.drop_column("manifest", "key", schema="index")
    op.execute("DELETE FROM index.pointer WHERE layout <> 1")
    op.drop_constraint("pk_pointer", "pointer", schema="index")
    op.create_primary_key("pk_pointer", "pointer", ["bucket", "name", "tag"], schema="index")
    op.drop_column("pointer", "author", schema="index")
    op.drop_column("pointer", "layout", schema="index")
