"""audit trail"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "23b90be98d68"
down_revision = "f83fa0e10a89"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'Rows of % are never changed or deleted', TG_TABLE_NAME; END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="auth",
    )
    op.create_index("ix_audit_action_id", "audit", ["action", "id"], unique=False, schema="auth")
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False, schema="auth")
    op.create_index("ix_audit_target_id", "audit", ["target", "id"], unique=False, schema="auth")
    op.create_index("ix_audit_user_id", "audit", ["user", "id"], unique=False, schema="auth")
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auth.audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change()"
    )


def downgrade() -> None:
    op.drop_index("ix_audit_user_id", table_name="audit", schema="auth")
    op.drop_index("ix_audit_target_id", table_name="audit", schema="auth")
    op.drop_index(op.f("ix_audit_at"), table_name="audit", schema="auth")
    op.drop_index("ix_audit_action_id", table_name="audit", schema="auth")
    op.drop_table("audit", schema="auth")
    op.execute("DROP FUNCTION auth.refuse_change()")
