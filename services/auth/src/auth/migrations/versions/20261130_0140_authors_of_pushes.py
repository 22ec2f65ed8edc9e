"""authors of pushes"""

import sqlalchemy as sa
from alembic import op

revision = "7be21c5f0d94"
down_revision = "c41d7a90e6b3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "role_session",
        sa.Column("session_name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_name", name=op.f("pk_role_session")),
        schema="auth",
    )
    op.create_index(op.f("ix_role_session_expires_at"), "role_session", ["expires_at"], schema="auth")
    op.create_table(
        "push_author",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_push_author")),
        schema="auth",
    )


def downgrade() -> None:
    op.drop_table("push_author", schema="auth")
    op.drop_table("role_session", schema="auth")
