"""index"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261120_1959"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bucket",
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bucket")),
        schema="index",
    )
    op.create_table(
        "manifest",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("total_entries", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=True),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=True),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "top_hash", name=op.f("pk_manifest")),
        schema="index",
    )
    op.create_table(
        "node",
        sa.Column("storage", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("children", sa.ARRAY(sa.LargeBinary()), nullable=False),
        sa.PrimaryKeyConstraint("storage", name=op.f("pk_node")),
        schema="index",
    )
    # Compressed already.
    op.execute("ALTER TABLE index.node ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "object",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("meta", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_object")),
        schema="index",
    )
    op.create_index(
        "ix_object_key_trgm",
        "object",
        ["key"],
        unique=False,
        schema="index",
        postgresql_using="gin",
        postgresql_ops={"key": "gin_trgm_ops"},
    )
    op.create_index("ix_object_modified", "object", ["modified"], unique=False, schema="index")
    op.create_index("ix_object_search", "object", ["search"], unique=False, schema="index", postgresql_using="gin")
    op.create_table(
        "package",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revisions", sa.BigInteger(), nullable=False),
        sa.Column("readme", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "name", name=op.f("pk_package")),
        schema="index",
    )
    op.create_index("ix_package_modified", "package", ["modified"], unique=False, schema="index")
    op.create_index(
        "ix_package_name_trgm",
        "package",
        ["name"],
        unique=False,
        schema="index",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index("ix_package_search", "package", ["search"], unique=False, schema="index", postgresql_using="gin")
    op.create_table(
        "pointer",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("tag", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "name", "tag", name=op.f("pk_pointer")),
        schema="index",
    )
    op.create_index("ix_pointer_hash", "pointer", ["bucket", "top_hash"], unique=False, schema="index")


def downgrade() -> None:
    op.drop_index("ix_pointer_hash", table_name="pointer", schema="index")
    op.drop_table("pointer", schema="index")
    op.drop_index("ix_package_search", table_name="package", schema="index", postgresql_using="gin")
    op.drop_index(
        "ix_package_name_trgm",
        table_name="package",
        schema="index",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_index("ix_package_modified", table_name="package", schema="index")
    op.drop_table("package", schema="index")
    op.drop_index("ix_object_search", table_name="object", schema="index", postgresql_using="gin")
    op.drop_index("ix_object_modified", table_name="object", schema="index")
    op.drop_index(
        "ix_object_key_trgm",
        table_name="object",
        schema="index",
        postgresql_using="gin",
        postgresql_ops={"key": "gin_trgm_ops"},
    )
    op.drop_table("object", schema="index")
    op.drop_table("node", schema="index")
    op.drop_table("manifest", schema="index")
    op.drop_table("bucket", schema="index")
