"""invitations"""

import sqlalchemy as sa
from alembic import op

revision = "c41d7a90e6b3"
down_revision = "c0a4e7d2915b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["auth.role.id"], name=op.f("fk_invitation_role_id_role"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("email", name=op.f("uq_invitation_email")),
        schema="auth",
    )
    op.create_index(op.f("ix_invitation_role_id"), "invitation", ["role_id"], schema="auth")
    op.create_index(op.f("ix_invitation_expires_at"), "invitation", ["expires_at"], schema="auth")
    # Links that were mailed before there was this table work as before.
    op.execute(
        "INSERT INTO auth.invitation (id, email, invited_by, created_at, expires_at) "
        "SELECT gen_random_uuid(), email, '', max(expires_at) - interval '7 days', max(expires_at) "
        "FROM auth.link WHERE kind = 'invitation' GROUP BY email"
    )


def downgrade() -> None:
    op.drop_table("invitation", schema="auth")
