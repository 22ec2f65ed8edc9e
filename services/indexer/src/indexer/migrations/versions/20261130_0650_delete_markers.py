"""delete markers

Followers of the release before take a marker's row in the feed for an object that is gone, because they find no object there.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_0650"
down_revision = "20261130_0341"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """
    CREATE FUNCTION index.note_delete_markers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            -- An object that is there again has a row of its own in the feed; a bucket that is removed has one for all.
            INSERT INTO index.changing (kind, gone, buckets, names)
            SELECT 1, true, array_agg(old_rows.bucket), array_agg(old_rows.key)
            FROM old_rows JOIN index.bucket ON bucket.name = old_rows.bucket
            WHERE NOT EXISTS (SELECT FROM index.object WHERE object.bucket = old_rows.bucket AND object.key = old_rows.key)
            HAVING count(*) > 0;
        ELSE
            INSERT INTO index.changing (kind, gone, buckets, names)
            SELECT 1, false, array_agg(bucket), array_agg(key) FROM new_rows HAVING count(*) > 0;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION index.note_lost_delete_markers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE index.feed SET id = gen_random_uuid();
        RETURN NULL;
    END $$
    """,
)
ROWS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def upgrade() -> None:
    op.create_table(
        "delete_marker",
        sa.Column("bucket", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_delete_marker")),
        schema="index",
    )
    for function in FUNCTIONS:
        op.execute(function)
    for event, rows in ROWS.items():
        op.execute(
            f"CREATE TRIGGER note_{event} AFTER {event} ON index.delete_marker {rows} "
            "FOR EACH STATEMENT EXECUTE FUNCTION index.note_delete_markers()"
        )
    op.execute(
        "CREATE TRIGGER note_truncate AFTER TRUNCATE ON index.delete_marker "
        "FOR EACH STATEMENT EXECUTE FUNCTION index.note_lost_delete_markers()"
    )


def downgrade() -> None:
    op.drop_table("delete_marker", schema="index")
    op.execute("DROP FUNCTION index.note_delete_markers")
    op.execute("DROP FUNCTION index.note_lost_delete_markers")
