"""jobs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261120_2239"
down_revision = "20261120_2000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("caller", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("checkpoint", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("owner_id", "idempotency_key", name=op.f("uq_job_owner_id_idempotency_key")),
        schema="registry",
    )
    op.create_index("ix_job_created", "job", ["created_at", "id"], unique=False, schema="registry")
    op.create_index("ix_job_finished", "job", ["finished_at"], unique=False, schema="registry")
    op.create_index("ix_job_owner", "job", ["owner_id", "created_at"], unique=False, schema="registry")
    op.create_index(
        "ix_job_waiting",
        "job",
        ["created_at"],
        unique=False,
        schema="registry",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "job_item",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["registry.job.id"], name=op.f("fk_job_item_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_job_item")),
        schema="registry",
    )


def downgrade() -> None:
    op.drop_table("job_item", schema="registry")
    op.drop_index(
        "ix_job_waiting",
        table_name="job",
        schema="registry",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.drop_index("ix_job_owner", table_name="job", schema="registry")
    op.drop_index("ix_job_finished", table_name="job", schema="registry")
    op.drop_index("ix_job_created", table_name="job", schema="registry")
    op.drop_table("job", schema="registry")
