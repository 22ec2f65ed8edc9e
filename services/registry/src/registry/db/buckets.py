"""Registered buckets that the viewer may know of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.access import BY_ROLE, VisibilityRules
from registry.db.tables import BucketRow
from registry.errors import BucketNotFound, BucketRegistered
from shared import permissions
from shared.db.cursors import decode_cursor, encode_cursor
from shared.index.search.results import SearchScope
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate
from shared.schemas.page import Page
from shared.schemas.principal import Principal


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


class BucketStore:
    """The rules decide which buckets a viewer sees; by default those that their role reads."""

    def __init__(self, session: AsyncSession, rules: VisibilityRules = BY_ROLE) -> None:
        self._session = session
        self._rules = rules

    async def get(self, viewer: Principal, name: str) -> Bucket:
        row = await self._session.scalar(
            select(BucketRow).where(BucketRow.name == name, self._rules.of(viewer).sees_bucket)
        )
        if row is None:
            raise BucketNotFound(name)
        return _bucket(row, viewer)

    async def page(self, viewer: Principal, *, everything: bool = False, after: str | None, limit: int) -> Page[Bucket]:
        """Buckets by name. `everything` adds those that the role may not read, and is for administrators."""
        query = select(BucketRow).order_by(BucketRow.name).limit(limit + 1)
        if not everything:
            query = query.where(self._rules.of(viewer).sees_bucket)
        if after:
            query = query.where(BucketRow.name > decode_cursor(after, str)[0])
        rows = list(await self._session.scalars(query))
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            items=[_bucket(row, viewer) for row in rows],
            next=encode_cursor(rows[-1].name) if more else None,
        )

    async def readable(self, viewer: Principal) -> list[str]:
        """Names of the registered buckets that the viewer's role reads as a whole."""
        return await self._names(self._rules.of(viewer).reads_bucket)

    async def seen(self, viewer: Principal) -> list[tuple[str, datetime]]:
        """Names and times of registration of the buckets that have packages for the viewer."""
        query = select(BucketRow.name, BucketRow.created_at).where(self._rules.of(viewer).sees_bucket)
        return [(name, created_at) for name, created_at in await self._session.execute(query.order_by(BucketRow.name))]

    async def searched(self, viewer: Principal) -> SearchedBuckets:
        rules = self._rules.of(viewer)
        query = select(BucketRow.name, rules.reads_bucket).where(rules.sees_bucket).order_by(BucketRow.name)
        found = list(await self._session.execute(query))
        return SearchedBuckets([name for name, reads in found if reads], [name for name, _ in found])

    async def search_scope(
        self, viewer: Principal, objects: Collection[str], packages: Collection[str], *, all_revisions: bool = False
    ) -> SearchScope:
        """The scope of a search in buckets that the viewer reads (`objects`) and sees (`packages`)."""
        restricted = await self._rules.of(viewer).package_readers(self._session)
        return SearchScope(objects, packages, restricted, all_revisions)

    async def names(self) -> list[str]:
        """Names of all registered buckets, for services only."""
        return await self._names(true())

    async def contents(self) -> list[BucketContents]:
        """All registered buckets with what is searched of their contents, for services only."""
        columns = (
            BucketRow.name,
            BucketRow.file_extensions_to_index,
            BucketRow.index_content_bytes,
            BucketRow.inventory_url,
        )
        return [BucketContents(*row) for row in await self._session.execute(select(*columns).order_by(BucketRow.name))]

    async def _names(self, condition: ColumnElement[bool]) -> list[str]:
        query = select(BucketRow.name).where(condition).order_by(BucketRow.name)
        return list(await self._session.scalars(query))

    async def is_registered(self, name: str) -> bool:
        return await self._session.get(BucketRow, name) is not None

    async def add(self, viewer: Principal, new: BucketCreate) -> Bucket:
        row = BucketRow(
            name=new.name,
            title=new.title or new.name,
            description=new.description,
            icon_url=new.icon_url,
            tags=new.tags or [],
            relevance_score=new.relevance_score or 0,
            file_extensions_to_index=new.file_extensions_to_index,
            index_content_bytes=new.index_content_bytes,
            inventory_url=new.inventory_url,
            created_at=datetime.now(UTC),
            created_by=viewer.name,
        )
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise BucketRegistered(f"Bucket {new.name} is registered already") from error
        return _bucket(row, viewer)

    async def describe(self, viewer: Principal, name: str, change: BucketUpdate) -> Bucket:
        """Set the fields that the change names; null restores a default. For administrators."""
        row = await self._session.get(BucketRow, name, with_for_update={"key_share": True})
        if row is None:
            raise BucketNotFound(name)
        for field in change.model_fields_set & BucketUpdate.model_fields.keys():
            value = getattr(change, field)
            if value is None:
                value = {"title": name, "tags": [], "relevance_score": 0}.get(field)
            setattr(row, field, value)
        await self._session.flush()
        return _bucket(row, viewer)

    async def remove(self, name: str) -> None:
        await self._session.execute(delete(BucketRow).where(BucketRow.name == name))


def _bucket(row: BucketRow, viewer: Principal) -> Bucket:
    return Bucket(
        name=row.name,
        title=row.title,
        description=row.description,
        icon_url=row.icon_url,
        tags=row.tags,
        relevance_score=row.relevance_score,
        file_extensions_to_index=row.file_extensions_to_index,
        index_content_bytes=row.index_content_bytes,
        inventory_url=row.inventory_url,
        level=permissions.level(viewer, row.name),
        created_at=row.created_at,
        created_by=row.created_by,
    )
