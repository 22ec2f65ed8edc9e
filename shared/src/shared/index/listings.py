"""Packages and pushes with totals and by page number, for web catalogs; many packages in few queries."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import (
    ARRAY,
    BigInteger,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
)

from shared.db.compiled import CompiledQuery, ReadSource, statements_of
from shared.index.records import PackageRecord, RevisionRecord
from shared.index.rows import MANIFEST_COLUMNS, PACKAGE_COLUMNS, manifest_of, read_package, read_push
from shared.index.search.patterns import sql_pattern
from shared.index.search.predicates import Visible
from shared.index.tables import IndexedBucketRow, IndexedPackageRow, ManifestRow, PointerRow
from shared.quilt.keys import LATEST

Key = tuple[str, str]
"""A bucket and the name of a package in it."""

_OFFSET, _LIMIT = bindparam("offset", type_=Integer), bindparam("limit", type_=Integer)


def _wanted(**columns: str) -> FromClause:
    """Rows of the wanted keys, from one parameter for each column, an array of texts."""
    arrays = (bindparam(parameter, type_=ARRAY(Text)) for parameter in columns.values())
    return func.unnest(*arrays).table_valued(*(column(name, Text) for name in columns)).render_derived("wanted")


def _newest_pushes() -> CompiledQuery:
    wanted = _wanted(bucket="buckets", name="names")
    push = (
        select(PointerRow.bucket, PointerRow.name, PointerRow.top_hash, PointerRow.tag, PointerRow.author)
        .where(PointerRow.bucket == wanted.c.bucket, PointerRow.name == wanted.c.name, PointerRow.tag != LATEST)
        .order_by(func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
        .offset(_OFFSET)
        .limit(_LIMIT)
        .lateral("push")
    )
    return CompiledQuery(
        select(push, *MANIFEST_COLUMNS)
        .select_from(wanted)
        .join(push, true())
        .outerjoin(ManifestRow, and_(ManifestRow.bucket == push.c.bucket, ManifestRow.top_hash == push.c.top_hash))
        .order_by(push.c.bucket, push.c.name, func.length(push.c.tag).desc(), push.c.tag.desc())
    )


def _push_times() -> CompiledQuery:
    wanted = _wanted(bucket="buckets", name="names", top_hash="top_hashes")
    is_wanted = and_(*(getattr(PointerRow, name) == wanted.c[name] for name in ("bucket", "name", "top_hash")))
    return CompiledQuery(
        select(*wanted.c, func.max(cast(PointerRow.tag, BigInteger)))
        .select_from(wanted)
        .join(PointerRow, is_wanted)
        .where(PointerRow.tag != LATEST)
        .group_by(*wanted.c)
    )


_NEWEST_PUSHES, _PUSH_TIMES = _newest_pushes(), _push_times()
_SCAN_TIMES = CompiledQuery(
    select(IndexedBucketRow.name, IndexedBucketRow.scanned_at).where(
        IndexedBucketRow.name == any_(bindparam("names", type_=ARRAY(Text)))
    )
)


class ListingStore:
    """Reads the index. The caller decides which buckets may be read."""

    def __init__(self, source: ReadSource, visible: Visible | None = None) -> None:
        """`visible`: SQL condition for the packages that may be read, with which queries are compiled each time; all by default."""
        self._statements = statements_of(source)
        self._visible = visible

    async def count_packages(self, bucket: str, matching: str = "") -> int:
        query = _count_query(is_matching=bool(matching))
        if self._visible:
            query = CompiledQuery(self._seen(_count_select(is_matching=bool(matching))))
        found: int = await query.value(self._statements, bucket=bucket, **_pattern(matching))
        return found

    async def packages(
        self, bucket: str, matching: str = "", *, newest_first: bool, offset: int, limit: int
    ) -> list[PackageRecord]:
        """Packages by name, or newest first. `matching`: a part of the name, or a pattern with `*` and `?`; case is ignored."""
        query = _page_query(is_matching=bool(matching), newest_first=newest_first)
        if self._visible:
            query = CompiledQuery(self._seen(_page_select(is_matching=bool(matching), newest_first=newest_first)))
        page = {"bucket": bucket, "offset": offset, "limit": limit, **_pattern(matching)}
        return list(map(read_package, await query.fetch(self._statements, **page)))

    async def revisions(self, packages: Collection[Key], *, offset: int, limit: int) -> dict[Key, list[RevisionRecord]]:
        """The same page of the pushes of each package, newest first."""
        found: dict[Key, list[RevisionRecord]] = {package: [] for package in packages}
        buckets, names = [bucket for bucket, _ in found], [name for _, name in found]
        rows = await _NEWEST_PUSHES.fetch(self._statements, buckets=buckets, names=names, offset=offset, limit=limit)
        for row in rows:
            found[row[0], row[1]].append(read_push(row))
        return found

    async def count_revisions(self, buckets: Collection[str], name: str | None = None) -> int:
        """Number of pushes of a package, or of all packages in the buckets."""
        query = select(func.count()).select_from(PointerRow)
        query = query.where(
            PointerRow.bucket == any_(bindparam("buckets", type_=ARRAY(Text))), PointerRow.tag != LATEST
        )
        if name is not None:
            query = query.where(PointerRow.name == name)
        if self._visible:
            query = query.where(self._visible(PointerRow.bucket, PointerRow.name))
        found: int = await CompiledQuery(query).value(self._statements, buckets=list(buckets))
        return found

    async def pushed_at(self, revisions: Sequence[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], datetime]:
        """Time of the last push of each revision (bucket, name, top hash). Revisions without a push are left out."""
        buckets, names, top_hashes = map(list, zip(*revisions, strict=True)) if revisions else ([], [], [])
        found = await _PUSH_TIMES.fetch(self._statements, buckets=buckets, names=names, top_hashes=top_hashes)
        return {(bucket, name, top_hash): datetime.fromtimestamp(when, UTC) for bucket, name, top_hash, when in found}

    async def scanned_at(self, buckets: Collection[str]) -> Mapping[str, datetime | None]:
        """Time at which the last full scan of each bucket ended."""
        return dict(await _SCAN_TIMES.fetch(self._statements, names=list(buckets)))  # type: ignore[arg-type]  # pairs

    def _seen(self, query: Select[*tuple[object, ...]]) -> Select[*tuple[object, ...]]:
        return query.where(self._visible(IndexedPackageRow.bucket, IndexedPackageRow.name)) if self._visible else query


def _count_select(*, is_matching: bool) -> Select[*tuple[object, ...]]:
    return _of_bucket(select(func.count()).select_from(IndexedPackageRow), is_matching=is_matching)


def _page_select(*, is_matching: bool, newest_first: bool) -> Select[*tuple[object, ...]]:
    order = [IndexedPackageRow.modified.desc(), IndexedPackageRow.name] if newest_first else [IndexedPackageRow.name]
    query = select(*PACKAGE_COLUMNS).outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
    return _of_bucket(query, is_matching=is_matching).order_by(*order).offset(_OFFSET).limit(_LIMIT)


def _of_bucket(query: Select[*tuple[object, ...]], *, is_matching: bool) -> Select[*tuple[object, ...]]:
    query = query.where(IndexedPackageRow.bucket == bindparam("bucket", type_=Text))
    return query.where(IndexedPackageRow.name.ilike(bindparam("pattern", type_=Text))) if is_matching else query


@cache
def _count_query(*, is_matching: bool) -> CompiledQuery:
    return CompiledQuery(_count_select(is_matching=is_matching))


@cache
def _page_query(*, is_matching: bool, newest_first: bool) -> CompiledQuery:
    return CompiledQuery(_page_select(is_matching=is_matching, newest_first=newest_first))


def _pattern(matching: str) -> dict[str, str]:
    if not matching:
        return {}
    return {"pattern": sql_pattern(matching if "*" in matching or "?" in matching else f"*{matching}*")}
