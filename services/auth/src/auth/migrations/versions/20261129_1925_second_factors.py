"""second factors"""

import sqlalchemy as sa
from alembic import op

revision = "5d1c2e9f7a30"
down_revision = "4577bb272f43"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.user.id"], name=op.f("fk_second_factor_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
        schema="auth",
    )
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
        schema="auth",
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], schema="auth")
    op.add_column(
        "session", sa.Column("by_provider", sa.Boolean(), server_default=sa.false(), nullable=False), schema="auth"
    )
    # Until now only providers' sessions had a fixed end.
    op.execute("UPDATE auth.session SET by_provider = true WHERE ends_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("session", "by_provider", schema="auth")
    op.drop_table("recovery_code", schema="auth")
    op.drop_table("second_factor", schema="auth")
