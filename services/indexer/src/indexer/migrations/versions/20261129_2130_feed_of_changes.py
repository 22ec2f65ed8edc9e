"""feed of changes

Indexers of the release before go on writing while this runs, and after it. They know nothing of the feed, so triggers write it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

revision = "20261129_2130"
down_revision = "20261129_2000"
branch_labels = None
depends_on = None

BATCH_ROWS = 10_000

# Statements note what they changed in `changing`. Its deferred trigger gives positions when the transaction commits: the lock that
# keeps positions in the order of commits is the last one that a transaction takes, and nobody holds it while waiting for S3.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION index.write_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(-6479307240477509694);
    IF NEW.kind IN (0, 1) THEN
        INSERT INTO index.change AS known (kind, bucket, name, position, gone, changed_at)
        SELECT NEW.kind, bucket, name, nextval('index.change_position'), NEW.gone, clock_timestamp()
        FROM (SELECT DISTINCT bucket, name FROM unnest(NEW.buckets, NEW.names) AS noted (bucket, name)) AS noted
        ON CONFLICT (kind, bucket, name) DO UPDATE
            SET position = excluded.position, gone = excluded.gone, changed_at = excluded.changed_at;
    ELSIF NEW.kind = 2 THEN
        -- Both layouts of the registry may have a push with this tag.
        INSERT INTO index.change AS known (kind, bucket, name, position, gone, changed_at)
        SELECT 2, bucket, name, nextval('index.change_position'), NOT EXISTS (
            SELECT FROM index.pointer
            WHERE pointer.bucket = noted.bucket AND pointer.name = substring(noted.name FROM '^(.*)/')
                AND pointer.tag = substring(noted.name FROM '[^/]*$')
        ), clock_timestamp()
        FROM (SELECT DISTINCT bucket, name FROM unnest(NEW.buckets, NEW.names) AS noted (bucket, name)) AS noted
        ON CONFLICT (kind, bucket, name) DO UPDATE
            SET position = excluded.position, gone = excluded.gone, changed_at = excluded.changed_at;
    ELSIF NEW.kind = -1 THEN
        INSERT INTO index.change AS known (kind, bucket, name, position, gone, changed_at)
        SELECT -1, bucket, '', nextval('index.change_position'), true, clock_timestamp()
        FROM unnest(NEW.buckets) AS bucket
        ON CONFLICT (kind, bucket, name) DO UPDATE
            SET position = excluded.position, gone = excluded.gone, changed_at = excluded.changed_at;
    ELSE
        -- Manifests: the packages and pushes that have them. The lock is held, so all pointers that have a position are seen.
        INSERT INTO index.change AS known (kind, bucket, name, position, gone, changed_at)
        SELECT kind, bucket, name, nextval('index.change_position'), false, clock_timestamp()
        FROM (
            WITH pointing AS (
                SELECT pointer.bucket, pointer.name, pointer.tag, pointer.top_hash
                FROM unnest(NEW.buckets, NEW.names) AS noted (bucket, top_hash)
                JOIN index.pointer ON pointer.bucket = noted.bucket AND pointer.top_hash = noted.top_hash
            )
            SELECT 2 AS kind, bucket, name || '/' || tag AS name FROM pointing WHERE tag <> 'latest'
            UNION
            SELECT 0, bucket, name FROM pointing JOIN index.package USING (bucket, name, top_hash)
        ) AS noted
        ON CONFLICT (kind, bucket, name) DO UPDATE
            SET position = excluded.position, gone = excluded.gone, changed_at = excluded.changed_at;
    END IF;
    DELETE FROM index.changing WHERE id = NEW.id;
    RETURN NULL;
END $$;

-- One row for many documents, so that a commit handles them together.
CREATE OR REPLACE FUNCTION index.note_objects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 1, false, array_agg(bucket), array_agg(key)
        FROM (SELECT bucket, key, (row_number() OVER () - 1) / 10000 AS part FROM new_rows) AS noted GROUP BY part;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 1, false, array_agg(bucket), array_agg(key)
        FROM (
            SELECT bucket, key, (row_number() OVER () - 1) / 10000 AS part
            FROM new_rows AS latter JOIN old_rows AS former USING (bucket, key)
            WHERE latter.etag <> former.etag OR latter.modified <> former.modified OR latter.size <> former.size
                OR latter.version_id IS DISTINCT FROM former.version_id OR latter.extension <> former.extension
                OR latter.meta <> former.meta OR latter.text <> former.text
        ) AS noted GROUP BY part;
    ELSE
        -- A bucket that is removed has one row in the feed.
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 1, true, array_agg(bucket), array_agg(key)
        FROM (
            SELECT bucket, key, (row_number() OVER () - 1) / 10000 AS part
            FROM old_rows JOIN index.bucket ON bucket.name = old_rows.bucket
        ) AS noted GROUP BY part;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION index.note_packages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 0, false, array_agg(bucket), array_agg(name) FROM new_rows HAVING count(*) > 0;
        -- Pushes show the README of the package while it is theirs.
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 2, false, array_agg(bucket), array_agg(name || '/' || tag)
        FROM new_rows JOIN index.pointer USING (bucket, name, top_hash) WHERE tag <> 'latest' HAVING count(*) > 0;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 0, false, array_agg(bucket), array_agg(name)
        FROM new_rows AS latter JOIN old_rows AS former USING (bucket, name)
        WHERE latter.top_hash <> former.top_hash OR latter.modified <> former.modified OR latter.revisions <> former.revisions
            OR latter.readme <> former.readme
        HAVING count(*) > 0;
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 2, false, array_agg(bucket), array_agg(name || '/' || tag)
        FROM new_rows AS latter JOIN old_rows AS former USING (bucket, name) JOIN index.pointer USING (bucket, name)
        WHERE (latter.top_hash <> former.top_hash OR latter.readme <> former.readme)
            AND pointer.top_hash IN (latter.top_hash, former.top_hash) AND tag <> 'latest'
        HAVING count(*) > 0;
    ELSE
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 0, true, array_agg(old_rows.bucket), array_agg(old_rows.name)
        FROM old_rows JOIN index.bucket ON bucket.name = old_rows.bucket HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION index.note_pointers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 2, true, array_agg(old_rows.bucket), array_agg(old_rows.name || '/' || tag)
        FROM old_rows JOIN index.bucket ON bucket.name = old_rows.bucket WHERE tag <> 'latest' HAVING count(*) > 0;
    ELSE
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT 2, false, array_agg(bucket), array_agg(name || '/' || tag)
        FROM new_rows WHERE tag <> 'latest' HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION index.note_manifests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT -2, false, array_agg(bucket), array_agg(top_hash) FROM new_rows HAVING count(*) > 0;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT -2, false, array_agg(bucket), array_agg(top_hash)
        FROM new_rows AS latter JOIN old_rows AS former USING (bucket, top_hash)
        WHERE latter.state <> former.state OR latter.root IS DISTINCT FROM former.root OR latter.header <> former.header
            OR latter.message IS DISTINCT FROM former.message
            OR latter.total_entries <> former.total_entries OR latter.total_bytes <> former.total_bytes
        HAVING count(*) > 0;
    ELSE
        INSERT INTO index.changing (kind, gone, buckets, names)
        SELECT -2, false, array_agg(old_rows.bucket), array_agg(top_hash)
        FROM old_rows JOIN index.bucket ON bucket.name = old_rows.bucket HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION index.note_buckets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO index.changing (kind, gone, buckets, names)
    SELECT -1, true, array_agg(name), '{}' FROM old_rows HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- Nobody can say which documents a table had that is emptied at once, so followers start again.
CREATE OR REPLACE FUNCTION index.note_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE index.feed SET id = gen_random_uuid();
    DELETE FROM index.change WHERE kind = CASE TG_TABLE_NAME WHEN 'package' THEN 0 WHEN 'object' THEN 1 ELSE 2 END;
    RETURN NULL;
END $$;

-- The registry, which has the snapshots, may only read this schema. It calls this function with the position of the oldest one.
CREATE OR REPLACE FUNCTION index.purge_changes(passed bigint, before timestamptz, most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
    last bigint;
BEGIN
    -- Rows of documents of removed buckets.
    DELETE FROM index.change WHERE ctid = ANY (ARRAY(
        SELECT document.ctid
        FROM index.change AS removal
        JOIN index.change AS document ON document.kind IN (0, 1, 2) AND document.bucket = removal.bucket
            AND document.position < removal.position
        WHERE removal.kind = -1
        LIMIT most FOR UPDATE OF document SKIP LOCKED
    ));
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed > 0 THEN
        RETURN removed;
    END IF;
    -- The newest row stays, because it is the head of the feed.
    WITH ended AS (
        SELECT kind, bucket, name FROM index.change
        WHERE gone AND position <= passed AND changed_at < before
            AND position < (SELECT max(position) FROM index.change)
        ORDER BY position LIMIT most FOR UPDATE SKIP LOCKED
    ), purged AS (
        DELETE FROM index.change USING ended
        WHERE (change.kind, change.bucket, change.name) = (ended.kind, ended.bucket, ended.name)
        RETURNING change.position
    )
    SELECT count(*), max(position) INTO removed, last FROM purged;
    UPDATE index.feed SET purged_to = last WHERE purged_to < last;
    RETURN removed;
END $$;
REVOKE EXECUTE ON FUNCTION index.purge_changes FROM PUBLIC;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'patchwork_registry') THEN
        GRANT EXECUTE ON FUNCTION index.purge_changes TO patchwork_registry;
    END IF;
END $$;
"""

NOTES = {"object": "note_objects", "package": "note_packages", "manifest": "note_manifests", "pointer": "note_pointers"}
TRUNCATED = ("object", "package", "pointer")
ROWS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def upgrade() -> None:
    # It may be repeated: each step is committed, because writers wait while a transaction that has made a trigger is open.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.create_table(
            "change",
            sa.Column("kind", sa.SmallInteger(), nullable=False),
            sa.Column("bucket", sa.Text(collation="C"), nullable=False),
            sa.Column("name", sa.Text(collation="C"), nullable=False),
            sa.Column("position", sa.BigInteger(), nullable=False),
            sa.Column("gone", sa.Boolean(), nullable=False),
            sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("kind", "bucket", "name", name=op.f("pk_change")),
            schema="index",
            if_not_exists=True,
        )
        op.create_index("ix_change_position", "change", ["position"], unique=True, schema="index", if_not_exists=True)
        op.create_index(
            "ix_change_gone",
            "change",
            ["position"],
            unique=False,
            schema="index",
            postgresql_where=sa.text("gone"),
            if_not_exists=True,
        )
        # Rows in it end with their transaction, so they need not survive a crash.
        op.create_table(
            "changing",
            sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
            sa.Column("kind", sa.SmallInteger(), nullable=False),
            sa.Column("gone", sa.Boolean(), nullable=False),
            sa.Column("buckets", sa.ARRAY(sa.Text()), nullable=False),
            sa.Column("names", sa.ARRAY(sa.Text()), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_changing")),
            schema="index",
            prefixes=["UNLOGGED"],
            if_not_exists=True,
        )
        op.create_table(
            "feed",
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("purged_to", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
            schema="index",
            if_not_exists=True,
        )
        op.execute("INSERT INTO index.feed SELECT gen_random_uuid(), 0 WHERE NOT EXISTS (SELECT FROM index.feed)")
        op.execute("CREATE SEQUENCE IF NOT EXISTS index.change_position")
        for function in _statements(FUNCTIONS):
            op.execute(function)
        op.execute("DROP TRIGGER IF EXISTS write_changes ON index.changing")
        op.execute(
            "CREATE CONSTRAINT TRIGGER write_changes AFTER INSERT ON index.changing "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION index.write_changes()"
        )
        for table, function in NOTES.items():
            for event, rows in ROWS.items():
                _create_trigger(table, event, rows, function)
        _create_trigger("bucket", "delete", ROWS["delete"], "note_buckets")
        for table in TRUNCATED:
            _create_trigger(table, "truncate", "", "note_truncation")
        _add_present_documents()


def _statements(script: str) -> list[str]:
    """Functions and blocks end with `$$;`, other statements with a semicolon; one statement is sent at a time."""
    found: list[str] = []
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        inside = "\n".join(lines).count("$$") % 2
        if line.rstrip().endswith(";") and not inside:
            found.append("\n".join(lines))
            lines = []
    return found


def _create_trigger(table: str, event: str, rows: str, function: str) -> None:
    op.execute(f"DROP TRIGGER IF EXISTS note_{event} ON index.{table}")
    op.execute(
        f"CREATE TRIGGER note_{event} AFTER {event} ON index.{table} {rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION index.{function}()"
    )


def _add_present_documents() -> None:
    """In batches, so that writers do not wait for long. What they have changed since the triggers exist is there already.

    The time says that these changes are old: a follower that has read some of them is far behind.
    """
    connection = op.get_bind()
    for kind, table, key in ((0, "package", "name"), (1, "object", "key")):
        after = {"bucket": "", "name": ""}
        statement = text(f"""
            WITH page AS MATERIALIZED (
                SELECT bucket, {key} AS name FROM index.{table} WHERE (bucket, {key}) > (:bucket, :name)
                ORDER BY bucket, {key} LIMIT {BATCH_ROWS}
            ), added AS (
                INSERT INTO index.change (kind, bucket, name, position, gone, changed_at)
                SELECT {kind}, bucket, name, nextval('index.change_position'), false, 'epoch' FROM page
                ON CONFLICT DO NOTHING
            )
            SELECT bucket, name FROM page ORDER BY bucket DESC, name DESC LIMIT 1
        """)  # noqa: S608 – made of constants
        while last := connection.execute(statement, after).one_or_none():
            after = {"bucket": last.bucket, "name": last.name}
    connection.execute(
        text("""
            INSERT INTO index.change (kind, bucket, name, position, gone, changed_at)
            SELECT 2, bucket, name || '/' || tag, nextval('index.change_position'), false, 'epoch'
            FROM (SELECT DISTINCT bucket, name, tag FROM index.pointer WHERE tag <> 'latest') AS push
            ON CONFLICT DO NOTHING
        """)
    )


def downgrade() -> None:
    for table in NOTES:
        for event in ROWS:
            op.execute(f"DROP TRIGGER note_{event} ON index.{table}")
    op.execute("DROP TRIGGER note_delete ON index.bucket")
    for table in TRUNCATED:
        op.execute(f"DROP TRIGGER note_truncate ON index.{table}")
    op.drop_table("feed", schema="index")
    op.drop_table("changing", schema="index")
    op.drop_table("change", schema="index")
    op.execute("DROP SEQUENCE index.change_position")
    for function in ("write_changes", "note_objects", "note_packages", "note_pointers", "note_manifests"):
        op.execute(f"DROP FUNCTION index.{function}")
    op.execute("DROP FUNCTION index.note_buckets")
    op.execute("DROP FUNCTION index.note_truncation")
    op.execute("DROP FUNCTION index.purge_changes")
