"""Pointers, and the packages that they make."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, collate, delete, func, or_, select, text

from indexer.db.vectors import PACKAGE_VECTOR, tokens
from indexer.text_extraction import TEXT_LIMIT, storable
from shared.aws.objects import ListedObject
from shared.db.engine import AsyncSession
from shared.index.tables import IndexedPackageRow, PointerRow
from shared.quilt.keys import LATEST, Layout2ManifestKey, PointerKey

_PUT = text(f"""
    INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme, search)
    VALUES (
        :bucket, CAST(:name AS text), :top_hash, :modified, :revisions, CAST(:readme AS text), {PACKAGE_VECTOR}
    )
    ON CONFLICT (bucket, name) DO UPDATE SET
        top_hash = excluded.top_hash, modified = excluded.modified, revisions = excluded.revisions,
        readme = excluded.readme, search = excluded.search
""")  # noqa: S608 – a constant of ours


_SECOND = 2


@dataclass(frozen=True, slots=True)
class Pointer:
    """What S3 has at a key."""

    key: PointerKey | Layout2ManifestKey
    top_hash: str
    etag: str
    modified: datetime
    author: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a package's pointers add up to."""

    top_hash: str
    modified: datetime
    revisions: int


class IndexedPackageStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put_pointers(self, bucket: str, pointers: Sequence[Pointer]) -> None:
        """Whoever calls has locked their package, and removed those that were there."""
        for pointer in pointers:
            name = pointer.key.name
            tag = pointer.key.tag if isinstance(pointer.key, PointerKey) else await self._free_tag(bucket, pointer)
            self._session.add(
                PointerRow(
                    bucket=bucket,
                    name=name,
                    tag=tag,
                    layout=pointer.key.layout if isinstance(pointer.key, PointerKey) else 2,
                    top_hash=pointer.top_hash,
                    etag=pointer.etag,
                    modified=pointer.modified,
                    author=pointer.author,
                )
            )
            await self._session.flush()

    async def _free_tag(self, bucket: str, push: Pointer) -> str:
        """The time of a push; a second later when another one has that."""
        mine = (PointerRow.bucket == bucket, PointerRow.name == push.key.name)
        taken = set(await self._session.scalars(select(PointerRow.tag).where(*mine, PointerRow.layout == _SECOND)))
        second = int(push.modified.timestamp())
        while str(second) in taken:
            second += 1
        return str(second)

    async def remove_pointers(self, bucket: str, keys: Collection[PointerKey | Layout2ManifestKey]) -> set[str]:
        """Returns the top hashes that they held."""
        removed = delete(PointerRow).where(PointerRow.bucket == bucket, or_(*map(_is, keys)))
        return set(await self._session.scalars(removed.returning(PointerRow.top_hash)))

    async def pushed_as(self, bucket: str, top_hash: str) -> list[str]:
        """Packages that the second layout has this revision of."""
        query = select(PointerRow.name).where(
            PointerRow.bucket == bucket, PointerRow.top_hash == top_hash, PointerRow.layout == _SECOND
        )
        return list(await self._session.scalars(query.distinct()))

    async def is_pointed_at(self, bucket: str, top_hash: str) -> bool:
        query = select(PointerRow.name).where(PointerRow.bucket == bucket, PointerRow.top_hash == top_hash).limit(1)
        return await self._session.scalar(query) is not None

    async def named_latest(self, bucket: str, top_hash: str) -> list[str]:
        """Packages whose search document is of this revision."""
        query = select(IndexedPackageRow.name).where(
            IndexedPackageRow.bucket == bucket, IndexedPackageRow.top_hash == top_hash
        )
        return list(await self._session.scalars(query.order_by(IndexedPackageRow.name)))

    async def find_standing(self, bucket: str, name: str) -> Standing | None:
        """By `latest`; without it by the newest push."""
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
        return Standing(best.top_hash, best.modified, await self._session.scalar(pushes) or 0)

    async def find_readme(self, bucket: str, name: str, top_hash: str) -> str | None:
        """What is known of this revision's README."""
        query = select(IndexedPackageRow.readme).where(
            IndexedPackageRow.bucket == bucket, IndexedPackageRow.name == name, IndexedPackageRow.top_hash == top_hash
        )
        return await self._session.scalar(query) or None

    async def put(self, bucket: str, name: str, standing: Standing, *, message: str, meta: str, readme: str) -> None:
        await self._session.execute(
            _PUT,
            {
                "bucket": bucket,
                "name": name,
                "top_hash": standing.top_hash,
                "modified": standing.modified,
                "revisions": standing.revisions,
                "message": storable(message[:TEXT_LIMIT]),
                "meta": storable(meta[:TEXT_LIMIT]),
                "readme": readme,
                "tokens": tokens(name),
            },
        )

    async def remove(self, bucket: str, name: str) -> None:
        await self._session.execute(
            delete(IndexedPackageRow).where(IndexedPackageRow.bucket == bucket, IndexedPackageRow.name == name)
        )

    async def page_pointers(self, bucket: str, *, after: str, limit: int) -> list[ListedObject]:
        """Those of the first layout as S3 lists them, but with NAME/TAG for the key, and without size."""
        return await self._page(bucket, 1, PointerRow.name + "/" + PointerRow.tag, after, limit)

    async def page_second(self, bucket: str, *, after: str, limit: int) -> list[ListedObject]:
        """Those of the second layout, with their key below its prefix."""
        name = func.replace(PointerRow.name, "/", "@")
        tag = "tags/" + name + "/" + PointerRow.tag
        push = "manifests/" + name + "/" + PointerRow.top_hash + "/manifest.jsonl"
        return await self._page(bucket, _SECOND, case((PointerRow.tag == LATEST, tag), else_=push), after, limit)

    async def _page(
        self, bucket: str, layout: int, written: ColumnElement[str], after: str, limit: int
    ) -> list[ListedObject]:
        key = collate(written, "C")
        query = (
            select(key, PointerRow.etag, PointerRow.modified)
            .where(PointerRow.bucket == bucket, PointerRow.layout == layout, key > after)
            .order_by(key)
            .limit(limit)
        )
        return [ListedObject(name, 0, etag, at) for name, etag, at in await self._session.execute(query)]


def _is(key: PointerKey | Layout2ManifestKey) -> ColumnElement[bool]:
    if isinstance(key, PointerKey):
        return and_(PointerRow.name == key.name, PointerRow.tag == key.tag, PointerRow.layout == key.layout)
    return and_(
        PointerRow.name == key.name,
        PointerRow.top_hash == key.top_hash,
        PointerRow.layout == _SECOND,
        PointerRow.tag != LATEST,
    )
