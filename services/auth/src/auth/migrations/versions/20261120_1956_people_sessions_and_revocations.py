"""people, sessions and revocations"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "673de7ebf017"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_credential")),
        schema="auth",
    )
    op.create_index(op.f("ix_credential_expires_at"), "credential", ["expires_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_credential_user_id"), "credential", ["user_id"], unique=False, schema="auth")
    op.create_table(
        "failed_login",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_login")),
        schema="auth",
    )
    op.create_index("ix_failed_login_account_at", "failed_login", ["account", "at"], unique=False, schema="auth")
    op.create_index("ix_failed_login_address_at", "failed_login", ["address", "at"], unique=False, schema="auth")
    op.create_index(op.f("ix_failed_login_at"), "failed_login", ["at"], unique=False, schema="auth")
    op.create_table(
        "policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
        sa.UniqueConstraint("title", name=op.f("uq_policy_title")),
        schema="auth",
    )
    op.create_table(
        "revocation",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_revocation")),
        schema="auth",
    )
    op.create_table(
        "revocation_feed",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("pruned", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_revocation_feed_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_feed")),
        schema="auth",
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
        schema="auth",
    )
    op.create_index(
        "uq_role_default", "role", ["is_default"], unique=True, schema="auth", postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("private", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
        schema="auth",
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("name", name=op.f("uq_user_name")),
        schema="auth",
    )
    op.create_table(
        "policy_permission",
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.CheckConstraint("level IN ('READ', 'READ_WRITE')", name=op.f("ck_policy_permission_level")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["auth.policy.id"], name=op.f("fk_policy_permission_policy_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("policy_id", "bucket", name=op.f("pk_policy_permission")),
        schema="auth",
    )
    op.create_table(
        "role_policy",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["auth.policy.id"], name=op.f("fk_role_policy_policy_id")),
        sa.ForeignKeyConstraint(["role_id"], ["auth.role.id"], name=op.f("fk_role_policy_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("role_id", "policy_id", name=op.f("pk_role_policy")),
        schema="auth",
    )
    op.create_index(op.f("ix_role_policy_policy_id"), "role_policy", ["policy_id"], unique=False, schema="auth")
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["auth.user.id"], name=op.f("fk_session_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        schema="auth",
    )
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False, schema="auth")
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["auth.role.id"], name=op.f("fk_user_role_role_id")),
        sa.ForeignKeyConstraint(["user_id"], ["auth.user.id"], name=op.f("fk_user_role_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_role")),
        schema="auth",
    )
    op.create_index(op.f("ix_user_role_role_id"), "user_role", ["role_id"], unique=False, schema="auth")
    op.create_index(
        "uq_user_role_active", "user_role", ["user_id"], unique=True, schema="auth", postgresql_where=sa.text("active")
    )
    op.create_table(
        "code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["auth.session.id"], name=op.f("fk_code_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_code")),
        schema="auth",
    )
    op.create_index(op.f("ix_code_session_id"), "code", ["session_id"], unique=False, schema="auth")
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["auth.session.id"], name=op.f("fk_refresh_token_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
        schema="auth",
    )
    op.create_index(op.f("ix_refresh_token_session_id"), "refresh_token", ["session_id"], unique=False, schema="auth")
    op.execute("INSERT INTO auth.revocation_feed (id, seq, pruned) VALUES (1, 0, 0)")


def downgrade() -> None:
    op.drop_index(op.f("ix_refresh_token_session_id"), table_name="refresh_token", schema="auth")
    op.drop_table("refresh_token", schema="auth")
    op.drop_index(op.f("ix_code_session_id"), table_name="code", schema="auth")
    op.drop_table("code", schema="auth")
    op.drop_index("uq_user_role_active", table_name="user_role", schema="auth", postgresql_where=sa.text("active"))
    op.drop_index(op.f("ix_user_role_role_id"), table_name="user_role", schema="auth")
    op.drop_table("user_role", schema="auth")
    op.drop_index(op.f("ix_session_user_id"), table_name="session", schema="auth")
    op.drop_index(op.f("ix_session_expires_at"), table_name="session", schema="auth")
    op.drop_table("session", schema="auth")
    op.drop_index(op.f("ix_role_policy_policy_id"), table_name="role_policy", schema="auth")
    op.drop_table("role_policy", schema="auth")
    op.drop_table("policy_permission", schema="auth")
    op.drop_table("user", schema="auth")
    op.drop_table("signing_key", schema="auth")
    op.drop_index("uq_role_default", table_name="role", schema="auth", postgresql_where=sa.text("is_default"))
    op.drop_table("role", schema="auth")
    op.drop_table("revocation_feed", schema="auth")
    op.drop_table("revocation", schema="auth")
    op.drop_table("policy", schema="auth")
    op.drop_index(op.f("ix_failed_login_at"), table_name="failed_login", schema="auth")
    op.drop_index("ix_failed_login_address_at", table_name="failed_login", schema="auth")
    op.drop_index("ix_failed_login_account_at", table_name="failed_login", schema="auth")
    op.drop_table("failed_login", schema="auth")
    op.drop_index(op.f("ix_credential_user_id"), table_name="credential", schema="auth")
    op.drop_index(op.f("ix_credential_expires_at"), table_name="credential", schema="auth")
    op.drop_table("credential", schema="auth")
