"""contents of tables and documents

The indexer reads them again, bucket by bucket, and notes here that it has asked for it.
"""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "20261130_0110"
down_revision = "20261129_2230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bucket", Column("contents_version", BigInteger, nullable=False, server_default="0"), schema="index")


def downgrade() -> None:
    op.drop_column("bucket", "contents_version", schema="index")
