"""Tags, versions and log entries, each of which names an instance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quilt2.db.instances import INSTANCE_COLUMNS, Instance, instance_of
from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.tables import InstanceRow, LogRow, TagRow, VersionRow


@dataclass(frozen=True, slots=True)
class LogEntry:
    hash: str
    created: datetime
    author: str
    tags: Sequence[str] | None
    versions: Sequence[str] | None


class TagVersionStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def tagged(self, package: Quilt2Package, tag: str) -> Instance | None:
        query = select(*INSTANCE_COLUMNS).join(TagRow, TagRow.instance_id == InstanceRow.id)
        row = (await self._session.execute(query.where(TagRow.package_id == package.id, TagRow.tag == tag))).first()
        return instance_of(row) if row else None

    async def tags(self, package: Quilt2Package) -> list[tuple[str, str]]:
        query = select(TagRow.tag, InstanceRow.hash).join(InstanceRow, InstanceRow.id == TagRow.instance_id)
        rows = await self._session.execute(query.where(TagRow.package_id == package.id).order_by(TagRow.tag))
        return [(row.tag, row.hash) for row in rows]

    async def tag(self, package: Quilt2Package, tag: str, instance_id: int) -> None:
        """Add the tag, or move it to the instance."""
        made = upsert(TagRow).values(package_id=package.id, tag=tag, instance_id=instance_id)
        await self._session.execute(
            made.on_conflict_do_update(index_elements=["package_id", "tag"], set_={"instance_id": instance_id})
        )

    async def untag(self, package: Quilt2Package, tag: str) -> bool:
        gone = delete(TagRow).where(TagRow.package_id == package.id, TagRow.tag == tag).returning(TagRow.tag)
        return bool((await self._session.execute(gone)).first())

    async def version(self, package: Quilt2Package, version: str) -> Instance | None:
        query = select(*INSTANCE_COLUMNS).join(VersionRow, VersionRow.instance_id == InstanceRow.id)
        found = query.where(VersionRow.package_id == package.id, VersionRow.version == version)
        row = (await self._session.execute(found)).first()
        return instance_of(row) if row else None

    async def versions(self, package: Quilt2Package) -> list[tuple[str, str, str]]:
        """Triples of the normal form, the form that was typed, and the instance's hash; in no order."""
        query = select(VersionRow.version, VersionRow.user_version, InstanceRow.hash).join(
            InstanceRow, InstanceRow.id == VersionRow.instance_id
        )
        rows = await self._session.execute(query.where(VersionRow.package_id == package.id))
        return [(row.version, row.user_version, row.hash) for row in rows]

    async def add_version(self, package: Quilt2Package, version: str, typed: str, instance_id: int) -> bool:
        """Return whether it is new; an existing one stays."""
        made = upsert(VersionRow).values(
            package_id=package.id, version=version, user_version=typed, instance_id=instance_id
        )
        return bool((await self._session.execute(made.on_conflict_do_nothing().returning(VersionRow.version))).first())

    async def log(self, package: Quilt2Package, instance_id: int, author: str) -> None:
        new = {"package_id": package.id, "instance_id": instance_id, "author": author, "created": datetime.now(UTC)}
        await self._session.execute(insert(LogRow).values(**new))

    async def last_logged(self, package: Quilt2Package) -> Instance | None:
        """The instance that was pushed last."""
        query = select(*INSTANCE_COLUMNS).join(LogRow, LogRow.instance_id == InstanceRow.id)
        logged = query.where(LogRow.package_id == package.id).order_by(LogRow.id.desc()).limit(1)
        row = (await self._session.execute(logged)).first()
        return instance_of(row) if row else None

    async def log_count(self, package: Quilt2Package) -> int:
        count = await self._session.scalar(select(func.count()).where(LogRow.package_id == package.id))
        return count or 0

    async def logs(self, package: Quilt2Package) -> list[LogEntry]:
        """Oldest first."""
        tags = select(func.array_agg(TagRow.tag)).where(TagRow.instance_id == InstanceRow.id).scalar_subquery()
        versions = (
            select(func.array_agg(VersionRow.version)).where(VersionRow.instance_id == InstanceRow.id).scalar_subquery()
        )
        query = (
            select(InstanceRow.hash, LogRow.created, LogRow.author, tags, versions)
            .join(InstanceRow, InstanceRow.id == LogRow.instance_id)
            .where(LogRow.package_id == package.id)
            .order_by(LogRow.id)
        )
        return [LogEntry(*row) for row in await self._session.execute(query)]
