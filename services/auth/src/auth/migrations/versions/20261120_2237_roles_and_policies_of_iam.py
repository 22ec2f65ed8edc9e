"""roles and policies of IAM"""

import sqlalchemy as sa
from alembic import op

revision = "f942634e4ba0"
down_revision = "23b90be98d68"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "denial",
        sa.Column("session_name", sa.Text(), nullable=False),
        sa.Column("issued_before", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_name", name=op.f("pk_denial")),
        schema="auth",
    )
    op.create_table(
        "iam_role",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("applied", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("role_id", name=op.f("pk_iam_role")),
        schema="auth",
    )
    op.create_table(
        "sso_config",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("uploader_id", sa.Uuid(), nullable=True),
        sa.Column("uploader", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_sso_config")),
        schema="auth",
    )
    op.create_table(
        "observed_permission",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.CheckConstraint("level IN ('READ', 'READ_WRITE')", name=op.f("ck_observed_permission_level")),
        sa.ForeignKeyConstraint(
            ["role_id"], ["auth.role.id"], name=op.f("fk_observed_permission_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "bucket", name=op.f("pk_observed_permission")),
        schema="auth",
    )
    op.add_column("policy", sa.Column("arn", sa.Text(), nullable=True), schema="auth")
    op.create_unique_constraint(op.f("uq_policy_arn"), "policy", ["arn"], schema="auth")
    op.add_column("role", sa.Column("arn", sa.Text(), nullable=True), schema="auth")
    op.add_column(
        "role",
        sa.Column(
            "external_id",
            sa.Text(),
            server_default=sa.text("replace(gen_random_uuid()::text, '-', '')"),
            nullable=False,
        ),
        schema="auth",
    )


def downgrade() -> None:
    op.drop_column("role", "external_id", schema="auth")
    op.drop_column("role", "arn", schema="auth")
    op.drop_constraint(op.f("uq_policy_arn"), "policy", schema="auth", type_="unique")
    op.drop_column("policy", "arn", schema="auth")
    op.drop_table("observed_permission", schema="auth")
    op.drop_table("sso_config", schema="auth")
    op.drop_table("iam_role", schema="auth")
    op.drop_table("denial", schema="auth")
