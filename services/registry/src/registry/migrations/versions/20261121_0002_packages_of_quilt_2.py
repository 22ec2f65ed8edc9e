"""packages of quilt 2"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8dd05ff743fb"
down_revision = "9d68f1657646"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quilt2_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quilt2_event")),
        schema="registry",
    )
    op.create_index(op.f("ix_quilt2_event_created"), "quilt2_event", ["created"], unique=False, schema="registry")
    op.create_index("ix_quilt2_event_package", "quilt2_event", ["owner", "name"], unique=False, schema="registry")
    op.create_index(op.f("ix_quilt2_event_user"), "quilt2_event", ["user"], unique=False, schema="registry")
    op.create_table(
        "quilt2_object",
        sa.Column("owner", sa.Text(collation="C"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("preview", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("owner", "hash", name=op.f("pk_quilt2_object")),
        schema="registry",
    )
    op.create_table(
        "quilt2_package",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quilt2_package")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_quilt2_package_owner_name")),
        schema="registry",
    )
    op.create_index(
        "uq_quilt2_package_lower",
        "quilt2_package",
        [sa.literal_column("lower(owner)"), sa.literal_column("lower(name)")],
        unique=True,
        schema="registry",
    )
    op.create_table(
        "quilt2_access",
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["registry.quilt2_package.id"], name=op.f("fk_quilt2_access_package_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("package_id", "user", name=op.f("pk_quilt2_access")),
        schema="registry",
    )
    op.create_index(op.f("ix_quilt2_access_user"), "quilt2_access", ["user"], unique=False, schema="registry")
    op.create_table(
        "quilt2_comment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["registry.quilt2_package.id"],
            name=op.f("fk_quilt2_comment_package_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quilt2_comment")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_quilt2_comment_package_id"), "quilt2_comment", ["package_id"], unique=False, schema="registry"
    )
    op.create_table(
        "quilt2_instance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(collation="C"), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=False),
        sa.Column("objects", sa.LargeBinary(), nullable=False),
        sa.Column("total_size", sa.BigInteger(), nullable=False),
        sa.Column("readme_hash", sa.Text(), nullable=True),
        sa.Column("top_hash", sa.Text(), nullable=True),
        sa.Column("keywords", postgresql.TSVECTOR(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["registry.quilt2_package.id"],
            name=op.f("fk_quilt2_instance_package_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quilt2_instance")),
        sa.UniqueConstraint("package_id", "hash", name=op.f("uq_quilt2_instance_package_id_hash")),
        schema="registry",
    )
    op.create_index(
        "ix_quilt2_instance_keywords",
        "quilt2_instance",
        ["keywords"],
        unique=False,
        schema="registry",
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_quilt2_instance_updated_at"), "quilt2_instance", ["updated_at"], unique=False, schema="registry"
    )
    op.create_table(
        "quilt2_invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["registry.quilt2_package.id"],
            name=op.f("fk_quilt2_invitation_package_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quilt2_invitation")),
        schema="registry",
    )
    op.create_index(op.f("ix_quilt2_invitation_email"), "quilt2_invitation", ["email"], unique=False, schema="registry")
    op.create_index(
        op.f("ix_quilt2_invitation_package_id"), "quilt2_invitation", ["package_id"], unique=False, schema="registry"
    )
    op.create_table(
        "quilt2_link",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["registry.quilt2_package.id"], name=op.f("fk_quilt2_link_package_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", "package_id", name=op.f("pk_quilt2_link")),
        schema="registry",
    )
    op.create_index(op.f("ix_quilt2_link_package_id"), "quilt2_link", ["package_id"], unique=False, schema="registry")
    op.create_table(
        "quilt2_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["registry.quilt2_instance.id"], name=op.f("fk_quilt2_log_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["registry.quilt2_package.id"], name=op.f("fk_quilt2_log_package_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quilt2_log")),
        schema="registry",
    )
    op.create_index(op.f("ix_quilt2_log_instance_id"), "quilt2_log", ["instance_id"], unique=False, schema="registry")
    op.create_index(op.f("ix_quilt2_log_package_id"), "quilt2_log", ["package_id"], unique=False, schema="registry")
    op.create_table(
        "quilt2_tag",
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.Text(collation="C"), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["registry.quilt2_instance.id"], name=op.f("fk_quilt2_tag_instance_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["registry.quilt2_package.id"], name=op.f("fk_quilt2_tag_package_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("package_id", "tag", name=op.f("pk_quilt2_tag")),
        schema="registry",
    )
    op.create_index(op.f("ix_quilt2_tag_instance_id"), "quilt2_tag", ["instance_id"], unique=False, schema="registry")
    op.create_table(
        "quilt2_version",
        sa.Column("package_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(collation="C"), nullable=False),
        sa.Column("user_version", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["registry.quilt2_instance.id"],
            name=op.f("fk_quilt2_version_instance_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["registry.quilt2_package.id"],
            name=op.f("fk_quilt2_version_package_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("package_id", "version", name=op.f("pk_quilt2_version")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_quilt2_version_instance_id"), "quilt2_version", ["instance_id"], unique=False, schema="registry"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_quilt2_version_instance_id"), table_name="quilt2_version", schema="registry")
    op.drop_table("quilt2_version", schema="registry")
    op.drop_index(op.f("ix_quilt2_tag_instance_id"), table_name="quilt2_tag", schema="registry")
    op.drop_table("quilt2_tag", schema="registry")
    op.drop_index(op.f("ix_quilt2_log_package_id"), table_name="quilt2_log", schema="registry")
    op.drop_index(op.f("ix_quilt2_log_instance_id"), table_name="quilt2_log", schema="registry")
    op.drop_table("quilt2_log", schema="registry")
    op.drop_index(op.f("ix_quilt2_link_package_id"), table_name="quilt2_link", schema="registry")
    op.drop_table("quilt2_link", schema="registry")
    op.drop_index(op.f("ix_quilt2_invitation_package_id"), table_name="quilt2_invitation", schema="registry")
    op.drop_index(op.f("ix_quilt2_invitation_email"), table_name="quilt2_invitation", schema="registry")
    op.drop_table("quilt2_invitation", schema="registry")
    op.drop_index(op.f("ix_quilt2_instance_updated_at"), table_name="quilt2_instance", schema="registry")
    op.drop_index(
        "ix_quilt2_instance_keywords", table_name="quilt2_instance", schema="registry", postgresql_using="gin"
    )
    op.drop_table("quilt2_instance", schema="registry")
    op.drop_index(op.f("ix_quilt2_comment_package_id"), table_name="quilt2_comment", schema="registry")
    op.drop_table("quilt2_comment", schema="registry")
    op.drop_index(op.f("ix_quilt2_access_user"), table_name="quilt2_access", schema="registry")
    op.drop_table("quilt2_access", schema="registry")
    op.drop_index("uq_quilt2_package_lower", table_name="quilt2_package", schema="registry")
    op.drop_table("quilt2_package", schema="registry")
    op.drop_table("quilt2_object", schema="registry")
    op.drop_index(op.f("ix_quilt2_event_user"), table_name="quilt2_event", schema="registry")
    op.drop_index("ix_quilt2_event_package", table_name="quilt2_event", schema="registry")
    op.drop_index(op.f("ix_quilt2_event_created"), table_name="quilt2_event", schema="registry")
    op.drop_table("quilt2_event", schema="registry")
