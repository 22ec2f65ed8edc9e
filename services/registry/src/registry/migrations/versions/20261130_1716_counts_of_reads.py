"""counts of reads

Sums by bucket and of the events of Quilt 2 begin with what was counted before. Tasks of the release before go on writing events, so
a trigger adds them up.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_1716"
down_revision = "20261130_1401"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION registry.count_quilt2_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO registry.quilt2_event_week AS known (owner, name, kind, week, count, latest)
    SELECT owner, name, kind, date_trunc('week', created AT TIME ZONE 'UTC')::date, count(*), max(created)
    FROM new_rows GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (owner, name, kind, week) DO UPDATE
        SET count = known.count + excluded.count, latest = greatest(known.latest, excluded.latest);
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER count_quilt2_events AFTER INSERT ON registry.quilt2_event
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION registry.count_quilt2_events()
"""
EARLIER_EVENTS = """
INSERT INTO registry.quilt2_event_week (owner, name, kind, week, count, latest)
SELECT owner, name, kind, date_trunc('week', created AT TIME ZONE 'UTC')::date, count(*), max(created)
FROM registry.quilt2_event GROUP BY 1, 2, 3, 4
"""
EARLIER_USES = """
INSERT INTO registry.bucket_use (bucket, kind, week, count)
SELECT bucket, kind, week, sum(count) FROM registry.package_use GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    c = sa.Text(collation="C")
    op.create_table(
        "bucket_use",
        sa.Column("bucket", c, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "kind", "week", name=op.f("pk_bucket_use")),
        schema="registry",
    )
    op.create_index(op.f("ix_bucket_use_week"), "bucket_use", ["week"], unique=False, schema="registry")
    op.create_table(
        "object_read",
        sa.Column("bucket", c, nullable=False),
        sa.Column("key", c, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", "day", name=op.f("pk_object_read")),
        schema="registry",
    )
    op.create_index(op.f("ix_object_read_day"), "object_read", ["day"], unique=False, schema="registry")
    op.create_table(
        "extension_read",
        sa.Column("bucket", c, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("extension", c, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "day", "extension", name=op.f("pk_extension_read")),
        schema="registry",
    )
    op.create_index(op.f("ix_extension_read_day"), "extension_read", ["day"], unique=False, schema="registry")
    op.create_table(
        "manifest_read",
        sa.Column("bucket", c, nullable=False),
        sa.Column("package", c, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("top_hash", c, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "package", "day", "top_hash", name=op.f("pk_manifest_read")),
        schema="registry",
    )
    op.create_index(op.f("ix_manifest_read_day"), "manifest_read", ["day"], unique=False, schema="registry")
    op.create_table(
        "log_location",
        sa.Column("url", c, nullable=False),
        sa.Column("position", c, nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_log_location")),
        schema="registry",
    )
    op.create_table(
        "log_file",
        sa.Column("location", c, nullable=False),
        sa.Column("key", c, nullable=False),
        sa.ForeignKeyConstraint(
            ["location"], ["registry.log_location.url"], name=op.f("fk_log_file_location"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("location", "key", name=op.f("pk_log_file")),
        schema="registry",
    )
    op.create_table(
        "quilt2_event_week",
        sa.Column("owner", c, nullable=False),
        sa.Column("name", c, nullable=False),
        sa.Column("kind", c, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "name", "kind", "week", name=op.f("pk_quilt2_event_week")),
        schema="registry",
    )
    op.execute(FUNCTION)
    op.execute(TRIGGER)  # events wait from here on until this is committed
    op.execute(EARLIER_EVENTS)
    op.execute(EARLIER_USES)


def downgrade() -> None:
    op.execute("DROP TRIGGER count_quilt2_events ON registry.quilt2_event")
    op.execute("DROP FUNCTION registry.count_quilt2_events()")
    for table in (
        "quilt2_event_week",
        "log_file",
        "log_location",
        "manifest_read",
        "extension_read",
        "object_read",
        "bucket_use",
    ):
        op.drop_table(table, schema="registry")
