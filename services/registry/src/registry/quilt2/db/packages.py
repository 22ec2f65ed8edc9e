"""Packages, and who may read them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, literal_column, not_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import Quilt2AccessRow, Quilt2PackageRow
from registry.quilt2.db.tables import InstanceRow


@dataclass(frozen=True, slots=True)
class Quilt2Package:
    id: int
    owner: str
    name: str
    users: frozenset[str]
    """Who may read it: users, `public`, `team`; in listings, those of them that apply to the reader."""

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


class Quilt2PackageStore:
    """`readers` are what the caller may read as: their name, `public`, `team`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, owner: str, name: str, readers: Collection[str] | None = None) -> Quilt2Package | None:
        """With all who may read it; without `readers`, whoever asks."""
        query = _with_users(None).where(Quilt2PackageRow.owner == owner, Quilt2PackageRow.name == name)
        row = (await self._session.execute(query if readers is None else query.where(_readable(readers)))).first()
        return _package(row) if row else None

    async def lock(self, owner: str, name: str) -> Quilt2Package | None:
        """Until the end of the transaction; None when there was none at first, though somebody may make it meanwhile."""
        query = select(Quilt2PackageRow.id).where(Quilt2PackageRow.owner == owner, Quilt2PackageRow.name == name)
        # Who only adds something that refers to it, a comment for example, need not wait.
        locked = await self._session.scalar(query.with_for_update(key_share=True))
        return None if locked is None else await self.find(owner, name)

    async def hold(self, package: Quilt2Package) -> bool:
        """Whether it is still there; it will be until the end of the transaction."""
        query = select(Quilt2PackageRow.id).where(Quilt2PackageRow.id == package.id)
        return await self._session.scalar(query.with_for_update(read=True, key_share=True)) is not None

    async def namesake(self, owner: str, name: str) -> str | None:
        """A package of the same name, but for the case."""
        query = select(Quilt2PackageRow.owner, Quilt2PackageRow.name).where(
            func.lower(Quilt2PackageRow.owner) == func.lower(owner),
            func.lower(Quilt2PackageRow.name) == func.lower(name),
            not_(and_(Quilt2PackageRow.owner == owner, Quilt2PackageRow.name == name)),
        )
        found = (await self._session.execute(query)).first()
        return f"{found.owner}/{found.name}" if found else None

    async def add(self, owner: str, name: str, users: Collection[str]) -> None:
        """Nothing happens when somebody else has just done it, or added a namesake."""
        made = (
            upsert(Quilt2PackageRow)
            .values(owner=owner, name=name)
            .on_conflict_do_nothing()
            .returning(Quilt2PackageRow.id)
        )
        package_id = await self._session.scalar(made)
        if package_id is not None and users:
            await self._session.execute(
                insert(Quilt2AccessRow), [{"package_id": package_id, "user": user} for user in sorted(users)]
            )

    async def remove(self, package: Quilt2Package) -> None:
        await self._session.execute(delete(Quilt2PackageRow).where(Quilt2PackageRow.id == package.id))

    async def of_owner(self, owner: str, readers: Collection[str] | None) -> list[Quilt2Package]:
        query = _with_users(readers).where(Quilt2PackageRow.owner == owner)
        return await self._all(query if readers is None else query.where(_readable(readers)))

    async def counts(self) -> dict[str, int]:
        """How many each owner has."""
        query = select(Quilt2PackageRow.owner, func.count()).group_by(Quilt2PackageRow.owner)
        return {owner: count for owner, count in await self._session.execute(query)}  # noqa: C416 – rows

    async def shared_with(self, user: str, readers: Collection[str]) -> list[Quilt2Package]:
        """Packages of others that they may read by name."""
        return await self._all(_with_users(readers).where(Quilt2PackageRow.owner != user, _readable([user])))

    async def recent(self, user: str, limit: int) -> list[tuple[Quilt2Package, datetime]]:
        """Those that `user`, one of `public` and `team`, may read and that have an instance; newest first."""
        newest = func.max(InstanceRow.updated_at)
        query = (
            select(Quilt2PackageRow.id, Quilt2PackageRow.owner, Quilt2PackageRow.name, newest)
            .join(InstanceRow, InstanceRow.package_id == Quilt2PackageRow.id)
            .where(_readable([user]))
            .group_by(Quilt2PackageRow.id)
            .order_by(newest.desc(), Quilt2PackageRow.id)
            .limit(limit)
        )
        return [
            (Quilt2Package(row[0], row[1], row[2], frozenset()), row[3]) for row in await self._session.execute(query)
        ]

    async def grant(self, package: Quilt2Package, user: str) -> bool:
        """Whether that was new."""
        made = upsert(Quilt2AccessRow).values(package_id=package.id, user=user).on_conflict_do_nothing()
        return bool((await self._session.execute(made.returning(Quilt2AccessRow.user))).first())

    async def revoke(self, package: Quilt2Package, user: str) -> bool:
        """Whether they had it."""
        gone = delete(Quilt2AccessRow).where(Quilt2AccessRow.package_id == package.id, Quilt2AccessRow.user == user)
        return bool((await self._session.execute(gone.returning(Quilt2AccessRow.user))).first())

    async def _all(self, query: Select[Any]) -> list[Quilt2Package]:
        ordered = query.order_by(func.lower(Quilt2PackageRow.owner), func.lower(Quilt2PackageRow.name))
        return [_package(row) for row in await self._session.execute(ordered)]


def _with_users(readers: Collection[str] | None) -> Select[Any]:
    users = select(func.coalesce(func.array_agg(Quilt2AccessRow.user), literal_column("'{}'::text[]"))).where(
        Quilt2AccessRow.package_id == Quilt2PackageRow.id
    )
    if readers is not None:
        users = users.where(Quilt2AccessRow.user.in_(sorted(readers)))
    return select(
        Quilt2PackageRow.id, Quilt2PackageRow.owner, Quilt2PackageRow.name, users.scalar_subquery().label("users")
    )


def _readable(readers: Collection[str]) -> ColumnElement[bool]:
    return exists().where(Quilt2AccessRow.package_id == Quilt2PackageRow.id, Quilt2AccessRow.user.in_(sorted(readers)))


def _package(row: Any) -> Quilt2Package:
    return Quilt2Package(row.id, row.owner, row.name, frozenset(row.users))
