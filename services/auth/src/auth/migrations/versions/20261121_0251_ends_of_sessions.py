"""ends of sessions"""

import sqlalchemy as sa
from alembic import op

revision = "253c48af86a5"
down_revision = "f9a091e5d77e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True), schema="auth")


def downgrade() -> None:
    op.drop_column("session", "ends_at", schema="auth")
