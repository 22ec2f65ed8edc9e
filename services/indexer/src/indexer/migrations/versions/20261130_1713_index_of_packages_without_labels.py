"""index of packages without labels"""

from alembic import op
from sqlalchemy import text

revision = "20261130_1713"
down_revision = "20261130_1712"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # It may be repeated, and keeps nobody from writing. An attempt that was interrupted has left an index that is not valid.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS index.ix_package_unlabelled")
        op.create_index(
            "ix_package_unlabelled",
            "package",
            ["bucket", "name"],
            unique=False,
            schema="index",
            postgresql_where=text("labelled IS DISTINCT FROM top_hash"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_package_unlabelled", table_name="package", schema="index")
