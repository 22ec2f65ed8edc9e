"""All rows of a push, in one statement: a statement for each table took most of the registry's processor time for a small push."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from registry.quilt2.db.instances import KEYWORDS_SQL, InstanceStore, NewInstance, hashes_to_bytes, pack_all_sizes
from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.errors import WriteConflict
from registry.quilt2.events import Event
from shared.db.engine import AsyncSession
from shared.db.statements import TransactionStatements

_KEYWORDS = KEYWORDS_SQL.format(exact="$13::text", words="$14::text", nodes="$15::text", readme="$16::text")
_ADD = f"""
    WITH package AS (
        UPDATE registry.quilt2_package SET owner = owner WHERE id = $1 AND xmin::text::bigint = $2 RETURNING id, owner
    ), given AS (
        SELECT hash, size FROM unnest($3::bytea[], $4::bigint[]) AS given (hash, size)
    ), known AS (
        SELECT count(*) AS objects FROM package JOIN registry.quilt2_object AS object ON object.owner = package.owner
        JOIN given ON given.hash = object.hash AND given.size = object.size
    ), reader AS (
        INSERT INTO registry.quilt2_access (package_id, "user")
        SELECT package.id, reader FROM package, unnest($5::text[]) AS reader ON CONFLICT DO NOTHING
    ), object AS (
        INSERT INTO registry.quilt2_object (owner, hash, size)
        SELECT package.owner, given.hash, given.size FROM package, given ORDER BY given.hash
        ON CONFLICT DO NOTHING RETURNING hash
    ), link AS (
        INSERT INTO registry.quilt2_link (hash, package_id)
        SELECT given.hash, package.id FROM package, given ORDER BY given.hash ON CONFLICT DO NOTHING
    ), instance AS (
        INSERT INTO registry.quilt2_instance (package_id, hash, contents, objects, total_size, readme_hash, top_hash,
            created_at, created_by, updated_at, updated_by, keywords)
        SELECT package.id, $6::text, $7::bytea, $8::bytea, $9::bigint, $10::text, $11::text, $12::timestamptz, $17::text,
            $12::timestamptz, $17::text, {_KEYWORDS}
        FROM package
        ON CONFLICT (package_id, hash) DO UPDATE SET contents = excluded.contents, top_hash = excluded.top_hash,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by, keywords = excluded.keywords
        RETURNING id
    ), entry AS (
        INSERT INTO registry.quilt2_log (package_id, instance_id, created, author)
        SELECT package.id, instance.id, $12::timestamptz, $18::text FROM package, instance
    ), event AS (
        INSERT INTO registry.quilt2_event (kind, owner, name, "user", hash, extra, created)
        SELECT $19::text, $20::text, $21::text, $22::text, $6::text, $23::jsonb, $12::timestamptz FROM package
    ), tag AS (
        INSERT INTO registry.quilt2_tag (package_id, tag, instance_id)
        SELECT package.id, tag, instance.id FROM package, instance, unnest($24::text[]) AS tag
        ON CONFLICT (package_id, tag) DO UPDATE SET instance_id = excluded.instance_id
    )
    SELECT (SELECT objects FROM known) + (SELECT count(*) FROM object) FROM instance
"""  # noqa: S608 – nothing of a caller's is in it


@dataclass(frozen=True, slots=True)
class PushRows:
    """Rows of a push, beside the texts that its README and metadata have."""

    new: NewInstance
    readers: Collection[str]
    """Readers of a package that is new."""
    author: str
    """Author of the entry in the log."""
    event: Event
    tags: Collection[str]
    """Tags that are moved to the instance."""


async def add_push(session: AsyncSession, package: Quilt2Package, rows: PushRows) -> None:
    """Lock the package until the end of the transaction, give it another version, and add the rows.

    Raises WriteConflict when the package has changed since it was read, or when an object has another size: another writer was
    faster, and the manifest must be written again.
    """
    new, event, now = rows.new, rows.event, datetime.now(UTC)
    found = await TransactionStatements(session).fetch(
        _ADD,
        package.id,
        package.version,
        await hashes_to_bytes(new.sizes),
        list(new.sizes.values()),
        sorted(rows.readers),
        new.hash,
        new.packed_contents,
        await pack_all_sizes(new.sizes),
        sum(new.sizes.values()),
        new.readme_hash,
        new.top_hash,
        now,
        new.keywords.exact,
        new.keywords.words,
        new.keywords.nodes,
        new.keywords.readme,
        new.by,
        rows.author,
        event.kind,
        event.owner,
        event.name,
        event.user,
        orjson.dumps(event.extra).decode() if event.extra is not None else None,
        list(rows.tags),
    )
    if not found:
        raise WriteConflict
    # Objects that another writer has added since this statement began are neither known nor new.
    if found[0][0] < len(new.sizes) and await InstanceStore(session).other_sizes(package.owner, new.sizes):
        raise WriteConflict
