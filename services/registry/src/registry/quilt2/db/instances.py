"""Instances of packages, and the objects in them."""

import asyncio
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.tables import InstanceRow, Quilt2ObjectRow
from registry.quilt2.errors import Quilt2PackageNotFound
from shared.db.statements import Statements

_ENTRY = 40
_FAST = 1
_SMALL = 1 << 17
"""Bytes."""

T = TypeVar("T")

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
_LINK = text("""
    INSERT INTO registry.quilt2_link (hash, package_id)
    SELECT given.hash, :package_id FROM unnest(CAST(:hashes AS bytea[])) AS given (hash) ORDER BY given.hash
    ON CONFLICT DO NOTHING
""")
_KEYWORDS = """
    setweight(to_tsvector('english', :exact), 'A') || setweight(to_tsvector('english', :words), 'B')
    || setweight(to_tsvector('english', :nodes), 'C') || setweight(to_tsvector('english', :readme), 'D')
"""


@dataclass(frozen=True, slots=True)
class ChangeStamp:
    """Who did it, and when."""

    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str

    def shown(self) -> dict[str, Any]:
        return {
            "created_at": self.created_at.timestamp(),
            "created_by": self.created_by,
            "updated_at": self.updated_at.timestamp(),
            "updated_by": self.updated_by,
        }


@dataclass(frozen=True, slots=True)
class Instance:
    """As it is stored."""

    id: int
    hash: str
    total_size: int
    readme_hash: str | None
    top_hash: str | None
    signed: ChangeStamp


@dataclass(frozen=True, slots=True)
class Installed:
    """What an install document is made of."""

    packed_contents: bytes
    packed_objects: bytes
    signed: ChangeStamp

    @property
    def contents(self) -> bytes:
        return zlib.decompress(self.packed_contents)

    def sizes(self) -> Iterator[tuple[str, int]]:
        return unpacked(self.packed_objects)


@dataclass(frozen=True, slots=True)
class Stored:
    """What S3 holds, where that is not the object itself."""

    encoding: str
    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class InstanceKeywords:
    """What an instance is found by."""

    exact: str
    words: str
    nodes: str
    readme: str


@dataclass(frozen=True, slots=True)
class NewInstance:
    hash: str
    contents: bytes
    sizes: Mapping[str, int]
    readme_hash: str | None
    top_hash: str | None
    keywords: InstanceKeywords
    by: str
    signed: ChangeStamp | None = None
    """Of one that was pushed elsewhere."""


def packed(sizes: Mapping[str, int]) -> bytes:
    return b"".join([bytes.fromhex(name) + size.to_bytes(8, "big") for name, size in sizes.items()])


def unpacked(raw: bytes) -> Iterator[tuple[str, int]]:
    for at in range(0, len(raw), _ENTRY):
        yield raw[at : at + 32].hex(), int.from_bytes(raw[at + 32 : at + _ENTRY], "big")


async def _aside(size: int, work: Callable[..., T], *arguments: Any) -> T:
    """What is large is done in a thread, so that others have their turn."""
    return work(*arguments) if size < _SMALL else await asyncio.to_thread(work, *arguments)


class InstallStore:
    """The hot path."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def find(self, owner: str, name: str, package_hash: str, readers: Collection[str]) -> Installed | None:
        found = await self._statements.fetch(_INSTALLED, owner, name, package_hash, list(readers))
        return Installed(found[0][0], found[0][1], ChangeStamp(*found[0][2:])) if found else None

    async def visible(self, hashes: Collection[str], readers: Collection[str]) -> list[tuple[str, str, int]]:
        """Owner, hash and size of those objects that are in packages which the readers may read."""
        wanted = [bytes.fromhex(each) for each in hashes]
        return [
            (row[0], row[1], row[2]) for row in await self._statements.fetch(_VISIBLE_OBJECTS, wanted, list(readers))
        ]


class InstanceStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, package: Quilt2Package, package_hash: str) -> Instance | None:
        query = select(*_COLUMNS).where(InstanceRow.package_id == package.id, InstanceRow.hash == package_hash)
        row = (await self._session.execute(query)).first()
        return instance_of(row) if row else None

    async def contents(self, instance: Instance) -> bytes:
        """Raises Quilt2PackageNotFound when it was deleted meanwhile."""
        packed_contents = await self._session.scalar(select(InstanceRow.contents).where(InstanceRow.id == instance.id))
        if packed_contents is None:
            raise Quilt2PackageNotFound("Package hash does not exist")
        return await _aside(len(packed_contents), zlib.decompress, packed_contents)

    async def sizes(self, instance: Instance) -> dict[str, int]:
        raw = await self._session.scalar(select(InstanceRow.objects).where(InstanceRow.id == instance.id)) or b""
        return await _aside(len(raw), lambda: dict(unpacked(raw)))

    async def hashes(self, package: Quilt2Package) -> list[str]:
        query = select(InstanceRow.hash).where(InstanceRow.package_id == package.id).order_by(InstanceRow.id)
        return list(await self._session.scalars(query))

    async def add_objects(self, package: Quilt2Package, sizes: Mapping[str, int]) -> dict[str, int]:
        """The package has these objects; returns their sizes, which are those first told."""
        if not sizes:
            return {}
        hashes = await _aside(len(sizes) * _ENTRY, lambda: [bytes.fromhex(each) for each in sizes])
        connection = self._session
        added: Any = await connection.execute(
            _ADD_OBJECTS, {"owner": package.owner, "hashes": hashes, "sizes": list(sizes.values())}
        )
        await connection.execute(_LINK, {"package_id": package.id, "hashes": hashes})
        if added.rowcount == len(hashes):
            return dict(sizes)
        query = select(Quilt2ObjectRow.hash, Quilt2ObjectRow.size).where(
            Quilt2ObjectRow.owner == package.owner, Quilt2ObjectRow.hash == func.any(hashes)
        )
        first = {row.hash.hex(): row.size for row in await connection.execute(query)}
        return {name: first[name] for name in sizes}

    async def readme(self, owner: str, object_hash: str | None) -> str | None:
        """The text that was kept."""
        if object_hash is None:
            return None
        query = select(Quilt2ObjectRow.preview).where(
            Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.hash == bytes.fromhex(object_hash)
        )
        found: str | None = await self._session.scalar(query)
        return found

    async def keep_readme(self, owner: str, object_hash: str, preview: str) -> None:
        await self._session.execute(
            update(Quilt2ObjectRow)
            .where(Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.hash == bytes.fromhex(object_hash))
            .values(preview=preview)
        )

    async def texts(self, owner: str, hashes: Collection[str]) -> dict[str, str]:
        """Those that were kept."""
        query = select(Quilt2ObjectRow.hash, Quilt2ObjectRow.preview).where(
            Quilt2ObjectRow.owner == owner,
            Quilt2ObjectRow.hash == func.any([bytes.fromhex(each) for each in hashes]),
            Quilt2ObjectRow.preview.is_not(None),
        )
        return {row.hash.hex(): row.preview for row in await self._session.execute(query)}

    async def stored(self, owner: str, hashes: Collection[str]) -> dict[str, Stored]:
        """Those objects that are not stored as themselves."""
        query = select(
            Quilt2ObjectRow.hash, Quilt2ObjectRow.encoding, Quilt2ObjectRow.stored_size, Quilt2ObjectRow.stored_hash
        ).where(Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.encoding.is_not(None))
        if await self._session.scalar(select(query.exists())) is not True:
            return {}
        some: Any = query.where(Quilt2ObjectRow.hash == func.any([bytes.fromhex(each) for each in hashes]))
        return {row[0].hex(): Stored(row[1], row[2], row[3].hex()) for row in await self._session.execute(some)}

    async def keep_stored(self, owner: str, object_hash: str, stored: Stored) -> None:
        await self._session.execute(
            update(Quilt2ObjectRow)
            .where(Quilt2ObjectRow.owner == owner, Quilt2ObjectRow.hash == bytes.fromhex(object_hash))
            .values(encoding=stored.encoding, stored_size=stored.size, stored_hash=bytes.fromhex(stored.hash))
        )

    async def put(self, package: Quilt2Package, new: NewInstance) -> int:
        """Add it; or what may be different under the same hash, and who has pushed it last."""
        now = datetime.now(UTC)
        signed = new.signed or ChangeStamp(now, new.by, now, new.by)
        return int(
            (
                await self._session.execute(
                    _PUT,
                    {
                        "package_id": package.id,
                        "hash": new.hash,
                        "contents": await _aside(len(new.contents), zlib.compress, new.contents, _FAST),
                        "objects": await _aside(len(new.sizes) * _ENTRY, packed, new.sizes),
                        "total_size": sum(new.sizes.values()),
                        "readme_hash": new.readme_hash,
                        "top_hash": new.top_hash,
                        "created_at": signed.created_at,
                        "created_by": signed.created_by,
                        "updated_at": signed.updated_at,
                        "updated_by": signed.updated_by,
                        "exact": new.keywords.exact,
                        "words": new.keywords.words,
                        "nodes": new.keywords.nodes,
                        "readme": new.keywords.readme,
                    },
                )
            ).scalar_one()
        )


_PUT = text(f"""
    INSERT INTO registry.quilt2_instance (package_id, hash, contents, objects, total_size, readme_hash, top_hash,
        created_at, created_by, updated_at, updated_by, keywords)
    VALUES (:package_id, :hash, :contents, :objects, :total_size, :readme_hash, :top_hash,
        :created_at, :created_by, :updated_at, :updated_by, {_KEYWORDS})
    ON CONFLICT (package_id, hash) DO UPDATE SET contents = excluded.contents, top_hash = excluded.top_hash,
        updated_at = excluded.updated_at, updated_by = excluded.updated_by, keywords = excluded.keywords
    RETURNING id
""")  # noqa: S608 – nothing of a caller's is in it

_COLUMNS = (
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
    signed = ChangeStamp(row.created_at, row.created_by, row.updated_at, row.updated_by)
    return Instance(row.id, row.hash, row.total_size, row.readme_hash, row.top_hash, signed)
