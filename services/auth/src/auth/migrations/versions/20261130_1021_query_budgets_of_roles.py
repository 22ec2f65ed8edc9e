"""query budgets of roles"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "5e0c81b7f92a"
down_revision = "2f6b90d3c7e1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    budgets = sa.Column("query_budgets", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    op.add_column("role", budgets, schema="auth")


def downgrade() -> None:
    op.drop_column("role", "query_budgets", schema="auth")
