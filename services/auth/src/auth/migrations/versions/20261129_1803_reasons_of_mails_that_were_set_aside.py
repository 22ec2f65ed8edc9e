"""reasons of mails that were set aside"""

import sqlalchemy as sa
from alembic import op

revision = "4577bb272f43"
down_revision = "a559b2057b35"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mail", sa.Column("failure", sa.Text(), nullable=True), schema="auth")


def downgrade() -> None:
    op.drop_column("mail", "failure", schema="auth")
