"""Packages and pushes as keys of the package gateway: by name, from any name on."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.access import Visibility
from shared.db.statements import Statements, TransactionStatements
from shared.index.tables import IndexedPackageRow, ManifestRow, PointerRow
from shared.quilt.keys import LATEST

# The second arm is for whole top hashes. A package may be pushed with the same content again, so the newest push counts.
_PUSHED = """
    SELECT manifest.root, manifest.top_hash, pointed.tag, (
        SELECT max(push.tag::bigint) FROM index.pointer AS push
        WHERE push.bucket = $1 AND push.top_hash = manifest.top_hash AND push.name = $2 AND push.tag <> 'latest'
    ) AS pushed_at, extract(epoch FROM manifest.modified)::bigint AS modified
    FROM registry.bucket
    CROSS JOIN LATERAL (
        (SELECT top_hash, tag FROM index.pointer
            WHERE pointer.bucket = $1 AND pointer.name = $2 AND pointer.tag = $3 ORDER BY modified DESC LIMIT 1)
        UNION ALL
        (SELECT top_hash, NULL FROM index.pointer
            WHERE pointer.bucket = $1 AND pointer.name = $2 AND pointer.top_hash = $3 LIMIT 1)
        LIMIT 1
    ) AS pointed
    JOIN index.manifest ON manifest.bucket = $1 AND manifest.top_hash = pointed.top_hash
    WHERE registry.bucket.name = $1 AND manifest.root IS NOT NULL
"""


class PushedRevision(NamedTuple):
    """A revision whose tree is in the index."""

    root: bytes
    top_hash: str
    pushed_at: int
    """Unix time of the push that is asked for, else of the newest push of this top hash."""


class LatestRevision(NamedTuple):
    name: str
    revision: PushedRevision


class PushedRevisionStore:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def find(self, bucket: str, name: str, reference: str) -> PushedRevision | None:
        """The revision, if its bucket is registered, a tag or a whole top hash names it, and its tree is in the index."""
        if "\0" in bucket + name + reference:
            return None
        found = await self._statements.fetch(_PUSHED, bucket, name, reference)
        if not found:
            return None
        root, top_hash, tag, pushed_at, modified = found[0]
        if tag is not None and tag != LATEST:
            pushed_at = int(tag)
        return PushedRevision(root, top_hash, pushed_at or modified or 0)


class PackageKeyStore:
    """The packages of one bucket that a caller sees, in one session."""

    def __init__(self, session: AsyncSession, visibility: Visibility, bucket: str) -> None:
        self._session = session
        self._visibility = visibility
        self._bucket = bucket

    async def is_seen(self) -> bool:
        """The bucket is registered, and the caller sees it."""
        return await self._visibility.sees(TransactionStatements(self._session), self._bucket)

    async def authors(self, prefix: str, start: str, limit: int) -> list[str]:
        """Authors of packages in order, from the one on whose packages are not all before `start`.

        Each step goes to the first package after all of one author, as PostgreSQL's wiki describes for a "loose index scan".
        """
        first = self._names(IndexedPackageRow.name >= _text(max(prefix, start))).limit(1).scalar_subquery()
        found = select(first.label("name")).cte("found", recursive=True)
        is_wanted = found.c.name.startswith(
            _text(prefix), autoescape=True
        )  # never true for null, after the last package
        after = func.split_part(found.c.name, "/", 1, type_=Text()) + "0"
        following = self._names(IndexedPackageRow.name >= after).limit(1).correlate(found).scalar_subquery()
        all_found = found.union_all(select(following).where(is_wanted))
        name: ColumnElement[str] = all_found.c.name
        query = select(func.split_part(name, "/", 1, type_=Text()))
        query = query.where(name.startswith(_text(prefix), autoescape=True))
        return list(await self._session.scalars(query.limit(limit)))

    async def packages(self, prefix: str, start: str, limit: int) -> list[str]:
        """Names of packages in order of name."""
        query = self._names(
            IndexedPackageRow.name >= _text(max(prefix, start)),
            IndexedPackageRow.name.startswith(_text(prefix), autoescape=True),
        )
        return list(await self._session.scalars(query.limit(limit)))

    async def packages_of(self, names: Collection[str]) -> list[str]:
        """The names of these that are packages, in order of name."""
        return list(await self._session.scalars(self._names(IndexedPackageRow.name.in_(names))))

    async def latest(self, start: str, limit: int) -> list[LatestRevision]:
        """Packages in order of name, with their latest revisions; without those that have no files or cannot be read."""
        return await self._latest(self._with_revisions(IndexedPackageRow.name >= _text(start)).limit(limit))

    async def latest_of(self, names: Collection[str]) -> list[LatestRevision]:
        return await self._latest(self._with_revisions(IndexedPackageRow.name.in_(names)))

    async def tags(self, name: str, prefix: str, start: str, limit: int) -> list[str]:
        """`latest` and the times of pushes of a package, in order."""
        query = (
            select(PointerRow.tag)
            .where(PointerRow.bucket == self._bucket, PointerRow.name == name, PointerRow.top_hash != "")
            .where(PointerRow.tag >= _text(start), PointerRow.tag.startswith(_text(prefix), autoescape=True))
            .distinct()
            .order_by(PointerRow.tag)
            .limit(limit)
        )
        return list(await self._session.scalars(query))

    def _names(self, *conditions: ColumnElement[bool]) -> Select[str]:
        query = select(IndexedPackageRow.name).where(IndexedPackageRow.bucket == self._bucket, *conditions)
        return query.where(self._seen).order_by(IndexedPackageRow.name)

    def _with_revisions(self, *conditions: ColumnElement[bool]) -> Select[Any, Any, Any, Any]:
        package, push = IndexedPackageRow, PointerRow
        pushed_at = (
            select(func.max(cast(push.tag, BigInteger)))
            .where(push.bucket == package.bucket, push.top_hash == package.top_hash)
            .where(push.name == package.name, push.tag != LATEST)
            .scalar_subquery()
        )
        seconds = cast(func.extract("epoch", ManifestRow.modified), BigInteger)
        revision = and_(ManifestRow.bucket == package.bucket, ManifestRow.top_hash == package.top_hash)
        return (
            select(package.name, ManifestRow.root, package.top_hash, func.coalesce(pushed_at, seconds, 0))
            .join(ManifestRow, revision)
            .where(package.bucket == self._bucket, *conditions, self._seen)
            .where(ManifestRow.root.is_not(None), ManifestRow.total_entries > 0)
            .order_by(package.name)
        )

    async def _latest(self, query: Select[Any, Any, Any, Any]) -> list[LatestRevision]:
        found = await self._session.execute(query)
        return [LatestRevision(name, PushedRevision(*revision)) for name, *revision in found]

    @property
    def _seen(self) -> ColumnElement[bool]:
        return self._visibility.sees_package(IndexedPackageRow.bucket, IndexedPackageRow.name)


def _text(bound: str) -> str:
    """A text that Postgres can hold and that is not after `bound`."""
    return bound.partition("\0")[0]
