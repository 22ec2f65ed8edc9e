"""queries"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261130_0657"
down_revision = "20261130_0342"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "query",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("caller", JSONB(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("saved_query_id", sa.Uuid(), nullable=True),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        sa.Column("sources", sa.LargeBinary(), nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("read_bytes", sa.BigInteger(), nullable=False),
        sa.Column("source_bytes", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("difference", JSONB(), nullable=True),
        sa.Column("problem", JSONB(), nullable=True),
        sa.Column("result_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query")),
        schema="registry",
    )
    unfinished = sa.text("state IN ('queued', 'running')")
    op.create_index("ix_query_waiting", "query", ["created_at"], schema="registry", postgresql_where=unfinished)
    op.create_index("ix_query_owner", "query", ["owner_id", "created_at", "id"], schema="registry")
    op.create_index("ix_query_owner_started", "query", ["owner_id", "started_at"], schema="registry")
    op.create_index("ix_query_created", "query", ["created_at", "id"], schema="registry")
    expiring = sa.text("expires_at IS NOT NULL")
    op.create_index("ix_query_expires", "query", ["expires_at"], schema="registry", postgresql_where=expiring)
    op.create_table(
        "saved_query",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("chart", sa.LargeBinary(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_query")),
        schema="registry",
    )
    op.create_index("ix_saved_query_owner", "saved_query", ["owner_id", "created_at", "id"], schema="registry")
    op.create_index(
        "ix_saved_query_shared",
        "saved_query",
        ["created_at", "id"],
        schema="registry",
        postgresql_where=sa.text("shared"),
    )


def downgrade() -> None:
    op.drop_table("saved_query", schema="registry")
    op.drop_table("query", schema="registry")
