"""Visibility of buckets and packages. Everything that reads for a caller asks a `Visibility`.

A package of Quilt 2 is readable by those its owner shared it with. Roles give no access to it, not even administrators'.
Every other package is readable by callers whose role reads its bucket.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    all_,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import BucketRow, Quilt2AccessRow, Quilt2PackageRow
from registry.errors import BucketNotFound, PackageNotFound
from registry.settings import Quilt2Settings
from shared import permissions
from shared.db.compiled import CompiledQuery
from shared.db.statements import Statements
from shared.index.search.predicates import Visible
from shared.index.search.results import PackageReaders
from shared.schemas.principal import Principal

_ALLOWED, _HIDDEN = bindparam("allowed", type_=ARRAY(Text)), bindparam("hidden", type_=ARRAY(Text))
_SHARED, _READERS = bindparam("shared", type_=Text), bindparam("readers", type_=ARRAY(Text))
READS_BUCKET: ColumnElement[bool] = and_(
    or_(_ALLOWED.is_(None), BucketRow.name == any_(_ALLOWED)), BucketRow.name != all_(_HIDDEN)
)
"""Condition on `BucketRow`, with the parameters of a `Visibility`: the caller's role reads the bucket."""
SEES_BUCKET: ColumnElement[bool] = or_(
    READS_BUCKET, and_(BucketRow.name == _SHARED, exists().where(Quilt2AccessRow.user == any_(_READERS)))
)
"""The caller's role reads the bucket, or a package of Quilt 2 is shared with them."""
_BUCKET = CompiledQuery(select(BucketRow.name).where(BucketRow.name == bindparam("bucket", type_=Text), SEES_BUCKET))


@dataclass(frozen=True, slots=True)
class Visibility:
    """The buckets and packages that one caller may know of."""

    viewer: Principal
    quilt2: Quilt2Settings

    def reads(self, bucket: str) -> bool:
        """The caller's role reads the whole bucket, in S3 as well, provided that it is registered."""
        return permissions.allows(self.viewer, bucket)

    def is_shared(self, bucket: str) -> bool:
        """The bucket holds the packages of Quilt 2, each of which has readers of its own."""
        return bool(bucket) and bucket == self.quilt2.bucket

    def reads_every_package(self, bucket: str) -> bool:
        """The role alone decides, and it allows: no query is needed but for whether the bucket is registered."""
        return self.reads(bucket) and not self.is_shared(bucket)

    def reads_problems(self, bucket: str) -> bool:
        """Problems name packages. In the bucket of Quilt 2 they are for administrators whose role reads the bucket."""
        return not self.is_shared(bucket) or (self.viewer.is_admin and self.reads(bucket))

    @property
    def parameters(self) -> dict[str, object]:
        """Values for `READS_BUCKET` and `SEES_BUCKET`."""
        allowed = permissions.readable(self.viewer)
        return {
            "allowed": None if allowed is None else sorted(allowed),
            "hidden": sorted(permissions.hidden(self.viewer)),
            "shared": self.quilt2.bucket,
            "readers": self._readers,
        }

    def seen_in(self, bucket: str) -> Visible | None:
        """`sees_package` for a bucket that the caller sees; None where that is every package."""
        return self.sees_package if self.is_shared(bucket) else None

    def sees_package(self, bucket: Any, name: Any) -> ColumnElement[bool]:
        """Condition on columns with a package's bucket and name, in buckets that the caller sees. A `Visible`."""
        if not self.quilt2.bucket:
            return true()
        whose = (
            Quilt2PackageRow.owner == func.split_part(name, "/", 1),
            Quilt2PackageRow.name == func.split_part(name, "/", 2),
        )
        readers = literal(self._readers, ARRAY(Text))  # one parameter, however many readers there are
        permitted = exists().where(
            *whose, Quilt2AccessRow.package_id == Quilt2PackageRow.id, Quilt2AccessRow.user == any_(readers)
        )
        others = ~exists().where(*whose) if self.reads(self.quilt2.bucket) else false()
        return or_(bucket != self.quilt2.bucket, permitted, others)

    async def package_readers(self, session: AsyncSession) -> dict[str, PackageReaders]:
        """The packages that the caller sees in the bucket of Quilt 2; empty without one. For `SearchScope.restricted`."""
        bucket = self.quilt2.bucket
        if not bucket:
            return {}
        permitted = exists().where(
            Quilt2AccessRow.package_id == Quilt2PackageRow.id, Quilt2AccessRow.user.in_(self._readers)
        )
        reads_others = self.reads(bucket)
        name = Quilt2PackageRow.owner + "/" + Quilt2PackageRow.name
        found = await session.scalars(select(name).where(not_(permitted) if reads_others else permitted))
        return {bucket: PackageReaders(frozenset(found), seen=not reads_others)}

    async def sees(self, statements: Statements, bucket: str) -> bool:
        """The bucket is registered, and has packages for the caller."""
        return await _BUCKET.first(statements, bucket=bucket, **self.parameters) is not None

    async def require_package(self, statements: Statements, bucket: str, name: str) -> None:
        """Raises BucketNotFound or PackageNotFound. Whether the package exists in the index is another question."""
        if not await self.sees(statements, bucket):
            raise BucketNotFound(bucket)
        if self.is_shared(bucket):
            seen = CompiledQuery(select(self.sees_package(literal(bucket), literal(name))))
            if not await seen.value(statements):
                raise PackageNotFound(bucket, name)

    @property
    def _readers(self) -> list[str]:
        return sorted(self.quilt2.readers(self.viewer.name))


@dataclass(frozen=True, slots=True)
class VisibilityRules:
    """The installation's rules; `of` applies them to a caller. Without the settings of Quilt 2, roles alone decide."""

    quilt2: Quilt2Settings = field(default_factory=Quilt2Settings)

    def of(self, viewer: Principal) -> Visibility:
        return Visibility(viewer, self.quilt2)


BY_ROLE = VisibilityRules()
"""The rules for writes and for objects in S3."""
