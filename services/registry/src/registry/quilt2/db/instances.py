"""Instances of packages, and the objects in them."""

import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.tables import InstanceRow, Quilt2ObjectRow
from registry.quilt2.errors import Quilt2PackageNotFound
from shared.concurrency import run_by_size
from shared.db.statements import Statements

_ENTRY_BYTES = 40
"""A packed object: 32 bytes of hash, 8 of size."""
_FAST_COMPRESSION = 1

_INSTALLED = """
    SELECT instance.contents, instance.objects, instance.created_at, instance.created_by, instance.updated_at,
        instance.updated_by
    FROM registry.quilt2_package AS package
    JOIN registry.quilt2_instance AS instance ON instance.package_id = package.id AND instance.hash = $3
    WHERE package.owner = $1 AND package.name = $2 AND EXISTS (
        SELECT FROM registry.quilt2_access WHERE package_id = package.id AND "user" = ANY($4::text[]))
"""
_VISIBLE_OBJECTS = """
    SELECT DISTINCT ON (link.hash) package.owner, encode(link.hash, 'hex'), object.size
    FROM registry.quilt2_link AS link
    JOIN registry.quilt2_package AS package ON package.id = link.package_id
    JOIN registry.quilt2_object AS object ON object.owner = package.owner AND object.hash = link.hash
    WHERE link.hash = ANY($1::bytea[]) AND EXISTS (
        SELECT FROM registry.quilt2_access WHERE package_id = package.id AND "user" = ANY($2::text[]))
    ORDER BY link.hash, package.id
"""
_ADD_OBJECTS = text("""
    INSERT INTO registry.quilt2_object (owner, hash, size)
    SELECT :owner, given.hash, given.size
    FROM unnest(CAST(:hashes AS bytea[]), CAST(:sizes AS bigint[])) AS given (hash, size) ORDER BY given.hash
    ON CONFLICT DO NOTHING
""")
_OTHER_SIZES = text("""
    SELECT given.hash, object.size
    FROM unnest(CAST(:hashes AS bytea[]), CAST(:sizes AS bigint[])) AS given (hash, size)
    JOIN registry.quilt2_object AS object ON object.owner = :owner AND object.hash = given.hash
    WHERE object.size <> given.size
""")
_LINK = text("""
    INSERT INTO registry.quilt2_link (hash, package_id)
    SELECT given.hash, :package_id FROM unnest(CAST(:hashes AS bytea[])) AS given (hash) ORDER BY given.hash
    ON CONFLICT DO NOTHING
""")
KEYWORDS_SQL = """
    setweight(to_tsvector('english', {exact}), 'A') || setweight(to_tsvector('english', {words}), 'B')
    || setweight(to_tsvector('english', {nodes}), 'C') || setweight(to_tsvector('english', {readme}), 'D')
"""
"""The search vector of an instance, from parameters with its keywords."""


@dataclass(frozen=True, slots=True)
class ChangeStamp:
    """When an instance was created and last pushed, and by whom."""

    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str

    def as_json(self) -> dict[str, Any]:
        return {
            "created_at": self.created_at.timestamp(),
            "created_by": self.created_by,
            "updated_at": self.updated_at.timestamp(),
            "updated_by": self.updated_by,
        }


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance in the database, without its contents."""

    id: int
    hash: str
    total_size: int
    readme_hash: str | None
    top_hash: str | None
    stamp: ChangeStamp


@dataclass(frozen=True, slots=True)
class Installed:
    """The parts of an install document, as the database keeps them."""

    packed_contents: bytes
    packed_objects: bytes
    stamp: ChangeStamp

    @property
    def contents(self) -> bytes:
        return zlib.decompress(self.packed_contents)

    def sizes(self) -> Iterator[tuple[str, int]]:
        return unpack_sizes(self.packed_objects)


@dataclass(frozen=True, slots=True)
class StoredForm:
    """The form in which S3 holds an object that an early client compressed."""

    encoding: str
    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class InstanceKeywords:
    """Texts that the search looks in, the most important first."""

    exact: str
    words: str
    nodes: str
    readme: str


@dataclass(frozen=True, slots=True)
class NewInstance:
    hash: str
    packed_contents: bytes
    """The tree as `pack_contents` returns it."""
    sizes: Mapping[str, int]
    readme_hash: str | None
    top_hash: str | None
    keywords: InstanceKeywords
    by: str
    stamp: ChangeStamp | None = None
    """Kept from another registry; without one, it is created now."""


def pack_contents(contents: bytes) -> bytes:
    return zlib.compress(contents, _FAST_COMPRESSION)


def pack_sizes(sizes: Mapping[str, int]) -> bytes:
    return b"".join([bytes.fromhex(name) + size.to_bytes(8, "big") for name, size in sizes.items()])


def unpack_sizes(raw: bytes) -> Iterator[tuple[str, int]]:
    for at in range(0, len(raw), _ENTRY_BYTES):
        yield raw[at : at + 32].hex(), int.from_bytes(raw[at + 32 : at + _ENTRY_BYTES], "big")


async def hashes_to_bytes(hashes: Collection[str]) -> list[bytes]:
    return await run_by_size(len(hashes) * _ENTRY_BYTES, lambda: [bytes.fromhex(each) for each in hashes])


async def pack_all_sizes(sizes: Mapping[str, int]) -> bytes:
    """Hashes and sizes as the column `objects` has them."""
    return await run_by_size(len(sizes) * _ENTRY_BYTES, pack_sizes, sizes)


class InstallStore:
    """Reads of the client's install, as prepared statements."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def find(self, owner: str, name: str, package_hash: str, readers: Collection[str]) -> Installed | None:
        found = await self._statements.fetch(_INSTALLED, owner, name, package_hash, list(readers))
        return Installed(found[0][0], found[0][1], ChangeStamp(*found[0][2:])) if found else None

    async def visible(self, hashes: Collection[str], readers: Collection[str]) -> list[tuple[str, str, int]]:
        """Owner, hash and size of each object that is in a package which one of the readers may read."""
        wanted = [bytes.fromhex(each) for each in hashes]
        return [
            (row[0], row[1], row[2]) for row in await self._statements.fetch(_VISIBLE_OBJECTS, wanted, list(readers))
        ]


class InstanceStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, package: Quilt2Package, package_hash: str) -> Instance | None:
        query = select(*INSTANCE_COLUMNS).where(InstanceRow.package_id == package.id, InstanceRow.hash == package_hash)
        row = (await self._session.execute(query)).first()
        return instance_of(row) if row else None

    async def find_all(self, package: Quilt2Package) -> dict[str, Instance]:
        """All instances of the package by hash."""
        rows = await self._session.execute(select(*INSTANCE_COLUMNS).where(InstanceRow.package_id == package.id))
        return {row.hash: instance_of(row) for row in rows}

    async def contents(self, instance: Instance) -> bytes:
        """JSON; raises Quilt2PackageNotFound when it has been deleted since it was found."""
        packed_contents = await self._session.scalar(select(InstanceRow.contents).where(InstanceRow.id == instance.id))
        if packed_contents is None:
            raise Quilt2PackageNotFound("Package hash does not exist")
        return await run_by_size(len(packed_contents), zlib.decompress, packed_contents)

    async def sizes(self, instance: Instance) -> dict[str, int]:
        raw = await self._session.scalar(select(InstanceRow.objects).where(InstanceRow.id == instance.id)) or b""
        return await run_by_size(len(raw), lambda: dict(unpack_sizes(raw)))

    async def hashes(self, package: Quilt2Package) -> list[str]:
        query = select(InstanceRow.hash).where(InstanceRow.package_id == package.id).order_by(InstanceRow.id)
        return list(await self._session.scalars(query))

    async def top_hashes(self, package: Quilt2Package) -> set[str]:
        """Top hashes of the manifests of all its instances."""
        query = select(InstanceRow.top_hash).where(InstanceRow.package_id == package.id)
        return {each for each in await self._session.scalars(query) if each}

    async def add_objects(self, package: Quilt2Package, sizes: Mapping[str, int]) -> dict[str, int]:
        """Add these objects to the package; returns the sizes of those that the database had with another size."""
        if not sizes:
            return {}
        hashes = await hashes_to_bytes(sizes)
        values = {"owner": package.owner, "hashes": hashes, "sizes": list(sizes.values())}
        added: Any = await self._session.execute(_ADD_OBJECTS, values)
        await self._session.execute(_LINK, {"package_id": package.id, "hashes": hashes})
        return {} if added.rowcount == len(sizes) else await self.other_sizes(package.owner, sizes)

    async def other_sizes(self, owner: str, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes of those of an owner's objects that the database has with another size."""
        values = {"owner": owner, "hashes": await hashes_to_bytes(sizes), "sizes": list(sizes.values())}
        return {row.hash.hex(): row.size for row in await self._session.execute(_OTHER_SIZES, values)}

    async def text(self, owner: str, object_hash: str | None) -> str | None:
        """The text of a README or of metadata, if it was kept."""
        if object_hash is None:
            return None
        query = select(Quilt2ObjectRow.preview).where(
            Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.hash == bytes.fromhex(object_hash)
        )
        found: str | None = await self._session.scalar(query)
        return found

    async def keep_text(self, owner: str, object_hash: str, text: str) -> None:
        await self._session.execute(
            update(Quilt2ObjectRow)
            .where(Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.hash == bytes.fromhex(object_hash))
            .values(preview=text)
        )

    async def keep_stored_form(self, owner: str, object_hash: str, form: StoredForm) -> None:
        await self._session.execute(
            update(Quilt2ObjectRow)
            .where(Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.hash == bytes.fromhex(object_hash))
            .values(encoding=form.encoding, stored_size=form.size, stored_hash=bytes.fromhex(form.hash))
        )

    async def put(self, package: Quilt2Package, new: NewInstance) -> int:
        """Add the instance and return its id. Of one with the same hash, replace what the hash does not cover."""
        now = datetime.now(UTC)
        stamp = new.stamp or ChangeStamp(now, new.by, now, new.by)
        return int(
            (
                await self._session.execute(
                    _PUT,
                    {
                        "package_id": package.id,
                        "hash": new.hash,
                        "contents": new.packed_contents,
                        "objects": await pack_all_sizes(new.sizes),
                        "total_size": sum(new.sizes.values()),
                        "readme_hash": new.readme_hash,
                        "top_hash": new.top_hash,
                        "created_at": stamp.created_at,
                        "created_by": stamp.created_by,
                        "updated_at": stamp.updated_at,
                        "updated_by": stamp.updated_by,
                        "exact": new.keywords.exact,
                        "words": new.keywords.words,
                        "nodes": new.keywords.nodes,
                        "readme": new.keywords.readme,
                    },
                )
            ).scalar_one()
        )


_KEYWORDS = KEYWORDS_SQL.format(exact=":exact", words=":words", nodes=":nodes", readme=":readme")
_PUT = text(f"""
    INSERT INTO registry.quilt2_instance (package_id, hash, contents, objects, total_size, readme_hash, top_hash,
        created_at, created_by, updated_at, updated_by, keywords)
    VALUES (:package_id, :hash, :contents, :objects, :total_size, :readme_hash, :top_hash,
        :created_at, :created_by, :updated_at, :updated_by, {_KEYWORDS})
    ON CONFLICT (package_id, hash) DO UPDATE SET contents = excluded.contents, top_hash = excluded.top_hash,
        updated_at = excluded.updated_at, updated_by = excluded.updated_by, keywords = excluded.keywords
    RETURNING id
""")  # noqa: S608 – nothing of a caller's is in it

INSTANCE_COLUMNS = (
    InstanceRow.id,
    InstanceRow.hash,
    InstanceRow.total_size,
    InstanceRow.readme_hash,
    InstanceRow.top_hash,
    InstanceRow.created_at,
    InstanceRow.created_by,
    InstanceRow.updated_at,
    InstanceRow.updated_by,
)


def instance_of(row: Any) -> Instance:
    stamp = ChangeStamp(row.created_at, row.created_by, row.updated_at, row.updated_by)
    return Instance(row.id, row.hash, row.total_size, row.readme_hash, row.top_hash, stamp)
