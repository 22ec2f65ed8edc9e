"""search vectors may be null

The search in Postgres stays for one version as a fallback. Indexers that are not set to serve it write no vectors.
"""

from alembic import op
from sqlalchemy import text

revision = "20261129_2230"
down_revision = "20261129_2150"
branch_labels = None
depends_on = None

# As indexer.db.vectors makes them.
FUNCTIONS = (
    r"""
CREATE FUNCTION index.words(content text, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT setweight(to_tsvector('simple', regexp_replace(content, '[^[:alnum:]]+', ' ', 'g')), weight)
$$
""",
    r"""
CREATE FUNCTION index.name_parts(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(string_agg('''' || replace(replace(part, '\', '\\'), '''', '''''') || '''\:1A', ' '), '')::tsvector
    FROM (SELECT DISTINCT lower(part) AS part FROM unnest(string_to_array(name, '/')) AS part) AS parts
    WHERE part <> '' AND octet_length(part) <= 2046
$$
""",
    r"""
CREATE FUNCTION index.user_meta(header text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce(header::jsonb ->> 'user_meta', '{}');
EXCEPTION WHEN others THEN
    RETURN '{}';  -- Python's NaN is not JSON
END $$
""",
    # The registry, whose command this is, may only read the schema. It calls the function with the key that it returned before.
    r"""
CREATE FUNCTION index.fill_search_vectors(
    INOUT after_bucket text, INOUT after_key text, most bigint, OUT filled bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
BEGIN
    UPDATE index.package SET search = index.words(package.name, 'A') || index.name_parts(package.name)
            || index.words(coalesce(manifest.message, ''), 'B')
            || index.words(left(index.user_meta(coalesce(manifest.header, '{}')), 65536), 'C')
            || index.words(package.readme, 'D')
        FROM index.package AS same
        LEFT JOIN index.manifest ON manifest.bucket = same.bucket AND manifest.top_hash = same.top_hash
        WHERE package.search IS NULL AND (package.bucket, package.name) = (same.bucket, same.name);
    WITH page AS MATERIALIZED (
        SELECT bucket, key, search IS NULL AS is_null FROM index.object
        WHERE (bucket, key) > (after_bucket COLLATE "C", after_key COLLATE "C") ORDER BY bucket, key LIMIT most
    ), filling AS (
        UPDATE index.object SET search = index.words(object.key, 'A') || index.name_parts(object.key)
                || index.words(object.extension, 'B')
                || index.words((
                    SELECT coalesce(string_agg(item.key || ' ' || item.value, ' '), '')
                    FROM jsonb_each_text(object.meta) AS item
                ), 'C')
                || index.words(left(object.text, 65536), 'D')
            FROM page WHERE page.is_null AND (object.bucket, object.key) = (page.bucket, page.key)
            RETURNING 1
    )
    SELECT (SELECT count(*) FROM filling) AS filled, page.bucket, page.key INTO last
    FROM page ORDER BY page.bucket DESC, page.key DESC LIMIT 1;
    after_bucket := last.bucket;
    after_key := last.key;
    filled := coalesce(last.filled, 0);
END $$
""",
    "REVOKE EXECUTE ON FUNCTION index.fill_search_vectors FROM PUBLIC",
    """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'patchwork_registry') THEN
        GRANT EXECUTE ON FUNCTION index.fill_search_vectors TO patchwork_registry;
    END IF;
END $$
""",
)
INDEXES = {
    "ix_object_search": "index.object USING gin (search)",
    "ix_object_key_trgm": "index.object USING gin (key gin_trgm_ops)",
    "ix_package_search": "index.package USING gin (search)",
}


def upgrade() -> None:
    for table in ("object", "package"):
        op.alter_column(table, "search", nullable=True, schema="index")
    for function in FUNCTIONS:
        op.execute(function)
    # Registries of the version before still search with them. The indexer drops them a day later.
    if not op.get_bind().scalar(text("SELECT EXISTS (SELECT FROM index.object) OR EXISTS (SELECT FROM index.package)")):
        for index in INDEXES:
            op.execute(f"DROP INDEX index.{index}")


def downgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
    for name in ("fill_search_vectors", "user_meta", "name_parts", "words"):
        op.execute(f"DROP FUNCTION index.{name}")
    for table in ("object", "package"):
        op.execute(f"UPDATE index.{table} SET search = '' WHERE search IS NULL")  # noqa: S608 – made of constants
        op.alter_column(table, "search", nullable=False, schema="index")
