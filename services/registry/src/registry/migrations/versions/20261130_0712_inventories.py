"""folders with reports of S3 Inventory"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0712"
down_revision = "20261130_0707"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bucket", sa.Column("inventory_url", sa.Text(), nullable=True), schema="registry")


def downgrade() -> None:
    op.drop_column("bucket", "inventory_url", schema="registry")
