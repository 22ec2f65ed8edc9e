"""the revision whose label a package has"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1404"
down_revision = "20261130_1019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("package", sa.Column("labelled", sa.Text(), nullable=True), schema="index")


def downgrade() -> None:
    op.drop_column("package", "labelled", schema="index")
