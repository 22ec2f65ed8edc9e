from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ARRAY, ColumnElement, Text, and_, any_, delete, func, literal, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from indexer.text_extraction import storable
from shared.aws.objects import ListedObject, ObjectInfo
from shared.db.engine import AsyncSession
from shared.index.tables import ArchiveLayoutRow, ManifestRow, ManifestState, PointerRow
from shared.index.trees.manifest_reader import ManifestContents
from shared.quilt.file_kinds import FileKind
from shared.quilt.keys import MANIFESTS

_SOURCE = (ManifestRow.top_hash, ManifestRow.state, ManifestRow.key, ManifestRow.etag, ManifestRow.version_id)
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


_NOTHING = {
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
"""Columns of a manifest that could not be read."""
_INSERT = insert(ManifestRow).values(indexed_at=func.clock_timestamp())
_PUT_READY = _INSERT.on_conflict_do_update(
    index_elements=[ManifestRow.bucket, ManifestRow.top_hash],
    set_={name: _INSERT.excluded[name] for name in (*_NOTHING, "key", "state", "indexed_at")},
)
_NEWER = text("""
    SELECT top_hash FROM index.manifest
    WHERE bucket = :bucket AND top_hash = ANY (:top_hashes) AND indexed_at >= :began
    UNION ALL
    SELECT top_hash FROM unnest(CAST(:top_hashes AS text[])) AS top_hash
    JOIN index.removed_key ON bucket = :bucket AND key = CAST(:folder AS text) || top_hash AND removed_at >= :began
""")
_INSERT_LAYOUT = insert(ArchiveLayoutRow)
_PUT_LAYOUTS = _INSERT_LAYOUT.on_conflict_do_update(
    index_elements=[ArchiveLayoutRow.bucket, ArchiveLayoutRow.top_hash],
    set_={"root": _INSERT_LAYOUT.excluded.root, "layout": _INSERT_LAYOUT.excluded.layout},
)


class ManifestStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_source(self, bucket: str, top_hash: str) -> ManifestSource | None:
        return (await self.find_sources(bucket, [top_hash])).get(top_hash)

    async def find_sources(self, bucket: str, top_hashes: Collection[str]) -> dict[str, ManifestSource]:
        """By top hash."""
        wanted = ManifestRow.top_hash == any_(literal(sorted(top_hashes), ARRAY(Text)))
        query = select(*_SOURCE).where(ManifestRow.bucket == bucket, wanted)
        return {
            row.top_hash: ManifestSource(ManifestState(row.state), row.key, row.etag, row.version_id)
            for row in await self._session.execute(query)
        }

    async def find_newer(self, bucket: str, top_hashes: Collection[str], began: datetime) -> set[str]:
        """Manifests among these that were written or removed since that time. The caller has locked their keys."""
        values = {"bucket": bucket, "top_hashes": sorted(top_hashes), "began": began, "folder": MANIFESTS}
        return set(await self._session.scalars(_NEWER, values))

    async def touch(self, bucket: str, top_hash: str, modified: datetime) -> None:
        """Note the time of an object that was written again with the same content."""
        changed = update(ManifestRow).where(_is(bucket, top_hash), ManifestRow.modified != modified)
        await self._session.execute(changed.values(modified=modified, indexed_at=func.clock_timestamp()))

    async def mark_read(
        self, bucket: str, top_hash: str, info: ObjectInfo, contents: ManifestContents
    ) -> ManifestState:
        """Write what was read. The state is READY, or MISMATCH when the content has another top hash."""
        if contents.top_hash == top_hash:
            await self.mark_ready(bucket, {top_hash: (info, contents)})
            return ManifestState.READY
        await self._put(
            bucket,
            top_hash,
            **_described(info, contents),
            state=ManifestState.MISMATCH,
            problem=f"Its content has the top hash {contents.top_hash}",
        )
        return ManifestState.MISMATCH

    async def mark_ready(self, bucket: str, read: Mapping[str, tuple[ObjectInfo, ManifestContents]]) -> None:
        """Write what was read of manifests whose content has their top hash."""
        rows = [
            {
                **_NOTHING,
                "bucket": bucket,
                "top_hash": top_hash,
                **_described(info, contents),
                "state": ManifestState.READY,
                "root": contents.root.storage,
                "identity": contents.root.identity,
                "kinds": contents.kinds,
            }
            for top_hash, (info, contents) in sorted(read.items())
        ]
        layouts = [
            {"bucket": bucket, "top_hash": top_hash, "root": contents.root.storage, "layout": contents.layout}
            for top_hash, (_, contents) in sorted(read.items())
            if contents.layout is not None
        ]
        if rows:
            await self._session.execute(_PUT_READY, rows)
        if layouts:
            await self._session.execute(_PUT_LAYOUTS, layouts)

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

    async def find_root_without_kinds(self, bucket: str, top_hash: str) -> bytes | None:
        """The root of a revision, unless its bytes were added up."""
        query = select(ManifestRow.root).where(_is(bucket, top_hash), ManifestRow.kinds.is_(None))
        return await self._session.scalar(query)

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
        row = {**_NOTHING, **values, "indexed_at": func.clock_timestamp()}
        statement = insert(ManifestRow).values(bucket=bucket, top_hash=top_hash, **row)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=[ManifestRow.bucket, ManifestRow.top_hash], set_=row)
        )


def _described(info: ObjectInfo, contents: ManifestContents) -> dict[str, object]:
    return {
        "header": contents.header,
        "message": None if contents.message is None else storable(contents.message),
        "total_entries": contents.root.entries,
        "total_bytes": contents.root.size,
        "key": info.key,
        "version_id": info.version_id,
        "etag": info.etag,
        "modified": info.modified,
    }


def _is(bucket: str, top_hash: str) -> ColumnElement[bool]:
    return and_(ManifestRow.bucket == bucket, ManifestRow.top_hash == top_hash)
