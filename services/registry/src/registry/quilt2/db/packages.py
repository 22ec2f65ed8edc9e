"""Packages and their readers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Label,
    Select,
    and_,
    delete,
    exists,
    func,
    literal_column,
    not_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import Quilt2AccessRow, Quilt2PackageRow
from registry.quilt2.db.tables import InstanceRow
from registry.quilt2.errors import WriteConflict

_VERSION: Label[int] = literal_column("quilt2_package.xmin::text::bigint", BigInteger).label("version")
"""The transaction that wrote the row last."""

_MARK_CHANGED = text("""
    UPDATE registry.quilt2_package SET owner = owner WHERE id = :id AND xmin::text::bigint = :version
""")
_RESERVE = text("""
    INSERT INTO registry.quilt2_package (owner, name) VALUES (:owner, :name) ON CONFLICT DO NOTHING
    RETURNING id, xmin::text::bigint AS version
""")
_GRANT = text("""
    INSERT INTO registry.quilt2_access (package_id, "user") SELECT :package_id, unnest(CAST(:users AS text[]))
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Quilt2Package:
    id: int
    owner: str
    name: str
    users: frozenset[str]
    """Readers: users, `public`, `team`; in listings, those of them that apply to the caller."""
    version: int = 0
    """Number that changes with each push, deletion, import, or change of tags. 0 in listings."""

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def is_reserved(self) -> bool:
        """Only the name is taken: nobody may see the package until its first push, or its import, is complete."""
        return not self.users


class Quilt2PackageStore:
    """Packages and their readers. The `readers` of a query are the caller's name, `public` and `team`, as far as they apply."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, owner: str, name: str, readers: Collection[str] | None = None) -> Quilt2Package | None:
        """With all its readers. `readers`: None if none of them may read it."""
        query = _with_users(None).where(Quilt2PackageRow.owner == owner, Quilt2PackageRow.name == name)
        row = (await self._session.execute(query if readers is None else query.where(_readable(readers)))).first()
        return _package(row) if row else None

    async def lock(self, owner: str, name: str) -> Quilt2Package | None:
        """Lock it until the end of the transaction; None if there is none."""
        query = select(Quilt2PackageRow.id).where(Quilt2PackageRow.owner == owner, Quilt2PackageRow.name == name)
        # Who only adds something that refers to it, a comment for example, need not wait.
        locked = await self._session.scalar(query.with_for_update(key_share=True))
        return None if locked is None else await self.find(owner, name)

    async def hold(self, package: Quilt2Package) -> bool:
        """Return whether it is still there, and keep it from being deleted until the end of the transaction."""
        query = select(Quilt2PackageRow.id).where(Quilt2PackageRow.id == package.id)
        return await self._session.scalar(query.with_for_update(read=True, key_share=True)) is not None

    async def mark_changed(self, package: Quilt2Package) -> None:
        """Lock it until the end of the transaction, and give it another version.

        Whoever has read it before and writes it to S3 has to begin again. Raises WriteConflict when it has changed since
        it was read.
        """
        marked: Any = await self._session.execute(_MARK_CHANGED, {"id": package.id, "version": package.version})
        if not marked.rowcount:
            raise WriteConflict

    async def reserve(self, owner: str, name: str) -> Quilt2Package | None:
        """Add the package without readers; None when there is such a package, or a namesake."""
        made = (await self._session.execute(_RESERVE, {"owner": owner, "name": name})).first()
        return Quilt2Package(made.id, owner, name, frozenset(), made.version) if made else None

    async def namesake(self, owner: str, name: str) -> str | None:
        """A package whose name differs in upper and lower case only."""
        query = select(Quilt2PackageRow.owner, Quilt2PackageRow.name).where(
            func.lower(Quilt2PackageRow.owner) == func.lower(owner),
            func.lower(Quilt2PackageRow.name) == func.lower(name),
            not_(and_(Quilt2PackageRow.owner == owner, Quilt2PackageRow.name == name)),
        )
        found = (await self._session.execute(query)).first()
        return f"{found.owner}/{found.name}" if found else None

    async def remove(self, package: Quilt2Package) -> None:
        await self._session.execute(delete(Quilt2PackageRow).where(Quilt2PackageRow.id == package.id))

    async def of_owner(self, owner: str, readers: Collection[str] | None) -> list[Quilt2Package]:
        """Packages that one of `readers` may read; with None all but those whose name is only reserved."""
        return await self._all(_with_users(readers).where(Quilt2PackageRow.owner == owner, _readable(readers)))

    async def counts(self) -> dict[str, int]:
        """How many packages each owner has."""
        query = select(Quilt2PackageRow.owner, func.count()).where(_readable(None)).group_by(Quilt2PackageRow.owner)
        return {owner: count for owner, count in await self._session.execute(query)}  # noqa: C416 – rows

    async def shared_with(self, user: str, readers: Collection[str]) -> list[Quilt2Package]:
        """Packages of others that are shared with the user by name."""
        return await self._all(_with_users(readers).where(Quilt2PackageRow.owner != user, _readable([user])))

    async def recent(self, user: str, limit: int) -> list[tuple[Quilt2Package, datetime]]:
        """Packages with an instance that `user`, one of `public` and `team`, may read; newest first."""
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

    async def grant(self, package: Quilt2Package, *users: str) -> None:
        """Add readers. Users who are readers already stay so."""
        await self._session.execute(_GRANT, {"package_id": package.id, "users": sorted(users)})

    async def revoke(self, package: Quilt2Package, user: str) -> bool:
        """Return whether the user had access."""
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
        Quilt2PackageRow.id,
        Quilt2PackageRow.owner,
        Quilt2PackageRow.name,
        users.scalar_subquery().label("users"),
        _VERSION,
    )


def _readable(readers: Collection[str] | None) -> ColumnElement[bool]:
    """Condition that one of `readers`, or anybody, may read the package."""
    some = exists().where(Quilt2AccessRow.package_id == Quilt2PackageRow.id)
    return some if readers is None else some.where(Quilt2AccessRow.user.in_(sorted(readers)))


def _package(row: Any) -> Quilt2Package:
    return Quilt2Package(row.id, row.owner, row.name, frozenset(row.users), row.version)
