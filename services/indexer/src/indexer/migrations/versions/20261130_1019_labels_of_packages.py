"""titles of packages, and their bytes by kind of file"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261130_1019"
down_revision = "20261130_0652"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("manifest", sa.Column("kinds", postgresql.JSONB(), nullable=True), schema="index")
    op.add_column("package", sa.Column("title", sa.Text(), nullable=True), schema="index")
    op.add_column("package", sa.Column("description", sa.Text(), nullable=True), schema="index")


def downgrade() -> None:
    op.drop_column("package", "description", schema="index")
    op.drop_column("package", "title", schema="index")
    op.drop_column("manifest", "kinds", schema="index")
