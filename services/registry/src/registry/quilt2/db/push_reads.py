"""Reads of a push, as prepared statements without a transaction: a push that read something outdated begins again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from registry.quilt2.db.instances import StoredForm, hashes_to_bytes
from registry.quilt2.db.packages import Quilt2Package
from shared.db.statements import Statements

_PACKAGE = """
    SELECT package.id, package.owner, package.name, package.xmin::text::bigint,
        ARRAY(SELECT "user" FROM registry.quilt2_access WHERE package_id = package.id)
    FROM registry.quilt2_package AS package
    WHERE lower(package.owner) = lower($1) AND lower(package.name) = lower($2)
"""
_DIFFERING_OBJECTS = """
    SELECT given.hash, object.size, object.size <> given.size, object.encoding, object.stored_size, object.stored_hash
    FROM unnest($2::bytea[], $3::bigint[]) AS given (hash, size)
    JOIN registry.quilt2_object AS object ON object.owner = $1 AND object.hash = given.hash
    WHERE object.size <> given.size OR object.encoding IS NOT NULL
"""
_TEXTS = """
    SELECT hash, preview FROM registry.quilt2_object WHERE owner = $1 AND hash = ANY($2::bytea[]) AND preview IS NOT NULL
"""
_UNLINKED = """
    SELECT given.hash, object.hash IS NOT NULL
    FROM unnest($3::bytea[]) AS given (hash)
    LEFT JOIN registry.quilt2_object AS object ON object.owner = $1 AND object.hash = given.hash
    WHERE NOT EXISTS (SELECT FROM registry.quilt2_link WHERE hash = given.hash AND package_id = $2)
"""


@dataclass(frozen=True, slots=True)
class DifferingObjects:
    """An owner's objects that the database describes otherwise than a push does, by hash."""

    sizes: Mapping[str, int]
    """Sizes in the database."""
    stored: Mapping[str, StoredForm]
    """Objects that S3 holds in another form."""


class PushReadStore:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def find_package(self, owner: str, name: str) -> Quilt2Package | None:
        """The package with all its readers, or one whose name differs in upper and lower case only."""
        found = await self._statements.fetch(_PACKAGE, owner, name)
        if not found:
            return None
        package_id, found_owner, found_name, version, users = found[0]
        return Quilt2Package(package_id, found_owner, found_name, frozenset(users), version)

    async def differing_objects(self, owner: str, sizes: Mapping[str, int]) -> DifferingObjects:
        hashes = await hashes_to_bytes(sizes)
        rows = await self._statements.fetch(_DIFFERING_OBJECTS, owner, hashes, list(sizes.values()))
        return DifferingObjects(
            {row[0].hex(): row[1] for row in rows if row[2]},
            {row[0].hex(): StoredForm(row[3], row[4], row[5].hex()) for row in rows if row[3] is not None},
        )

    async def texts(self, owner: str, hashes: Collection[str]) -> dict[str, str]:
        """The kept texts of READMEs and metadata, by hash."""
        if not hashes:
            return {}
        rows = await self._statements.fetch(_TEXTS, owner, await hashes_to_bytes(hashes))
        return {row[0].hex(): row[1] for row in rows}

    async def unlinked(self, package: Quilt2Package, hashes: Collection[str]) -> dict[str, bool]:
        """Hashes that no instance of the package has; true if the owner has pushed the object in another package."""
        wanted = await hashes_to_bytes(hashes)
        rows = await self._statements.fetch(_UNLINKED, package.owner, package.id, wanted)
        return {row[0].hex(): row[1] for row in rows}
