"""look of the installation"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1347"
down_revision = "20261130_1113"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instance_theme",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("accent", sa.Text(), nullable=True),
        sa.Column("accent_dark", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_instance_theme_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_theme")),
        schema="registry",
    )


def downgrade() -> None:
    op.drop_table("instance_theme", schema="registry")
