"""browsing sessions"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0707"
down_revision = "20261130_0657"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browsing_session",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("package", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browsing_session")),
        schema="registry",
    )
    op.create_index(
        "ix_browsing_session_owner", "browsing_session", ["owner_id", "expires_at"], unique=False, schema="registry"
    )
    op.create_index(
        "ix_browsing_session_expires_at", "browsing_session", ["expires_at"], unique=False, schema="registry"
    )


def downgrade() -> None:
    op.drop_table("browsing_session", schema="registry")
