"""uses of packages"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1401"
down_revision = "20261130_1347"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "package_use",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("package", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "package", "kind", "week", name=op.f("pk_package_use")),
        schema="registry",
    )
    op.create_index(op.f("ix_package_use_week"), "package_use", ["week"], unique=False, schema="registry")


def downgrade() -> None:
    op.drop_index(op.f("ix_package_use_week"), table_name="package_use", schema="registry")
    op.drop_table("package_use", schema="registry")
