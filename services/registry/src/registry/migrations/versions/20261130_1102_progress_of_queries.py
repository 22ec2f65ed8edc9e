"""progress of queries"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1102"
down_revision = "20261130_1047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    read_files = sa.Column("read_files", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("query", read_files, schema="registry")
    op.add_column("query", sa.Column("engine_progress", sa.Float(), nullable=True), schema="registry")


def downgrade() -> None:
    op.drop_column("query", "engine_progress", schema="registry")
    op.drop_column("query", "read_files", schema="registry")
