"""unknown readers of quilt 2"""

import sqlalchemy as sa
from alembic import op

revision = "7d2e91c4ab06"
down_revision = "5c0a7e1f93b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quilt2_unknown_reader",
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["registry.quilt2_package.id"],
            name=op.f("fk_quilt2_unknown_reader_package_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("package_id", "user", name=op.f("pk_quilt2_unknown_reader")),
        schema="registry",
    )


def downgrade() -> None:
    op.drop_table("quilt2_unknown_reader", schema="registry")
