"""Registered buckets that the viewer may know of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, delete, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.access import BY_ROLE, READS_BUCKET, SEES_BUCKET, VisibilityRules
from registry.db.tables import BucketRow
from registry.errors import BucketNotFound, BucketRegistered
from shared import permissions
from shared.db.compiled import CompiledQuery, ReadSource, statements_of
from shared.db.cursors import decode_cursor, encode_cursor
from shared.index.search.results import SearchScope
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate
from shared.schemas.page import Page
from shared.schemas.principal import Principal

_FIELDS = tuple(name for name in Bucket.model_fields if name != "level")
"""Columns that a bucket is shown with: each field of the schema but the caller's own."""
_COLUMNS = tuple(getattr(BucketRow, name) for name in _FIELDS)
_CONTENTS = (
    BucketRow.name,
    BucketRow.file_extensions_to_index,
    BucketRow.index_content_bytes,
    BucketRow.inventory_url,
)


def _by_name(*columns: Any, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(*columns).where(condition).order_by(BucketRow.name)


def _page(condition: ColumnElement[bool]) -> CompiledQuery:
    after = BucketRow.name > bindparam("after", type_=Text)
    return CompiledQuery(_by_name(*_COLUMNS, condition=and_(condition, after)).limit(bindparam("limit", type_=Integer)))


_BUCKET = CompiledQuery(select(*_COLUMNS).where(BucketRow.name == bindparam("bucket", type_=Text), SEES_BUCKET))
_PAGE_SEEN, _PAGE_ALL = _page(SEES_BUCKET), _page(true())
_READABLE = CompiledQuery(_by_name(BucketRow.name, condition=READS_BUCKET))
_SEEN = CompiledQuery(_by_name(BucketRow.name, BucketRow.created_at, condition=SEES_BUCKET))
_SEARCHED = CompiledQuery(_by_name(BucketRow.name, READS_BUCKET, condition=SEES_BUCKET))
_NAMES = CompiledQuery(_by_name(BucketRow.name, condition=true()))
_ALL_CONTENTS = CompiledQuery(_by_name(*_CONTENTS, condition=true()))


class BucketContents(NamedTuple):
    """The part of a bucket's contents that is searched, and the reports of S3 Inventory; None for defaults."""

    name: str
    file_extensions_to_index: list[str] | None
    index_content_bytes: int | None
    inventory_url: str | None


@dataclass(frozen=True, slots=True)
class SearchedBuckets:
    """Names of the registered buckets that a viewer searches."""

    readable: list[str]
    """Buckets that the viewer's role reads as a whole. Their objects are searched."""
    seen: list[str]
    """Buckets that have packages for the viewer."""


class BucketReadStore:
    """The rules decide which buckets a viewer sees; by default those that their role reads."""

    def __init__(self, source: ReadSource, rules: VisibilityRules = BY_ROLE) -> None:
        self._statements = statements_of(source)
        self._rules = rules

    async def get(self, viewer: Principal, name: str) -> Bucket:
        found = await _BUCKET.first(self._statements, bucket=name, **self._rules.of(viewer).parameters)
        if found is None:
            raise BucketNotFound(name)
        return _bucket(found, viewer)

    async def page(self, viewer: Principal, *, everything: bool = False, after: str | None, limit: int) -> Page[Bucket]:
        """Buckets by name. `everything` adds those that the role may not read, and is for administrators."""
        start = decode_cursor(after, str)[0] if after else ""
        query, parameters = (_PAGE_ALL, {}) if everything else (_PAGE_SEEN, self._rules.of(viewer).parameters)
        found = await query.fetch(self._statements, after=start, limit=limit + 1, **parameters)
        items = [_bucket(values, viewer) for values in found[:limit]]
        return Page(items=items, next=encode_cursor(items[-1].name) if len(found) > limit else None)

    async def readable(self, viewer: Principal) -> list[str]:
        """Names of the registered buckets that the viewer's role reads as a whole."""
        found = await _READABLE.fetch(self._statements, **self._rules.of(viewer).parameters)
        return [name for (name,) in found]

    async def seen(self, viewer: Principal) -> list[tuple[str, datetime]]:
        """Names and times of registration of the buckets that have packages for the viewer."""
        found = await _SEEN.fetch(self._statements, **self._rules.of(viewer).parameters)
        return [(name, created_at) for name, created_at in found]

    async def searched(self, viewer: Principal) -> SearchedBuckets:
        found = await _SEARCHED.fetch(self._statements, **self._rules.of(viewer).parameters)
        return SearchedBuckets([name for name, reads in found if reads], [name for name, _ in found])

    async def names(self) -> list[str]:
        """Names of all registered buckets, for services only."""
        return [name for (name,) in await _NAMES.fetch(self._statements)]

    async def contents(self) -> list[BucketContents]:
        """All registered buckets with what is searched of their contents, for services only."""
        return [BucketContents(*values) for values in await _ALL_CONTENTS.fetch(self._statements)]


class BucketStore(BucketReadStore):
    """Reads and writes buckets in one transaction."""

    def __init__(self, session: AsyncSession, rules: VisibilityRules = BY_ROLE) -> None:
        super().__init__(session, rules)
        self._session = session

    async def search_scope(
        self, viewer: Principal, objects: Collection[str], packages: Collection[str], *, all_revisions: bool = False
    ) -> SearchScope:
        """The scope of a search in buckets that the viewer reads (`objects`) and sees (`packages`)."""
        restricted = await self._rules.of(viewer).package_readers(self._session)
        return SearchScope(objects, packages, restricted, all_revisions)

    async def is_registered(self, name: str) -> bool:
        return await self._session.get(BucketRow, name) is not None

    async def add(self, viewer: Principal, new: BucketCreate) -> Bucket:
        settings = {field: _setting(new, field, new.name) for field in BucketUpdate.model_fields}
        row = BucketRow(name=new.name, **settings, created_at=datetime.now(UTC), created_by=viewer.name)
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise BucketRegistered(f"Bucket {new.name} is registered already") from error
        return _bucket(_values(row), viewer)

    async def describe(self, viewer: Principal, name: str, change: BucketUpdate) -> Bucket:
        """Set the fields that the change names; null restores a default. For administrators."""
        row = await self._session.get(BucketRow, name, with_for_update={"key_share": True})
        if row is None:
            raise BucketNotFound(name)
        for field in change.model_fields_set & BucketUpdate.model_fields.keys():
            setattr(row, field, _setting(change, field, name))
        await self._session.flush()
        return _bucket(_values(row), viewer)

    async def remove(self, name: str) -> None:
        await self._session.execute(delete(BucketRow).where(BucketRow.name == name))


def _setting(change: BucketUpdate, field: str, bucket: str) -> Any:
    value = getattr(change, field)
    return {"title": bucket, "tags": [], "relevance_score": 0}.get(field) if value is None else value


def _values(row: BucketRow) -> list[Any]:
    return [getattr(row, name) for name in _FIELDS]


def _bucket(values: Sequence[Any], viewer: Principal) -> Bucket:
    fields = dict(zip(_FIELDS, values, strict=True))
    return Bucket(**fields, level=permissions.level(viewer, fields["name"]))
