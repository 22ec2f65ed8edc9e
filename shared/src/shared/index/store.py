"""Reading the index. The registry's login role may do no more, and the indexer reads through this, too."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Conflict
from shared.index.queries import words
from shared.index.records import (
    ManifestRecord,
    ObjectHit,
    ObjectRecord,
    PackageHit,
    PackageRecord,
    RevisionRecord,
)
from shared.index.tables import ManifestRow, ManifestState, NodeRow, ObjectRow, PackageRow, PointerRow
from shared.index.trees import TreeReader

LATEST = "latest"
SHORTEST_HASH = 6


class AmbiguousHash(Conflict):
    """Several revisions of the package start like that."""

    slug = "ambiguous_hash"


class IndexStore:
    """One session's view of the index. Callers decide who may see which bucket."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.trees = TreeReader(self.nodes)

    async def packages(
        self, bucket: str, *, prefix: str = "", containing: str = "", after: str | None = None, limit: int
    ) -> tuple[list[PackageRecord], bool]:
        """Packages by name, after the name `after`, and whether there are more.

        `prefix` is of the name; `containing` is any part of it, in any case.
        """
        query = _packages().where(PackageRow.bucket == bucket).order_by(PackageRow.name).limit(limit + 1)
        if prefix:
            query = query.where(PackageRow.name.startswith(prefix, autoescape=True))
        if containing:
            query = query.where(PackageRow.name.icontains(containing, autoescape=True))
        if after is not None:
            query = query.where(PackageRow.name > after)
        found = (await self._session.execute(query)).all()
        return [_package(row, manifest) for row, manifest in found[:limit]], len(found) > limit

    async def package(self, bucket: str, name: str) -> PackageRecord | None:
        query = _packages().where(PackageRow.bucket == bucket, PackageRow.name == name)
        found = (await self._session.execute(query)).one_or_none()
        return _package(*found) if found else None

    async def revisions(
        self, bucket: str, name: str, *, after: str | None = None, limit: int
    ) -> tuple[list[RevisionRecord], bool]:
        """Pushes of a package, newest first, older than the one tagged `after`, and whether there are more."""
        age = tuple_(func.length(PointerRow.tag), PointerRow.tag)
        query = (
            select(PointerRow, ManifestRow)
            .outerjoin(ManifestRow, _manifest_of(PointerRow))
            .where(PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag != LATEST)
            .order_by(func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(age < tuple_(len(after), after))
        found = (await self._session.execute(query)).all()
        return [_revision(row, manifest) for row, manifest in found[:limit]], len(found) > limit

    async def resolve(self, bucket: str, name: str, reference: str) -> str | None:
        """Top hash of the revision that `latest`, a tag, a top hash or at least 6 digits of it mean in a package.

        Raises AmbiguousHash.
        """
        mine = select(PointerRow.top_hash).where(PointerRow.bucket == bucket, PointerRow.name == name)
        tagged = await self._session.scalar(mine.where(PointerRow.tag == reference, PointerRow.top_hash != ""))
        if tagged or len(reference) < SHORTEST_HASH:
            return tagged
        query = mine.where(PointerRow.top_hash.startswith(reference, autoescape=True)).distinct().limit(2)
        found = (await self._session.scalars(query)).all()
        if len(found) > 1:
            raise AmbiguousHash(f"Several revisions of {name} start with {reference}; give more digits")
        return found[0] if found else None

    async def manifest(self, bucket: str, top_hash: str) -> ManifestRecord | None:
        query = select(ManifestRow).where(ManifestRow.bucket == bucket, ManifestRow.top_hash == top_hash)
        found = await self._session.scalar(query)
        return _manifest(bucket, top_hash, found) if found else None

    async def object(self, bucket: str, key: str) -> ObjectRecord | None:
        query = select(ObjectRow).where(ObjectRow.bucket == bucket, ObjectRow.key == key)
        found = await self._session.scalar(query)
        return _object(found) if found else None

    async def nodes(self, wanted: Sequence[bytes]) -> dict[bytes, bytes]:
        query = select(NodeRow.storage, NodeRow.body).where(NodeRow.storage.in_(wanted))
        return dict((await self._session.execute(query)).tuples().all())

    async def search_packages(
        self, query: str, *, buckets: Collection[str] | None, limit: int, offset: int = 0
    ) -> list[PackageHit]:
        """Packages whose name, message, metadata or README have all the words, best first; None is every bucket."""
        wanted = func.to_tsquery("simple", words(query))
        score = func.ts_rank(PackageRow.search, wanted)
        statement = (
            _packages()
            .add_columns(score)
            .where(*_among(PackageRow.bucket, buckets))
            .order_by(score.desc(), PackageRow.modified.desc(), PackageRow.bucket, PackageRow.name)
            .limit(limit)
            .offset(offset)
        )
        if query.strip() not in {"", "*"}:
            statement = statement.where(PackageRow.search.bool_op("@@")(wanted))
        found = await self._session.execute(statement)
        return [PackageHit(_package(row, manifest), rank) for row, manifest, rank in found]

    async def search_objects(
        self, query: str, *, buckets: Collection[str] | None, limit: int, offset: int = 0
    ) -> list[ObjectHit]:
        """Objects whose key, metadata or text have all the words, best first; None is every bucket."""
        wanted = func.to_tsquery("simple", words(query))
        score = func.ts_rank(ObjectRow.search, wanted)
        statement = (
            select(ObjectRow, score)
            .where(*_among(ObjectRow.bucket, buckets))
            .order_by(score.desc(), ObjectRow.modified.desc(), ObjectRow.bucket, ObjectRow.key)
            .limit(limit)
            .offset(offset)
        )
        if query.strip() not in {"", "*"}:
            statement = statement.where(ObjectRow.search.bool_op("@@")(wanted))
        found = await self._session.execute(statement)
        return [ObjectHit(_object(row), row.text, rank) for row, rank in found]


def _packages() -> Select[PackageRow, ManifestRow]:
    return select(PackageRow, ManifestRow).outerjoin(ManifestRow, _manifest_of(PackageRow))


def _manifest_of(row: type[PackageRow] | type[PointerRow]) -> ColumnElement[bool]:
    return and_(ManifestRow.bucket == row.bucket, ManifestRow.top_hash == row.top_hash)


def _among(column: Any, buckets: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if buckets is None else [column.in_(buckets)]


def _package(row: PackageRow, manifest: ManifestRow | None) -> PackageRecord:
    latest = _manifest(row.bucket, row.top_hash, manifest)
    return PackageRecord(row.bucket, row.name, row.modified, row.revisions, latest)


def _revision(row: PointerRow, manifest: ManifestRow | None) -> RevisionRecord:
    pushed_at = datetime.fromtimestamp(int(row.tag), UTC)
    return RevisionRecord(row.name, row.tag, pushed_at, _manifest(row.bucket, row.top_hash, manifest))


def _manifest(bucket: str, top_hash: str, row: ManifestRow | None) -> ManifestRecord:
    if row is None:
        state, problem = (
            (ManifestState.MISSING, f"There is no .quilt/packages/{top_hash}")
            if top_hash
            else (ManifestState.CORRUPT, "The pointer's content is no top hash")
        )
        return ManifestRecord(bucket, top_hash, state, problem, "{}", None, 0, 0, None, None, None)
    return ManifestRecord(
        bucket,
        top_hash,
        ManifestState(row.state),
        row.problem,
        row.header,
        row.message,
        row.total_entries,
        row.total_bytes,
        row.root,
        row.identity,
        row.modified,
    )


def _object(row: ObjectRow) -> ObjectRecord:
    return ObjectRecord(row.bucket, row.key, row.version_id, row.etag, row.size, row.modified, row.extension, row.meta)
