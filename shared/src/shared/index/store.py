"""Reads the index: packages, revisions, manifests and objects. The registry's database role may only read it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import ARRAY, LargeBinary, any_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Conflict
from shared.index.records import ManifestRecord, ObjectRecord, PackageRecord, RevisionRecord
from shared.index.rows import (
    manifest_of,
    manifest_record,
    object_record,
    package_record,
    packages_with_manifests,
    revision_record,
)
from shared.index.search.predicates import Visible
from shared.index.tables import (
    ArchiveLayoutRow,
    IndexedObjectRow,
    IndexedPackageRow,
    ManifestRow,
    NodeRow,
    PointerRow,
)
from shared.index.trees.reader import TreeReader
from shared.quilt.keys import LATEST

MIN_HASH_DIGITS = 6
"""Digits of a top hash that are enough to look for it."""
_FIRST_YEAR = 2016
"""The first packages are from this year."""


class AmbiguousHash(Conflict):
    title = "Several revisions of the package start with these digits"
    slug = "ambiguous_hash"


class IndexStore:
    """Reads the index in one session. The caller decides which buckets may be read."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.trees = TreeReader(self.nodes)

    async def release_connection(self) -> None:
        """Return the connection to the pool before other long work. This commits what the session has written."""
        await self._session.commit()

    async def packages(
        self,
        bucket: str,
        *,
        prefix: str = "",
        containing: str = "",
        after: str | None = None,
        limit: int,
        visible: Visible | None = None,
    ) -> tuple[list[PackageRecord], bool]:
        """Packages in order of name, after the name `after`, and whether there are more.

        `prefix`: beginning of the name. `containing`: part of the name; case is ignored. `visible`: SQL condition for the
        packages that may be read.
        """
        query = (
            packages_with_manifests()
            .where(IndexedPackageRow.bucket == bucket)
            .order_by(IndexedPackageRow.name)
            .limit(limit + 1)
        )
        if visible:
            query = query.where(visible(IndexedPackageRow.bucket, IndexedPackageRow.name))
        if prefix:
            query = query.where(IndexedPackageRow.name.startswith(prefix, autoescape=True))
        if containing:
            query = query.where(IndexedPackageRow.name.icontains(containing, autoescape=True))
        if after is not None:
            query = query.where(IndexedPackageRow.name > after)
        found = (await self._session.execute(query)).all()
        return [package_record(row, manifest) for row, manifest in found[:limit]], len(found) > limit

    async def package(self, bucket: str, name: str) -> PackageRecord | None:
        query = packages_with_manifests().where(IndexedPackageRow.bucket == bucket, IndexedPackageRow.name == name)
        found = (await self._session.execute(query)).one_or_none()
        return package_record(*found) if found else None

    async def revisions(
        self, bucket: str, name: str, *, after: str | None = None, limit: int
    ) -> tuple[list[RevisionRecord], bool]:
        """Pushes of a package, newest first, from the one after the tag `after` on, and whether there are more."""
        age = tuple_(func.length(PointerRow.tag), PointerRow.tag)
        query = (
            select(PointerRow, ManifestRow)
            .outerjoin(ManifestRow, manifest_of(PointerRow))
            .where(PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag != LATEST)
            .order_by(func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(age < tuple_(len(after), after))
        found = (await self._session.execute(query)).all()
        return [revision_record(row, manifest) for row, manifest in found[:limit]], len(found) > limit

    async def resolve(self, bucket: str, name: str, reference: str) -> str | None:
        """Top hash of the revision of a package to which `reference` refers; None when there is none.

        A reference is `latest`, another tag, a top hash or its first digits (at least MIN_HASH_DIGITS, in either case), or a day
        or time in ISO 8601, which refers to the newest push up to its end. Raises AmbiguousHash.
        """
        of_package = select(PointerRow.top_hash).where(PointerRow.bucket == bucket, PointerRow.name == name)
        tagged = await self._session.scalar(
            of_package.where(PointerRow.tag == reference, PointerRow.top_hash != "")
            .order_by(PointerRow.modified.desc())
            .limit(1)
        )
        if tagged or len(reference) < MIN_HASH_DIGITS:
            return tagged
        query = of_package.where(PointerRow.top_hash.startswith(reference.lower(), autoescape=True)).distinct().limit(2)
        found = (await self._session.scalars(query)).all()
        if len(found) > 1:
            raise AmbiguousHash(f"Several revisions of {name} start with {reference}; give more digits")
        if found:
            return found[0]
        last = _unix_time(reference)
        return await self._pushed_by(bucket, name, last) if last else None

    async def _pushed_by(self, bucket: str, name: str, last: str) -> str | None:
        """Top hash of the newest push up to a Unix time."""
        found: str | None = await self._session.scalar(
            select(PointerRow.top_hash)
            .where(PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag != LATEST)
            .where(tuple_(func.length(PointerRow.tag), PointerRow.tag) <= tuple_(len(last), last))
            .where(PointerRow.top_hash != "")
            .order_by(func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
            .limit(1)
        )
        return found

    async def tag_of(self, bucket: str, name: str, reference: str, top_hash: str) -> str | None:
        """`reference` if it is the tag of a push, else the tag of the newest push of `top_hash`; None when there is none."""
        query = (
            select(PointerRow.tag)
            .where(PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag != LATEST)
            .where(or_(PointerRow.tag == reference, PointerRow.top_hash == top_hash))
            .order_by((PointerRow.tag == reference).desc(), func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
            .limit(1)
        )
        found: str | None = await self._session.scalar(query)
        return found

    async def manifest(self, bucket: str, top_hash: str) -> ManifestRecord | None:
        query = select(ManifestRow).where(ManifestRow.bucket == bucket, ManifestRow.top_hash == top_hash)
        found = await self._session.scalar(query)
        return manifest_record(bucket, top_hash, found) if found else None

    async def object(self, bucket: str, key: str) -> ObjectRecord | None:
        query = select(IndexedObjectRow).where(IndexedObjectRow.bucket == bucket, IndexedObjectRow.key == key)
        found = await self._session.scalar(query)
        return object_record(found) if found else None

    async def archive_layout(self, bucket: str, top_hash: str, root: bytes) -> bytes | None:
        """The encoded layout of archives of a revision's tree; None when it was not made yet."""
        found: bytes | None = await self._session.scalar(
            select(ArchiveLayoutRow.layout).where(
                ArchiveLayoutRow.bucket == bucket, ArchiveLayoutRow.top_hash == top_hash, ArchiveLayoutRow.root == root
            )
        )
        return found

    async def nodes(self, wanted: Sequence[bytes]) -> dict[bytes, bytes]:
        """Stored bodies of nodes by storage hash, without those that do not exist."""
        # An array is one parameter, so there is one statement to prepare.
        query = select(NodeRow.storage, NodeRow.body).where(
            NodeRow.storage == any_(literal(list(wanted), ARRAY(LargeBinary)))
        )
        return {row.storage: row.body for row in await self._session.execute(query)}


def _unix_time(reference: str) -> str | None:
    """Unix time of the end of a day, or of a time, in ISO 8601, in UTC unless it has an offset; None for anything else."""
    try:
        when = datetime.fromisoformat(reference) if "-" in reference else None
    except ValueError:
        return None
    if when is None or when.year < _FIRST_YEAR:
        return None
    if _is_day(reference):
        when = datetime.combine(when, time.max)
    return str(int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()))


def _is_day(reference: str) -> bool:
    try:
        date.fromisoformat(reference)
    except ValueError:
        return False
    return True
