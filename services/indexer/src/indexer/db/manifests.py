from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, delete, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from indexer.text_extraction import storable
from shared.aws.objects import ListedObject, ObjectInfo
from shared.db.engine import AsyncSession
from shared.index.tables import ArchiveLayoutRow, IndexedPackageRow, ManifestRow, ManifestState, PointerRow
from shared.index.trees.manifest_reader import ManifestContents
from shared.quilt.file_kinds import FileKind
from shared.quilt.keys import MANIFESTS

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """The object that a manifest's row was made from."""

    state: ManifestState
    key: str
    etag: str
    version_id: str | None

    def matches(self, info: ObjectInfo) -> bool:
        if self.state is ManifestState.MISSING:
            return False
        return (self.key, self.etag, self.version_id) == (info.key, info.etag, info.version_id)


class ManifestStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_source(self, bucket: str, top_hash: str) -> ManifestSource | None:
        query = select(ManifestRow.state, ManifestRow.key, ManifestRow.etag, ManifestRow.version_id)
        found = (await self._session.execute(query.where(_is(bucket, top_hash)))).one_or_none()
        return ManifestSource(ManifestState(found.state), found.key, found.etag, found.version_id) if found else None

    async def touch(self, bucket: str, top_hash: str, modified: datetime) -> None:
        """Note the time of an object that was written again with the same content."""
        await self._session.execute(
            update(ManifestRow).where(_is(bucket, top_hash), ManifestRow.modified != modified).values(modified=modified)
        )

    async def mark_read(
        self, bucket: str, top_hash: str, info: ObjectInfo, contents: ManifestContents
    ) -> ManifestState:
        """Write what was read. The state is READY, or MISMATCH when the content has another top hash."""
        fits = contents.top_hash == top_hash
        state = ManifestState.READY if fits else ManifestState.MISMATCH
        await self._put(
            bucket,
            top_hash,
            state=state,
            problem=None if fits else f"Its content has the top hash {contents.top_hash}",
            header=contents.header,
            message=None if contents.message is None else storable(contents.message),
            total_entries=contents.root.entries,
            total_bytes=contents.root.size,
            root=contents.root.storage if fits else None,
            identity=contents.root.identity if fits else None,
            kinds=contents.kinds if fits else None,
            key=info.key,
            version_id=info.version_id,
            etag=info.etag,
            modified=info.modified,
        )
        if fits and contents.layout is not None:
            await self.put_layout(bucket, top_hash, contents.root.storage, contents.layout)
        return state

    async def put_layout(self, bucket: str, top_hash: str, root: bytes, layout: bytes) -> None:
        """Write the layout of archives of the tree at `root`, unless the manifest has another tree by now."""
        manifest = select(ManifestRow.bucket, ManifestRow.top_hash, ManifestRow.root, literal(layout)).where(
            _is(bucket, top_hash), ManifestRow.root == root
        )
        columns = ["bucket", "top_hash", "root", "layout"]
        statement = insert(ArchiveLayoutRow).from_select(columns, manifest)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=columns[:2],
                set_={"root": statement.excluded.root, "layout": statement.excluded.layout},
            )
        )

    async def find_latest_without_kinds(self, limit: int) -> list[tuple[str, str, bytes]]:
        """Bucket, top hash and root of the latest revisions of packages whose bytes were not added up by kind."""
        is_latest = select(IndexedPackageRow.name).where(
            IndexedPackageRow.bucket == ManifestRow.bucket, IndexedPackageRow.top_hash == ManifestRow.top_hash
        )
        query = select(ManifestRow.bucket, ManifestRow.top_hash, ManifestRow.root).where(
            ManifestRow.root.is_not(None), ManifestRow.kinds.is_(None), is_latest.exists()
        )
        found = await self._session.execute(query.limit(limit))
        return [(bucket, top_hash, root) for bucket, top_hash, root in found if root is not None]

    async def put_kinds(self, bucket: str, top_hash: str, root: bytes, kinds: Mapping[FileKind, int]) -> None:
        """Write the bytes by kind of the tree at `root`, unless the manifest has another tree by now."""
        wanted = update(ManifestRow).where(_is(bucket, top_hash), ManifestRow.root == root)
        await self._session.execute(wanted.values(kinds=dict(kinds)))

    async def mark_corrupt(self, bucket: str, top_hash: str, info: ObjectInfo, problem: str) -> None:
        await self._put(
            bucket,
            top_hash,
            state=ManifestState.CORRUPT,
            problem=storable(problem),
            key=info.key,
            version_id=info.version_id,
            etag=info.etag,
            modified=info.modified,
        )

    async def mark_missing(self, bucket: str, top_hash: str, key: str) -> None:
        await self._put(bucket, top_hash, key=key, state=ManifestState.MISSING, problem=f"There is no {key}")

    async def remove(self, bucket: str, top_hash: str) -> None:
        await self._session.execute(delete(ManifestRow).where(_is(bucket, top_hash)))

    async def remove_unwanted(self, bucket: str, top_hashes: set[str]) -> None:
        """Remove the rows of missing manifests that no pointer names any more."""
        wanted = select(PointerRow.tag).where(PointerRow.bucket == bucket, PointerRow.top_hash == ManifestRow.top_hash)
        await self._session.execute(
            delete(ManifestRow).where(
                ManifestRow.bucket == bucket,
                ManifestRow.top_hash.in_(top_hashes),
                ManifestRow.state == ManifestState.MISSING,
                ~wanted.exists(),
            )
        )

    async def range(self, bucket: str, lower: str, upper: str | None) -> list[ListedObject]:
        """Manifests of the first layout with keys after `lower`, up to `upper`, in S3's order. Sizes are 0.

        Rows of manifests that S3 lacks are left out.
        """
        query = (
            select(ManifestRow.key, ManifestRow.etag, ManifestRow.modified)
            .where(ManifestRow.bucket == bucket, ManifestRow.state != ManifestState.MISSING)
            .where(ManifestRow.key == MANIFESTS + ManifestRow.top_hash)
            .where(ManifestRow.top_hash > lower.removeprefix(MANIFESTS) if lower.startswith(MANIFESTS) else true())
            .where(ManifestRow.key > lower)
            .order_by(ManifestRow.top_hash)
        )
        if upper is not None:
            query = query.where(ManifestRow.key <= upper)
        return [
            ListedObject(row.key, 0, row.etag, row.modified or _NEVER) for row in await self._session.execute(query)
        ]

    async def _put(self, bucket: str, top_hash: str, **values: object) -> None:
        nothing = {
            "problem": None,
            "header": "{}",
            "message": None,
            "total_entries": 0,
            "total_bytes": 0,
            "root": None,
            "identity": None,
            "kinds": None,
            "version_id": None,
            "etag": "",
            "modified": None,
        }
        row = {**nothing, **values, "indexed_at": func.now()}
        statement = insert(ManifestRow).values(bucket=bucket, top_hash=top_hash, **row)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=[ManifestRow.bucket, ManifestRow.top_hash], set_=row)
        )


def _is(bucket: str, top_hash: str) -> ColumnElement[bool]:
    return and_(ManifestRow.bucket == bucket, ManifestRow.top_hash == top_hash)
