"""Packages as one caller sees them: references to revisions, their manifests, and whether their content can be shown."""

import structlog

from registry.db.access import VisibilityRules
from registry.db.buckets import BucketReadStore
from registry.errors import EntryNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable
from registry.services.packages import presenters
from shared.clients.indexer import Indexer
from shared.db.cursors import decode_cursor, encode_cursor
from shared.db.statements import Statements
from shared.errors import AppError
from shared.index.records import ManifestRecord, PackageRecord, RevisionRecord
from shared.index.store import IndexStore
from shared.index.tables import ManifestState
from shared.index.trees.nodes import TreeItem
from shared.quilt.keys import LATEST
from shared.quilt.names import is_top_hash
from shared.schemas.package import Package, PackageSummary, Revision
from shared.schemas.page import Page
from shared.schemas.principal import Principal

log = structlog.get_logger()

_ADVICE = {
    ManifestState.MISSING: "Undelete that object, or push the package again.",
    ManifestState.CORRUPT: "Restore an earlier version of that object, or push the package again.",
    ManifestState.MISMATCH: "It was changed after the push: restore the version that was pushed, or push again.",
}


class VisiblePackages:
    """The packages that one caller may read. `PackageReader` makes them."""

    def __init__(self, statements: Statements, rules: VisibilityRules, viewer: Principal, indexer: Indexer) -> None:
        self._statements = statements
        self._rules = rules
        self._viewer = viewer
        self._indexer = indexer
        self.visibility = rules.of(viewer)

    async def page(
        self, bucket: str, *, prefix: str, containing: str, after: str | None, limit: int
    ) -> Page[PackageSummary]:
        """Packages of a bucket that the caller sees, by name."""
        name = decode_cursor(after, str)[0] if after else None
        found, more = await IndexStore(self._statements).packages(
            bucket,
            prefix=prefix,
            containing=containing,
            after=name,
            limit=limit,
            visible=self.visibility.seen_in(bucket),
        )
        return Page(
            items=[presenters.summary(package) for package in found],
            next=encode_cursor(found[-1].name) if more else None,
        )

    async def open(self, bucket: str, name: str) -> "VisiblePackage":
        """Raises BucketNotFound or PackageNotFound. A package that is not in the index fails when it is read."""
        await self.visibility.require_package(self._statements, bucket, name)
        return VisiblePackage(
            bucket,
            name,
            index=IndexStore(self._statements),
            indexer=self._indexer,
            is_shared=self.visibility.is_shared(bucket),
        )

    async def readable_buckets(self) -> list[str]:
        """Names of the registered buckets whose objects the caller may read."""
        return await BucketReadStore(self._statements, self._rules).readable(self._viewer)


class VisiblePackage:
    """A package that the caller may read."""

    def __init__(self, bucket: str, name: str, *, index: IndexStore, indexer: Indexer, is_shared: bool) -> None:
        """`is_shared`: packages of the bucket have readers of their own."""
        self.bucket = bucket
        self.name = name
        self.is_shared = is_shared
        self._index = index
        self._indexer = indexer

    async def describe(self) -> Package:
        return presenters.package(await self.record())

    async def record(self) -> PackageRecord:
        """Raises PackageNotFound."""
        found = await self._index.package(self.bucket, self.name)
        if found is None:
            raise PackageNotFound(self.bucket, self.name)
        return found

    async def pushes(self, *, after: str | None, limit: int) -> list[RevisionRecord]:
        """Newest first, older than the one tagged `after`; raises PackageNotFound."""
        found, _ = await self._index.revisions(self.bucket, self.name, after=after, limit=limit)
        if not found and not after:
            await self.record()
        return found

    async def pushes_if_any(self, *, after: str | None, limit: int) -> list[RevisionRecord]:
        """As `pushes`, also of a package that is gone."""
        return (await self._index.revisions(self.bucket, self.name, after=after, limit=limit))[0]

    async def revision(self, reference: str) -> Revision:
        return presenters.revision(await self.manifest(reference))

    async def manifest(self, reference: str) -> ManifestRecord:
        """Raises PackageNotFound, RevisionNotFound, or Unavailable when only the indexer could tell."""
        pushed = await self._index.revision(self.bucket, self.name, reference)
        if pushed is None:
            package = await self.record()
            if reference == LATEST:
                return package.latest
            return await self._just_pushed(reference.lower())
        top_hash, found = pushed
        if found is None:
            try:
                await self._have_indexed(top_hash)
            except AppError as error:
                log.warning("manifest_not_indexed", bucket=self.bucket, top_hash=top_hash, error=str(error))
            found = await self._index.manifest(self.bucket, top_hash)
        return found or presenters.missing_manifest(self.bucket, top_hash)

    async def root(self, reference: str) -> bytes:
        """Storage hash of the revision's tree; raises RevisionUnreadable when it has none."""
        return root_of(await self.manifest(reference), self.name, reference)

    async def item(self, reference: str, path: str) -> TreeItem:
        """The file or directory at a path below the root; raises EntryNotFound."""
        found = await self._index.trees.entry(await self.root(reference), path)
        if found is None:
            raise EntryNotFound(f"There is nothing at {path} in {self.name} at {reference}")
        return found

    async def push_before(self, reference: str, top_hash: str) -> str | None:
        """Top hash of the push before a tagged one, or before the newest of a top hash; None for the first."""
        tag = await self._index.tag_of(self.bucket, self.name, reference, top_hash)
        found, _ = await self._index.revisions(self.bucket, self.name, after=tag, limit=1)
        return found[0].manifest.top_hash if found else None

    async def _just_pushed(self, reference: str) -> ManifestRecord:
        """A revision whose pointer the index has not seen yet; raises RevisionNotFound or Unavailable."""
        # A manifest alone does not say whose package it belongs to, nor who may read it.
        if is_top_hash(reference) and not self.is_shared:
            found = await self._index.manifest(self.bucket, reference)
            if found is None:
                await self._have_indexed(reference)
                found = await self._index.manifest(self.bucket, reference)
            if found and found.state is ManifestState.READY:
                return found
        raise RevisionNotFound(self.name, reference)

    async def _have_indexed(self, top_hash: str) -> None:
        await self._indexer.index_manifest(self.bucket, top_hash)


def root_of(manifest: ManifestRecord, name: str, reference: str) -> bytes:
    """Storage hash of the manifest's tree; raises RevisionUnreadable with advice."""
    if manifest.root is None:
        advice = _ADVICE.get(manifest.state, "Push the package again.")
        raise RevisionUnreadable(
            f"Revision {manifest.top_hash or reference} of {name} cannot be shown, its manifest is "
            f"{manifest.state}: {manifest.problem}. {advice}"
        )
    return manifest.root
