"""selections for archives"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0342"
down_revision = "20261129_2210"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_selection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("package", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("paths", sa.LargeBinary(), nullable=False),
        sa.Column("layout", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_selection")),
        schema="registry",
    )
    op.create_index(
        "ix_archive_selection_expires_at", "archive_selection", ["expires_at"], unique=False, schema="registry"
    )


def downgrade() -> None:
    op.drop_table("archive_selection", schema="registry")
