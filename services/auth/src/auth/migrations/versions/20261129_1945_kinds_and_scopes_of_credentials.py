"""kinds and scopes of credentials"""

import sqlalchemy as sa
from alembic import op

revision = "c0a4e7d2915b"
down_revision = "8e41c07d5b92"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("role_id", sa.Uuid(), nullable=True), schema="auth")
    op.add_column("oauth_code", sa.Column("role_id", sa.Uuid(), nullable=True), schema="auth")
    op.add_column(
        "api_key", sa.Column("may_administer", sa.Boolean(), server_default=sa.false(), nullable=False), schema="auth"
    )
    op.add_column(
        "user", sa.Column("password_proven", sa.Boolean(), server_default=sa.false(), nullable=False), schema="auth"
    )
    op.execute(
        "UPDATE auth.session SET role_id = user_role.role_id FROM auth.user_role"
        " WHERE user_role.user_id = session.user_id AND user_role.active"
        " AND session.oauth_client_id IS NOT NULL AND session.revoked_at IS NULL"
    )


def downgrade() -> None:
    op.drop_column("user", "password_proven", schema="auth")
    op.drop_column("api_key", "may_administer", schema="auth")
    op.drop_column("oauth_code", "role_id", schema="auth")
    op.drop_column("session", "role_id", schema="auth")
