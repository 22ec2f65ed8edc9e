"""layouts of archives"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0341"
down_revision = "20261130_0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_layout",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("top_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("layout", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket", "top_hash"],
            ["index.manifest.bucket", "index.manifest.top_hash"],
            name=op.f("fk_archive_layout_bucket_top_hash"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bucket", "top_hash", name=op.f("pk_archive_layout")),
        schema="index",
    )


def downgrade() -> None:
    op.drop_table("archive_layout", schema="index")
