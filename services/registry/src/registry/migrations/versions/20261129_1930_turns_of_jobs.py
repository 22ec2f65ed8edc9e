"""turns of jobs"""

import sqlalchemy as sa
from alembic import op

revision = "5c0a7e1f93b2"
down_revision = "d4916f84d44a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "job", sa.Column("objects", sa.BigInteger(), server_default=sa.text("0"), nullable=False), schema="registry"
    )
    op.create_index("ix_job_owner_started", "job", ["owner_id", "started_at"], unique=False, schema="registry")


def downgrade() -> None:
    op.drop_index("ix_job_owner_started", table_name="job", schema="registry")
    op.drop_column("job", "objects", schema="registry")
