"""s3 key pairs of api keys"""

import sqlalchemy as sa
from alembic import op

revision = "2f6b90d3c7e1"
down_revision = "7be21c5f0d94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "s3_key_pair",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["auth.api_key.id"], name=op.f("fk_s3_key_pair_api_key_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_s3_key_pair")),
        schema="auth",
    )
    op.create_index(op.f("ix_s3_key_pair_api_key_id"), "s3_key_pair", ["api_key_id"], schema="auth")


def downgrade() -> None:
    op.drop_table("s3_key_pair", schema="auth")
