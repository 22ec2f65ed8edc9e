"""Who may read which package: the one place that decides, whatever asks.

A package of Quilt 2 is for whom its owner named; a role does not matter, nor an administrator's. Every other package is for
those whose role reads its bucket.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import BucketRow, Quilt2AccessRow, Quilt2PackageRow
from registry.errors import BucketNotFound, PackageNotFound
from registry.settings import Quilt2Settings
from shared import permissions
from shared.schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class Access:
    """What one caller may read."""

    viewer: Principal
    quilt2: Quilt2Settings

    def reads(self, bucket: str) -> bool:
        """Whether their role reads all of a registered bucket, in S3, too."""
        return permissions.allows(self.viewer, bucket)

    def is_shared(self, bucket: str) -> bool:
        """Whether its packages have readers of their own."""
        return bool(bucket) and bucket == self.quilt2.bucket

    @property
    def reads_bucket(self) -> ColumnElement[bool]:
        """Of rows of registered buckets: the same."""
        names = permissions.readable(self.viewer)
        if names is not None:
            return BucketRow.name.in_(sorted(names))
        hidden = permissions.hidden(self.viewer)
        return BucketRow.name.not_in(sorted(hidden)) if hidden else true()

    @property
    def sees_bucket(self) -> ColumnElement[bool]:
        """Whether their role reads it, or there is a package of Quilt 2 for them."""
        if not self.quilt2.bucket:
            return self.reads_bucket
        some = exists().where(Quilt2AccessRow.user.in_(self._readers))
        return or_(self.reads_bucket, and_(BucketRow.name == self.quilt2.bucket, some))

    def visible(self, bucket: Any, name: Any) -> ColumnElement[bool]:
        """Of packages in buckets that the caller sees."""
        if not self.quilt2.bucket:
            return true()
        whose = (
            Quilt2PackageRow.owner == func.split_part(name, "/", 1),
            Quilt2PackageRow.name == func.split_part(name, "/", 2),
        )
        permitted = exists().where(
            *whose, Quilt2AccessRow.package_id == Quilt2PackageRow.id, Quilt2AccessRow.user.in_(self._readers)
        )
        others = ~exists().where(*whose) if self.reads(self.quilt2.bucket) else false()
        return or_(bucket != self.quilt2.bucket, permitted, others)

    @property
    def _readers(self) -> list[str]:
        return sorted(self.quilt2.readers(self.viewer.name))


class AccessStore:
    def __init__(self, session: AsyncSession, quilt2: Quilt2Settings) -> None:
        self._session = session
        self._quilt2 = quilt2

    def of(self, viewer: Principal) -> Access:
        return Access(viewer, self._quilt2)

    async def buckets(self, viewer: Principal) -> list[str]:
        """Names of the registered buckets that have packages for the viewer."""
        query = select(BucketRow.name).where(self.of(viewer).sees_bucket).order_by(BucketRow.name)
        return list(await self._session.scalars(query))

    async def require(self, viewer: Principal, bucket: str, name: str) -> None:
        """Raises BucketNotFound or PackageNotFound."""
        access = self.of(viewer)
        query = select(BucketRow.name).where(BucketRow.name == bucket, access.sees_bucket)
        if await self._session.scalar(query) is None:
            raise BucketNotFound(bucket)
        if access.is_shared(bucket) and not await self._session.scalar(
            select(access.visible(literal(bucket), literal(name)))
        ):
            raise PackageNotFound(bucket, name)
