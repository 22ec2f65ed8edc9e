"""Pointers, and the packages that they make."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from indexer.db.vectors import PACKAGE_VECTOR, tokens
from indexer.keys import LATEST, PointerKey
from indexer.texts import TEXT_LIMIT, storable
from shared.aws.objects import Listed
from shared.db.engine import AsyncSession
from shared.index.tables import PackageRow, PointerRow

_PUT = text(f"""
    INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme, search)
    VALUES (
        :bucket, CAST(:name AS text), :top_hash, :modified, :revisions, CAST(:readme AS text), {PACKAGE_VECTOR}
    )
    ON CONFLICT (bucket, name) DO UPDATE SET
        top_hash = excluded.top_hash, modified = excluded.modified, revisions = excluded.revisions,
        readme = excluded.readme, search = excluded.search
""")  # noqa: S608 – a constant of ours


@dataclass(frozen=True, slots=True)
class Pointer:
    key: PointerKey
    top_hash: str
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What a package's pointers add up to."""

    top_hash: str
    modified: datetime
    revisions: int


class PackageStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put_pointers(self, bucket: str, pointers: Sequence[Pointer]) -> None:
        if not pointers:
            return
        rows = [
            {
                "bucket": bucket,
                "name": pointer.key.name,
                "tag": pointer.key.tag,
                "top_hash": pointer.top_hash,
                "etag": pointer.etag,
                "modified": pointer.modified,
            }
            for pointer in pointers
        ]
        statement = insert(PointerRow).values(rows)
        new = statement.excluded
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=[PointerRow.bucket, PointerRow.name, PointerRow.tag],
                set_={"top_hash": new.top_hash, "etag": new.etag, "modified": new.modified},
            )
        )

    async def remove_pointers(self, bucket: str, name: str, tags: Collection[str]) -> None:
        if tags:
            await self._session.execute(
                delete(PointerRow).where(PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag.in_(tags))
            )

    async def pointed(self, bucket: str, name: str, tags: Collection[str]) -> set[str]:
        """Top hashes that these pointers hold in the index."""
        query = select(PointerRow.top_hash).where(
            PointerRow.bucket == bucket, PointerRow.name == name, PointerRow.tag.in_(tags)
        )
        return set(await self._session.scalars(query))

    async def is_pointed_at(self, bucket: str, top_hash: str) -> bool:
        query = select(PointerRow.name).where(PointerRow.bucket == bucket, PointerRow.top_hash == top_hash).limit(1)
        return await self._session.scalar(query) is not None

    async def named_latest(self, bucket: str, top_hash: str) -> list[str]:
        """Packages whose search document is of this revision."""
        query = select(PackageRow.name).where(PackageRow.bucket == bucket, PackageRow.top_hash == top_hash)
        return list(await self._session.scalars(query.order_by(PackageRow.name)))

    async def find_standing(self, bucket: str, name: str) -> Standing | None:
        """By `latest`; without it by the newest push."""
        query = (
            select(PointerRow)
            .where(PointerRow.bucket == bucket, PointerRow.name == name)
            .order_by((PointerRow.tag == LATEST).desc(), func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
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
        query = select(PackageRow.readme).where(
            PackageRow.bucket == bucket, PackageRow.name == name, PackageRow.top_hash == top_hash
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
        await self._session.execute(delete(PackageRow).where(PackageRow.bucket == bucket, PackageRow.name == name))

    async def page_pointers(self, bucket: str, *, after: str, limit: int) -> list[Listed]:
        """As S3 lists them, but with NAME/TAG for the key, and without size."""
        key = (PointerRow.name + "/" + PointerRow.tag).collate("C")
        query = (
            select(key, PointerRow.etag, PointerRow.modified)
            .where(PointerRow.bucket == bucket, key > after)
            .order_by(key)
            .limit(limit)
        )
        return [Listed(name, 0, etag, at) for name, etag, at in await self._session.execute(query)]
