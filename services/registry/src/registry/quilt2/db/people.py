"""Invitations to packages, names without an account, and comments."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import Quilt2PackageRow
from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.tables import CommentRow, InvitationRow, UnknownReaderRow


@dataclass(frozen=True, slots=True)
class Quilt2Invitation:
    invitation_id: int
    owner: str
    package: str
    email: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class Quilt2Comment:
    id: int
    author: str
    created: datetime
    contents: str


class InvitationStore:
    """Invitations. Addresses are in lower case."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, package: Quilt2Package, email: str) -> None:
        new = {"package_id": package.id, "email": email, "invited_at": datetime.now(UTC)}
        await self._session.execute(insert(InvitationRow).values(**new))

    async def all(self, *, package: Quilt2Package | None = None, email: str | None = None) -> list[Quilt2Invitation]:
        query = select(
            InvitationRow.id,
            Quilt2PackageRow.owner,
            Quilt2PackageRow.name,
            InvitationRow.email,
            InvitationRow.invited_at,
        ).join(Quilt2PackageRow, Quilt2PackageRow.id == InvitationRow.package_id)
        if package:
            query = query.where(InvitationRow.package_id == package.id)
        if email is not None:
            query = query.where(InvitationRow.email == email)
        return [Quilt2Invitation(*row) for row in await self._session.execute(query.order_by(InvitationRow.id))]

    async def remove(self, email: str) -> None:
        await self._session.execute(delete(InvitationRow).where(InvitationRow.email == email))


class UnknownReaders:
    """Names without an account with which owners shared packages."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def names(self, package: Quilt2Package) -> frozenset[str]:
        query = select(UnknownReaderRow.user).where(UnknownReaderRow.package_id == package.id)
        return frozenset(await self._session.scalars(query))

    async def add(self, package: Quilt2Package, name: str) -> None:
        new = upsert(UnknownReaderRow).values(package_id=package.id, user=name)
        await self._session.execute(new.on_conflict_do_nothing())

    async def remove(self, package: Quilt2Package, name: str) -> bool:
        """Return whether the name was there."""
        gone = delete(UnknownReaderRow).where(UnknownReaderRow.package_id == package.id, UnknownReaderRow.user == name)
        return await self._session.scalar(gone.returning(UnknownReaderRow.user)) is not None


class CommentStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, package: Quilt2Package, author: str, contents: str) -> Quilt2Comment:
        row = CommentRow(package_id=package.id, author=author, contents=contents, created=datetime.now(UTC))
        self._session.add(row)
        await self._session.flush()
        return Quilt2Comment(row.id, row.author, row.created, row.contents)

    async def all(self, package: Quilt2Package) -> list[Quilt2Comment]:
        query = select(CommentRow).where(CommentRow.package_id == package.id).order_by(CommentRow.id)
        return [
            Quilt2Comment(row.id, row.author, row.created, row.contents) for row in await self._session.scalars(query)
        ]
