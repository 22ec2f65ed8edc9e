"""Reads the index: packages, revisions, manifests and objects. The registry's database role may only read it."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from functools import cache

from sqlalchemy import ARRAY, Integer, LargeBinary, Select, Text, any_, bindparam, func, or_, select, tuple_

from shared.db.compiled import CompiledQuery, ReadSource, statements_of
from shared.errors import Conflict
from shared.index.records import ManifestRecord, PackageRecord, RevisionRecord
from shared.index.rows import (
    MANIFEST_COLUMNS,
    PACKAGE_COLUMNS,
    PUSH_COLUMNS,
    manifest_of,
    manifest_record,
    read_manifest,
    read_package,
    read_push,
)
from shared.index.search.predicates import Visible
from shared.index.tables import (
    ArchiveLayoutRow,
    IndexedPackageRow,
    ManifestRow,
    NodeRow,
    PointerRow,
)
from shared.index.trees.reader import TreeReader
from shared.index.trees.walk import FilePage
from shared.quilt.keys import LATEST

MIN_HASH_DIGITS = 6
"""Digits of a top hash that are enough to look for it."""
_FIRST_YEAR = 2016
"""The first packages are from this year."""
_ESCAPE = "/"
"""Escapes wildcards of LIKE."""

_BUCKET, _NAME, _REFERENCE = (
    bindparam("bucket", type_=Text),
    bindparam("name", type_=Text),
    bindparam("reference", type_=Text),
)
_TOP_HASH, _AFTER = bindparam("top_hash", type_=Text), bindparam("after", type_=Text)
_LIMIT, _LENGTH = bindparam("limit", type_=Integer), bindparam("length", type_=Integer)
_AGE = tuple_(func.length(PointerRow.tag), PointerRow.tag)
_NEWEST_FIRST = (func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
_OF_PACKAGE = (PointerRow.bucket == _BUCKET, PointerRow.name == _NAME)
_PUSHES = (*_OF_PACKAGE, PointerRow.tag != LATEST)

_PACKAGE = CompiledQuery(
    select(*PACKAGE_COLUMNS)
    .outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
    .where(IndexedPackageRow.bucket == _BUCKET, IndexedPackageRow.name == _NAME)
)
_SOME_PUSHES = select(*PUSH_COLUMNS).outerjoin(ManifestRow, manifest_of(PointerRow)).where(*_PUSHES)
_NEWEST_PUSHES = CompiledQuery(_SOME_PUSHES.order_by(*_NEWEST_FIRST).limit(_LIMIT))
_OLDER_PUSHES = CompiledQuery(_SOME_PUSHES.where(tuple_(_LENGTH, _AFTER) > _AGE).order_by(*_NEWEST_FIRST).limit(_LIMIT))
_TAGGED = CompiledQuery(
    select(PointerRow.top_hash, *MANIFEST_COLUMNS)
    .outerjoin(ManifestRow, manifest_of(PointerRow))
    .where(*_OF_PACKAGE, PointerRow.tag == _REFERENCE, PointerRow.top_hash != "")
    .order_by(PointerRow.modified.desc())
    .limit(1)
)
_STARTING_WITH = CompiledQuery(
    select(PointerRow.top_hash)
    .where(*_OF_PACKAGE, PointerRow.top_hash.like(bindparam("pattern", type_=Text), escape=_ESCAPE))
    .distinct()
    .limit(2)
)
_PUSHED_BY = CompiledQuery(
    select(PointerRow.top_hash)
    .where(*_PUSHES, tuple_(_LENGTH, _AFTER) >= _AGE, PointerRow.top_hash != "")
    .order_by(*_NEWEST_FIRST)
    .limit(1)
)
_TAG_OF = CompiledQuery(
    select(PointerRow.tag)
    .where(*_PUSHES, or_(PointerRow.tag == _REFERENCE, PointerRow.top_hash == _TOP_HASH))
    .order_by((PointerRow.tag == _REFERENCE).desc(), *_NEWEST_FIRST)
    .limit(1)
)
_MANIFEST = CompiledQuery(
    select(*MANIFEST_COLUMNS).where(ManifestRow.bucket == _BUCKET, ManifestRow.top_hash == _TOP_HASH)
)
_MANIFESTS = CompiledQuery(
    select(ManifestRow.top_hash, *MANIFEST_COLUMNS).where(
        ManifestRow.bucket == _BUCKET, ManifestRow.top_hash == any_(bindparam("top_hashes", type_=ARRAY(Text)))
    )
)
_LAYOUT = CompiledQuery(
    select(ArchiveLayoutRow.layout).where(
        ArchiveLayoutRow.bucket == _BUCKET,
        ArchiveLayoutRow.top_hash == _TOP_HASH,
        ArchiveLayoutRow.root == bindparam("root", type_=LargeBinary),
    )
)
_NODES = CompiledQuery(
    select(NodeRow.storage, NodeRow.body).where(NodeRow.storage == any_(bindparam("wanted", type_=ARRAY(LargeBinary))))
)

_PAGES = CompiledQuery(
    select(NodeRow.storage, NodeRow.body, NodeRow.children == []).where(
        NodeRow.storage == any_(bindparam("wanted", type_=ARRAY(LargeBinary)))
    )
)


class AmbiguousHash(Conflict):
    title = "Several revisions of the package start with these digits"
    slug = "ambiguous_hash"


class IndexStore:
    """Reads the index. The caller decides which buckets may be read."""

    def __init__(self, source: ReadSource) -> None:
        self._statements = statements_of(source)
        self.trees = TreeReader(self.nodes)

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
        packages that may be read, with which the query is compiled each time.
        """
        asked = {
            "pattern": f"{_escaped(prefix)}%" if prefix else None,
            "part": f"%{_escaped(containing)}%" if containing else None,
            "after": after,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        query = _packages_query(frozenset(given))
        if visible:
            seen = visible(IndexedPackageRow.bucket, IndexedPackageRow.name)
            query = CompiledQuery(_packages_select(frozenset(given)).where(seen))
        found = await query.fetch(self._statements, bucket=bucket, limit=limit + 1, **given)
        return list(map(read_package, found[:limit])), len(found) > limit

    async def package(self, bucket: str, name: str) -> PackageRecord | None:
        found = await _PACKAGE.first(self._statements, bucket=bucket, name=name)
        return read_package(found) if found else None

    async def revisions(
        self, bucket: str, name: str, *, after: str | None = None, limit: int
    ) -> tuple[list[RevisionRecord], bool]:
        """Pushes of a package, newest first, from the one after the tag `after` on, and whether there are more."""
        query, since = _NEWEST_PUSHES, {}
        if after is not None:
            query, since = _OLDER_PUSHES, {"length": len(after), "after": after}
        found = await query.fetch(self._statements, bucket=bucket, name=name, limit=limit + 1, **since)
        return list(map(read_push, found[:limit])), len(found) > limit

    async def revision(self, bucket: str, name: str, reference: str) -> tuple[str, ManifestRecord | None] | None:
        """Top hash of the revision of a package to which `reference` refers, and what the index has of its manifest.

        A reference is `latest`, another tag, a top hash or its first digits (at least MIN_HASH_DIGITS, in either case), or a day
        or time in ISO 8601, which refers to the newest push up to its end. None when there is no such revision. Raises
        AmbiguousHash.
        """
        tagged = await _TAGGED.first(self._statements, bucket=bucket, name=name, reference=reference)
        if tagged:
            top_hash, *manifest = tagged
            return top_hash, read_manifest(bucket, top_hash, manifest) if manifest[0] else None
        if len(reference) < MIN_HASH_DIGITS:
            return None
        found = await self._pushed_as(bucket, name, reference)
        return (found, await self.manifest(bucket, found)) if found else None

    async def _pushed_as(self, bucket: str, name: str, reference: str) -> str | None:
        """Top hash of the revision that digits or a time name."""
        pattern = f"{_escaped(reference.lower())}%"
        found = await _STARTING_WITH.fetch(self._statements, bucket=bucket, name=name, pattern=pattern)
        if len(found) > 1:
            raise AmbiguousHash(f"Several revisions of {name} start with {reference}; give more digits")
        top_hash: str | None = found[0][0] if found else None
        last = None if found else _unix_time(reference)
        if last:
            top_hash = await _PUSHED_BY.value(self._statements, bucket=bucket, name=name, length=len(last), after=last)
        return top_hash

    async def tag_of(self, bucket: str, name: str, reference: str, top_hash: str) -> str | None:
        """`reference` if it is the tag of a push, else the tag of the newest push of `top_hash`; None when there is none."""
        found: str | None = await _TAG_OF.value(
            self._statements, bucket=bucket, name=name, reference=reference, top_hash=top_hash
        )
        return found

    async def manifest(self, bucket: str, top_hash: str) -> ManifestRecord | None:
        found = await _MANIFEST.first(self._statements, bucket=bucket, top_hash=top_hash)
        return read_manifest(bucket, top_hash, found) if found else None

    async def manifests(self, bucket: str, top_hashes: Collection[str]) -> dict[str, ManifestRecord]:
        """By top hash; a record without a tree where the index has no such manifest."""
        found = await _MANIFESTS.fetch(self._statements, bucket=bucket, top_hashes=sorted(top_hashes))
        records = {top_hash: read_manifest(bucket, top_hash, values) for top_hash, *values in found}
        return {each: records.get(each) or manifest_record(bucket, each, None) for each in top_hashes}

    async def archive_layout(self, bucket: str, top_hash: str, root: bytes) -> bytes | None:
        """The encoded layout of archives of a revision's tree; None when it was not made yet."""
        found: bytes | None = await _LAYOUT.value(self._statements, bucket=bucket, top_hash=top_hash, root=root)
        return found

    async def nodes(self, wanted: Sequence[bytes]) -> dict[bytes, bytes]:
        """Stored bodies of nodes by storage hash, without those that do not exist."""
        return dict(await _NODES.fetch(self._statements, wanted=list(wanted)))  # type: ignore[arg-type]  # rows of two

    async def pages(self, wanted: Sequence[bytes]) -> dict[bytes, bytes | FilePage]:
        """As `nodes`; tells pages that hold files alone."""
        found = await _PAGES.fetch(self._statements, wanted=list(wanted))
        return {storage: FilePage(body) if is_childless else body for storage, body, is_childless in found}


def _packages_select(given: frozenset[str]) -> Select[*tuple[object, ...]]:
    query = select(*PACKAGE_COLUMNS).outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
    query = query.where(IndexedPackageRow.bucket == _BUCKET).order_by(IndexedPackageRow.name).limit(_LIMIT)
    if "pattern" in given:
        query = query.where(IndexedPackageRow.name.like(bindparam("pattern", type_=Text), escape=_ESCAPE))
    if "part" in given:
        query = query.where(
            func.lower(IndexedPackageRow.name).like(func.lower(bindparam("part", type_=Text)), escape=_ESCAPE)
        )
    if "after" in given:
        query = query.where(IndexedPackageRow.name > _AFTER)
    return query


@cache
def _packages_query(given: frozenset[str]) -> CompiledQuery:
    """The query with the conditions whose values are given."""
    return CompiledQuery(_packages_select(given))


def _escaped(text: str) -> str:
    """The text in a pattern of LIKE."""
    return text.replace(_ESCAPE, _ESCAPE * 2).replace("%", f"{_ESCAPE}%").replace("_", f"{_ESCAPE}_")


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
