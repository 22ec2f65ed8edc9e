"""contents of buckets that are searched"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_2210"
down_revision = "7d2e91c4ab06"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bucket", sa.Column("file_extensions_to_index", sa.ARRAY(sa.Text()), nullable=True), schema="registry"
    )
    op.add_column("bucket", sa.Column("index_content_bytes", sa.BigInteger(), nullable=True), schema="registry")


def downgrade() -> None:
    op.drop_column("bucket", "index_content_bytes", schema="registry")
    op.drop_column("bucket", "file_extensions_to_index", schema="registry")
