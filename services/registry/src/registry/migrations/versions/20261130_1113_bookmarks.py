"""bookmarks"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1113"
down_revision = "20261130_1102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bookmark",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "bucket", "package", "path", name=op.f("pk_bookmark")),
        schema="registry",
    )


def downgrade() -> None:
    op.drop_table("bookmark", schema="registry")
