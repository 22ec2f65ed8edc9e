"""runs of the canary"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261130_1047"
down_revision = "20261130_0712"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canary_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary_run")),
        schema="registry",
    )
    op.create_index("ix_canary_run_recorded", "canary_run", ["recorded_at", "id"], schema="registry")


def downgrade() -> None:
    op.drop_table("canary_run", schema="registry")
