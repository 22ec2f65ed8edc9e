"""hashes of quilt 2"""

import sqlalchemy as sa
from alembic import op

revision = "a559b2057b35"
down_revision = "253c48af86a5"
branch_labels = None
depends_on = None

NOT_OURS = sa.text("password NOT LIKE '$argon2id$%'")


def upgrade() -> None:
    op.create_index("ix_user_password_not_ours", "user", ["id"], schema="auth", postgresql_where=NOT_OURS)


def downgrade() -> None:
    op.drop_index("ix_user_password_not_ours", table_name="user", schema="auth")
