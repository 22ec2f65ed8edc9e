"""slices of buckets, and objects that remain to be read"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_2150"
down_revision = "20261129_2130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slice",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("lower", sa.Text(collation="C"), nullable=False),
        sa.Column("upper", sa.Text(collation="C"), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        *(_zero(name) for name in ("changes", "differences", "unsettled")),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        *(
            _zero(f"{side}_{kind}{suffix}")
            for side in ("listed", "indexed")
            for kind in ("objects", "pointers", "manifests")
            for suffix in ("", "_digest")
        ),
        sa.PrimaryKeyConstraint("bucket", "lower", name=op.f("pk_slice")),
        schema="index",
    )
    op.create_table(
        "unread_object",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("text", sa.Boolean(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_unread_object")),
        schema="index",
    )
    op.create_index("ix_unread_object_text", "unread_object", ["text", "bucket", "key"], unique=False, schema="index")
    op.create_table(
        "removed_key",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_removed_key")),
        schema="index",
    )
    op.create_table(
        "request_budget",
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_request_budget")),
        schema="index",
    )
    op.create_table(
        "content_rules",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("extensions", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("max_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_content_rules")),
        schema="index",
    )


def _zero(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def downgrade() -> None:
    for table in ("content_rules", "request_budget", "removed_key", "unread_object", "slice"):
        op.drop_table(table, schema="index")
