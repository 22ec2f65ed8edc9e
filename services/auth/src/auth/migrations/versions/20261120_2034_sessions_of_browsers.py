"""sessions of browsers"""

import sqlalchemy as sa
from alembic import op

revision = "f83fa0e10a89"
down_revision = "673de7ebf017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "session", sa.Column("is_browser", sa.Boolean(), server_default=sa.text("false"), nullable=False), schema="auth"
    )


def downgrade() -> None:
    op.drop_column("session", "is_browser", schema="auth")
