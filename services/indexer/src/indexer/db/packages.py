"""Pointers, and the packages that they form."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update

from indexer.db.vectors import PACKAGE_VECTOR, tokens
from indexer.text_extraction import MAX_TEXT_BYTES, storable
from shared.aws.objects import ListedObject
from shared.db.engine import AsyncSession
from shared.index.rows import manifest_of
from shared.index.tables import IndexedPackageRow, ManifestRow, PointerRow
from shared.quilt.keys import LATEST, LAYOUT_2, POINTERS, Layout2ManifestKey, PointerKey
from shared.quilt.labels import PackageLabel

_PUT = text(f"""
    INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme, title, description, search)
    VALUES (
        :bucket, CAST(:name AS text), :top_hash, :modified, :revisions, CAST(:readme AS text), :title, :description,
        {PACKAGE_VECTOR}
    )
    ON CONFLICT (bucket, name) DO UPDATE SET
        top_hash = excluded.top_hash, modified = excluded.modified, revisions = excluded.revisions,
        readme = excluded.readme, title = excluded.title, description = excluded.description, search = excluded.search
""")  # noqa: S608 – made of constants


_LAYOUT_2 = 2

_RANGE = text(f"""
    SELECT key, etag, modified
    FROM (
        SELECT etag, modified, CASE
            WHEN layout = 1 THEN '{POINTERS}' || name || '/' || tag
            WHEN tag = '{LATEST}' THEN '{LAYOUT_2}tags/' || replace(name, '/', '@') || '/' || tag
            ELSE '{LAYOUT_2}manifests/' || replace(name, '/', '@') || '/' || top_hash || '/manifest.jsonl'
        END COLLATE "C" AS key
        FROM index.pointer WHERE bucket = :bucket
    ) AS pointer
    WHERE key > :lower AND (CAST(:upper AS text) IS NULL OR key <= :upper) ORDER BY key
""")  # noqa: S608 – made of constants


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer as S3 has it, or a push of the second layout."""

    key: PointerKey | Layout2ManifestKey
    top_hash: str
    etag: str
    modified: datetime
    author: str | None


@dataclass(frozen=True, slots=True)
class UnlabelledPackage:
    """A package whose title and description were not looked for yet."""

    bucket: str
    name: str
    readme: str
    header: str | None
    """Header of the manifest of its latest revision."""


@dataclass(frozen=True, slots=True)
class PointerSummary:
    """A package's latest revision, and the number of its revisions, as its pointers give them."""

    top_hash: str
    modified: datetime
    revisions: int


class IndexedPackageStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put_pointers(self, bucket: str, pointers: Sequence[Pointer]) -> None:
        """Add pointers. The caller has locked their package and removed the former ones of their keys."""
        for pointer in pointers:
            name = pointer.key.name
            tag = pointer.key.tag if isinstance(pointer.key, PointerKey) else await self._free_tag(bucket, pointer)
            self._session.add(
                PointerRow(
                    bucket=bucket,
                    name=name,
                    tag=tag,
                    layout=pointer.key.layout if isinstance(pointer.key, PointerKey) else _LAYOUT_2,
                    top_hash=pointer.top_hash,
                    etag=pointer.etag,
                    modified=pointer.modified,
                    author=pointer.author,
                )
            )
            await self._session.flush()

    async def _free_tag(self, bucket: str, push: Pointer) -> str:
        """The time of a push in Unix seconds, or the next second that no other push has."""
        of_package = (PointerRow.bucket == bucket, PointerRow.name == push.key.name)
        taken = set(
            await self._session.scalars(select(PointerRow.tag).where(*of_package, PointerRow.layout == _LAYOUT_2))
        )
        second = int(push.modified.timestamp())
        while str(second) in taken:
            second += 1
        return str(second)

    async def remove_pointers(self, bucket: str, keys: Collection[PointerKey | Layout2ManifestKey]) -> set[str]:
        """Returns the top hashes that the removed pointers named."""
        removed = delete(PointerRow).where(PointerRow.bucket == bucket, or_(*map(_has_key, keys)))
        return set(await self._session.scalars(removed.returning(PointerRow.top_hash)))

    async def names_in_layout_2(self, bucket: str, top_hash: str) -> list[str]:
        """Names of the packages that have this revision in the second layout."""
        query = select(PointerRow.name).where(
            PointerRow.bucket == bucket, PointerRow.top_hash == top_hash, PointerRow.layout == _LAYOUT_2
        )
        return list(await self._session.scalars(query.distinct()))

    async def is_pointed_at(self, bucket: str, top_hash: str) -> bool:
        query = select(PointerRow.name).where(PointerRow.bucket == bucket, PointerRow.top_hash == top_hash).limit(1)
        return await self._session.scalar(query) is not None

    async def names_with_latest(self, bucket: str, top_hash: str) -> list[str]:
        """Names of the packages whose search document shows this revision."""
        query = select(IndexedPackageRow.name).where(
            IndexedPackageRow.bucket == bucket, IndexedPackageRow.top_hash == top_hash
        )
        return list(await self._session.scalars(query.order_by(IndexedPackageRow.name)))

    async def find_summary(self, bucket: str, name: str) -> PointerSummary | None:
        """The revision of `latest`, or of the newest push where there is no `latest`."""
        query = (
            select(PointerRow)
            .where(PointerRow.bucket == bucket, PointerRow.name == name)
            .order_by(
                (PointerRow.tag == LATEST).desc(),
                func.length(PointerRow.tag).desc(),
                PointerRow.tag.desc(),
                PointerRow.modified.desc(),
            )
            .limit(1)
        )
        best = await self._session.scalar(query)
        if best is None:
            return None
        pushes = select(func.count()).where(
            PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag != LATEST
        )
        return PointerSummary(best.top_hash, best.modified, await self._session.scalar(pushes) or 0)

    async def find_readme(self, bucket: str, name: str, top_hash: str) -> str | None:
        """The README in the search document, if that shows this revision."""
        query = select(IndexedPackageRow.readme).where(
            IndexedPackageRow.bucket == bucket, IndexedPackageRow.name == name, IndexedPackageRow.top_hash == top_hash
        )
        return await self._session.scalar(query) or None

    async def put(
        self,
        bucket: str,
        name: str,
        summary: PointerSummary,
        *,
        message: str,
        meta: str,
        readme: str,
        label: PackageLabel,
    ) -> None:
        await self._session.execute(
            _PUT,
            {
                "bucket": bucket,
                "name": name,
                "top_hash": summary.top_hash,
                "modified": summary.modified,
                "revisions": summary.revisions,
                "message": storable(message[:MAX_TEXT_BYTES]),
                "meta": storable(meta[:MAX_TEXT_BYTES]),
                "readme": readme,
                "title": storable(label.title or ""),
                "description": storable(label.description or ""),
                "tokens": tokens(name),
            },
        )

    async def find_without_label(self, limit: int) -> list[UnlabelledPackage]:
        """Packages that were indexed before there were titles."""
        query = (
            select(IndexedPackageRow.bucket, IndexedPackageRow.name, IndexedPackageRow.readme, ManifestRow.header)
            .outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
            .where(IndexedPackageRow.title.is_(None))
            .limit(limit)
        )
        return [UnlabelledPackage(*row) for row in await self._session.execute(query)]

    async def put_label(self, bucket: str, name: str, label: PackageLabel) -> None:
        """Write the label of a package that has none yet."""
        wanted = update(IndexedPackageRow).where(
            IndexedPackageRow.bucket == bucket, IndexedPackageRow.name == name, IndexedPackageRow.title.is_(None)
        )
        title, description = storable(label.title or ""), storable(label.description or "")
        await self._session.execute(wanted.values(title=title, description=description))

    async def remove(self, bucket: str, name: str) -> None:
        await self._session.execute(
            delete(IndexedPackageRow).where(IndexedPackageRow.bucket == bucket, IndexedPackageRow.name == name)
        )

    async def range(self, bucket: str, lower: str, upper: str | None) -> list[ListedObject]:
        """Pointers with keys after `lower`, up to `upper`, in S3's order; pushes of the second layout as their manifests. Sizes are 0."""
        values = {"bucket": bucket, "lower": lower, "upper": upper}
        return [ListedObject(row.key, 0, row.etag, row.modified) for row in await self._session.execute(_RANGE, values)]


def _has_key(key: PointerKey | Layout2ManifestKey) -> ColumnElement[bool]:
    if isinstance(key, PointerKey):
        return and_(PointerRow.name == key.name, PointerRow.tag == key.tag, PointerRow.layout == key.layout)
    return and_(
        PointerRow.name == key.name,
        PointerRow.top_hash == key.top_hash,
        PointerRow.layout == _LAYOUT_2,
        PointerRow.tag != LATEST,
    )
