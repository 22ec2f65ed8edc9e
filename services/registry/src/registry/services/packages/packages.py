"""What a reference to a revision means, and whether its content can be shown."""

import structlog

from registry.errors import EntryNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable
from registry.services.packages import presenters
from shared.clients.indexer import Indexer
from shared.db.cursors import decode_cursor, encode_cursor
from shared.errors import AppError
from shared.index.records import ManifestRecord, PackageRecord
from shared.index.search.predicates import Visible
from shared.index.store import IndexStore
from shared.index.tables import ManifestState
from shared.index.trees.nodes import TreeItem
from shared.quilt.keys import LATEST
from shared.quilt.names import is_top_hash
from shared.schemas.package import Package, PackageSummary, Revision
from shared.schemas.page import Page

log = structlog.get_logger()


_ADVICE = {
    ManifestState.MISSING: "Undelete that object, or push the package again.",
    ManifestState.CORRUPT: "Restore an earlier version of that object, or push the package again.",
    ManifestState.MISMATCH: "It was changed after the push: restore the version that was pushed, or push again.",
}


class PackageService:
    """Packages that the caller may read: others decide which these are."""

    def __init__(self, index: IndexStore, indexer: Indexer, quilt2_bucket: str) -> None:
        self._index = index
        self._quilt2_bucket = quilt2_bucket
        self._indexer = indexer

    async def page(
        self, bucket: str, visible: Visible, *, prefix: str, containing: str, after: str | None, limit: int
    ) -> Page[PackageSummary]:
        name = decode_cursor(after, str)[0] if after else None
        found, more = await self._index.packages(
            bucket, prefix=prefix, containing=containing, after=name, limit=limit, visible=visible
        )
        return Page(
            items=[presenters.summary(package) for package in found],
            next=encode_cursor(found[-1].name) if more else None,
        )

    async def get(self, bucket: str, name: str) -> Package:
        return presenters.package(await self._package(bucket, name))

    async def revision(self, bucket: str, name: str, reference: str) -> Revision:
        return presenters.revision(await self.manifest(bucket, name, reference))

    async def item(self, bucket: str, name: str, reference: str, path: str) -> TreeItem:
        """The file or directory at a path below the root."""
        found = await self._index.trees.entry(await self.root(bucket, name, reference), path)
        if found is None:
            raise EntryNotFound(f"There is nothing at {path} in {name} at {reference}")
        return found

    async def _package(self, bucket: str, name: str) -> PackageRecord:
        found = await self._index.package(bucket, name)
        if found is None:
            raise PackageNotFound(bucket, name)
        return found

    async def manifest(self, bucket: str, name: str, reference: str) -> ManifestRecord:
        top_hash = await self._index.resolve(bucket, name, reference)
        if top_hash is None:
            package = await self._package(bucket, name)
            if reference == LATEST:
                return package.latest
            return await self._just_pushed(bucket, name, reference)
        found = await self._index.manifest(bucket, top_hash)
        if found is None:
            try:
                await self._have_indexed(bucket, top_hash)
            except AppError as error:
                log.warning("manifest_not_indexed", bucket=bucket, top_hash=top_hash, error=str(error))
            found = await self._index.manifest(bucket, top_hash)
        return found or presenters.missing(bucket, top_hash)

    async def _just_pushed(self, bucket: str, name: str, reference: str) -> ManifestRecord:
        """A revision whose pointer the index has not seen yet; raises Unavailable when nobody can tell."""
        # A manifest alone does not say of which package it is, and so not for whom.
        if is_top_hash(reference) and bucket != self._quilt2_bucket:
            found = await self._index.manifest(bucket, reference)
            if found is None:
                await self._have_indexed(bucket, reference)
                found = await self._index.manifest(bucket, reference)
            if found and found.state is ManifestState.READY:
                return found
        raise RevisionNotFound(name, reference)

    async def _have_indexed(self, bucket: str, top_hash: str) -> None:
        await self._index.release_connection()  # the indexer may take long, and ask us
        await self._indexer.index_manifest(bucket, top_hash)

    async def push_before(self, bucket: str, name: str, reference: str, top_hash: str) -> str | None:
        """Top hash of the push before a tagged one, or before the newest of a top hash; None for the first."""
        tag = await self._index.tag_of(bucket, name, reference, top_hash)
        found, _ = await self._index.revisions(bucket, name, after=tag, limit=1)
        return found[0].manifest.top_hash if found else None

    async def root(self, bucket: str, name: str, reference: str) -> bytes:
        """Of the revision's tree; raises RevisionUnreadable when it has none."""
        return root_of(await self.manifest(bucket, name, reference), name, reference)


def root_of(manifest: ManifestRecord, name: str, reference: str) -> bytes:
    """Raises RevisionUnreadable, saying what helps."""
    if manifest.root is None:
        advice = _ADVICE.get(manifest.state, "Push the package again.")
        raise RevisionUnreadable(
            f"Revision {manifest.top_hash or reference} of {name} cannot be shown, its manifest is "
            f"{manifest.state}: {manifest.problem}. {advice}"
        )
    return manifest.root
