"""keys that could not be indexed"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_2000"
down_revision = "20261120_2243"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unindexed_key",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_unindexed_key")),
        schema="index",
    )


def downgrade() -> None:
    op.drop_table("unindexed_key", schema="index")
