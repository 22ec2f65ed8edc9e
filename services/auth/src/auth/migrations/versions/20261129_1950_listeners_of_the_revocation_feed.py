"""listeners of the revocation feed"""

import sqlalchemy as sa
from alembic import op

revision = "8e41c07d5b92"
down_revision = "5d1c2e9f7a30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revocation_listener",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_listener")),
        schema="auth",
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    op.drop_table("revocation_listener", schema="auth")
