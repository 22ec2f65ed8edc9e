"""tabulator tables and switches"""

import sqlalchemy as sa
from alembic import op

revision = "9d68f1657646"
down_revision = "20261120_2239"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "switch",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switch")),
        schema="registry",
    )
    op.create_table(
        "tabulator_table",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket"], ["registry.bucket.name"], name=op.f("fk_tabulator_table_bucket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bucket", "name", name=op.f("pk_tabulator_table")),
        schema="registry",
    )


def downgrade() -> None:
    op.drop_table("tabulator_table", schema="registry")
    op.drop_table("switch", schema="registry")
