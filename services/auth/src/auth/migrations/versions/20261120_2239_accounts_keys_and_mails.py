"""accounts keys and mails"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "fffae7fb6af1"
down_revision = "f942634e4ba0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        schema="auth",
    )
    op.create_index("ix_attempt_address_at", "attempt", ["kind", "address", "at"], unique=False, schema="auth")
    op.create_index(op.f("ix_attempt_at"), "attempt", ["at"], unique=False, schema="auth")
    op.create_index("ix_attempt_subject_at", "attempt", ["kind", "subject", "at"], unique=False, schema="auth")
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        schema="auth",
    )
    op.create_index(op.f("ix_mail_due_at"), "mail", ["due_at"], unique=False, schema="auth")
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_with", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_with"], ["auth.api_key.id"], name=op.f("fk_api_key_made_with"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["auth.user.id"], name=op.f("fk_api_key_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
        schema="auth",
    )
    op.create_index(op.f("ix_api_key_expires_at"), "api_key", ["expires_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_api_key_made_with"), "api_key", ["made_with"], unique=False, schema="auth")
    op.create_index(op.f("ix_api_key_user_id"), "api_key", ["user_id"], unique=False, schema="auth")
    op.create_table(
        "link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth.user.id"], name=op.f("fk_link_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_link")),
        schema="auth",
    )
    op.create_index(op.f("ix_link_expires_at"), "link", ["expires_at"], unique=False, schema="auth")
    op.create_index(op.f("ix_link_user_id"), "link", ["user_id"], unique=False, schema="auth")
    # Of the last minute only: nobody misses it.
    op.drop_index(op.f("ix_failed_login_account_at"), table_name="failed_login", schema="auth")
    op.drop_index(op.f("ix_failed_login_address_at"), table_name="failed_login", schema="auth")
    op.drop_index(op.f("ix_failed_login_at"), table_name="failed_login", schema="auth")
    op.drop_table("failed_login", schema="auth")
    op.add_column("session", sa.Column("address", sa.Text(), server_default="", nullable=False), schema="auth")
    op.add_column("session", sa.Column("user_agent", sa.Text(), server_default="", nullable=False), schema="auth")
    op.add_column("session", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True), schema="auth")
    op.add_column("user", sa.Column("pending_until", sa.DateTime(timezone=True), nullable=True), schema="auth")
    op.create_index(op.f("ix_user_pending_until"), "user", ["pending_until"], unique=False, schema="auth")


def downgrade() -> None:
    op.drop_index(op.f("ix_user_pending_until"), table_name="user", schema="auth")
    op.drop_column("user", "pending_until", schema="auth")
    op.drop_column("session", "last_seen_at", schema="auth")
    op.drop_column("session", "user_agent", schema="auth")
    op.drop_column("session", "address", schema="auth")
    op.create_table(
        "failed_login",
        sa.Column("id", sa.BIGINT(), autoincrement=True, nullable=False),
        sa.Column("account", postgresql.BYTEA(), autoincrement=False, nullable=False),
        sa.Column("address", sa.TEXT(), autoincrement=False, nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_login")),
        schema="auth",
    )
    op.create_index(op.f("ix_failed_login_at"), "failed_login", ["at"], unique=False, schema="auth")
    op.create_index(op.f("ix_failed_login_address_at"), "failed_login", ["address", "at"], unique=False, schema="auth")
    op.create_index(op.f("ix_failed_login_account_at"), "failed_login", ["account", "at"], unique=False, schema="auth")
    op.drop_index(op.f("ix_link_user_id"), table_name="link", schema="auth")
    op.drop_index(op.f("ix_link_expires_at"), table_name="link", schema="auth")
    op.drop_table("link", schema="auth")
    op.drop_index(op.f("ix_api_key_user_id"), table_name="api_key", schema="auth")
    op.drop_index(op.f("ix_api_key_made_with"), table_name="api_key", schema="auth")
    op.drop_index(op.f("ix_api_key_expires_at"), table_name="api_key", schema="auth")
    op.drop_table("api_key", schema="auth")
    op.drop_index(op.f("ix_mail_due_at"), table_name="mail", schema="auth")
    op.drop_table("mail", schema="auth")
    op.drop_index("ix_attempt_subject_at", table_name="attempt", schema="auth")
    op.drop_index(op.f("ix_attempt_at"), table_name="attempt", schema="auth")
    op.drop_index("ix_attempt_address_at", table_name="attempt", schema="auth")
    op.drop_table("attempt", schema="auth")
