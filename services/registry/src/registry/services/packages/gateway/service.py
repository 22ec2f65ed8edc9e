"""Packages as the package gateway of the S3 proxy shows them to whoever signed a request."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from registry.db.access import Visibility
from registry.db.buckets import BucketStore
from registry.db.package_keys import PackageKeyStore, PushedRevision, PushedRevisionStore
from registry.errors import BucketNotFound, PackageNotFound, RevisionNotFound
from registry.services.packages.gateway.keys import LatestKeys, RevisionKeys
from registry.services.packages.gateway.listings import SLASH, list_folders, list_keys
from registry.services.packages.reader import PackageReader
from registry.services.packages.visible_packages import VisiblePackages, root_of
from shared.clients.package_gateway import GatewayBucket, GatewayFile, GatewayPage, KeyListing, encode
from shared.db.engine import Sessions, transaction
from shared.index.listings import ListingStore
from shared.index.trees.nodes import TreeFile
from shared.index.trees.reader import TreeReader
from shared.schemas.package_gateway import KeysQuestion, PageQuestion
from shared.schemas.principal import Principal

MIN_HASH_DIGITS = 8
"""Digits of a top hash that name a revision in a key."""
_TOO_FEW_DIGITS = re.compile(rf"[0-9a-fA-F]{{1,{MIN_HASH_DIGITS - 1}}}")
_TIME = re.compile(r"[1-9][0-9]{9,10}")
_REVISION_SLASHES = 3
"""Slashes in AUTHOR/NAME/REVISION/."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The part of a bucket that one caller sees, in one transaction."""

    packages: VisiblePackages
    keys: PackageKeyStore
    listings: ListingStore


class PackageGatewayService:
    def __init__(
        self, sessions: Sessions, reader: PackageReader, pushed: PushedRevisionStore, trees: TreeReader
    ) -> None:
        self._sessions = sessions
        self._reader = reader
        self._pushed = pushed
        self._trees = trees

    async def list_buckets(self, viewer: Principal) -> list[GatewayBucket]:
        async with transaction(self._sessions) as session:
            found = await BucketStore(session, self._reader.rules).seen(viewer)
        return [GatewayBucket(name, int(created_at.timestamp())) for name, created_at in found]

    async def list_keys(self, viewer: Principal, asked: KeysQuestion) -> KeyListing:
        """Raises BucketNotFound or RevisionUnreadable. What the caller does not see has no keys."""
        if asked.limit and asked.prefix.count(SLASH) >= _REVISION_SLASHES:
            return await self._list_revision(viewer, asked)
        async with self._open(self._reader.rules.of(viewer), asked.bucket) as opened:
            if not await opened.keys.is_seen():
                raise BucketNotFound(asked.bucket)
            if not asked.limit:
                return KeyListing([], [], None, None)
            if asked.delimiter == SLASH:
                return await list_folders(opened.packages, opened.keys, asked)
            return await list_keys(LatestKeys(opened.keys, self._trees, wanted=asked.limit + 1), asked)

    async def find_page(self, viewer: Principal, asked: PageQuestion) -> GatewayPage:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound or RevisionUnreadable."""
        found = await self._find(self._reader.rules.of(viewer), asked.bucket, asked.package, asked.revision)
        page = GatewayPage(found.top_hash, found.root.hex(), found.pushed_at, None, None, [], [])
        *parent, name = asked.path.split(SLASH)
        if page.tree != asked.known and (leaf := await self._trees.leaf_page(found.root, tuple(parent), name)):
            page.after, page.last = leaf.after, leaf.last
            for item in leaf.items:
                if isinstance(item, TreeFile):
                    file = GatewayFile(item.physical_key, item.size, item.hash_type, item.hash_value, item.meta)
                    page.names.append(item.name)
                    page.files.append(msgspec.Raw(encode(file)))
        return page

    async def _list_revision(self, viewer: Principal, asked: KeysQuestion) -> KeyListing:
        author, name, reference, _ = asked.prefix.split(SLASH, _REVISION_SLASHES)
        try:
            found = await self._find(self._reader.rules.of(viewer), asked.bucket, f"{author}/{name}", reference)
        except (PackageNotFound, RevisionNotFound):
            return KeyListing([], [], None, None)
        prefix, wanted = f"{author}/{name}/{reference}/", asked.limit + 1
        keys = RevisionKeys(self._trees, prefix, found, wanted=wanted, folded=asked.delimiter == SLASH)
        listing = await list_keys(keys, asked)
        listing.top_hash = found.top_hash
        return listing

    async def _find(self, visibility: Visibility, bucket: str, name: str, reference: str) -> PushedRevision:
        """The revision of `latest`, a push's time, a top hash, or MIN_HASH_DIGITS and more digits of one.

        Raises BucketNotFound, PackageNotFound, RevisionNotFound or RevisionUnreadable.
        """
        if "\0" in name + reference:
            raise PackageNotFound(bucket, name)
        has_too_few_digits = _TOO_FEW_DIGITS.fullmatch(reference) is not None
        if visibility.reads_every_package(bucket) and not has_too_few_digits:
            found = await self._pushed.find(bucket, name, reference)
            if found:
                return found
        async with self._open(visibility, bucket) as opened:
            package = await opened.packages.open(bucket, name)
            if has_too_few_digits:
                raise RevisionNotFound(name, reference)
            manifest = await package.manifest(reference)
            root = root_of(manifest, name, reference)
            if _TIME.fullmatch(reference):
                return PushedRevision(root, manifest.top_hash, int(reference))
            key = (bucket, name, manifest.top_hash)
            pushed_at = (await opened.listings.pushed_at([key])).get(key) or manifest.modified
            return PushedRevision(root, manifest.top_hash, int(pushed_at.timestamp()) if pushed_at else 0)

    @asynccontextmanager
    async def _open(self, visibility: Visibility, bucket: str) -> AsyncIterator[_Opened]:
        async with transaction(self._sessions) as session:
            packages = self._reader.seen_by(visibility.viewer)
            yield _Opened(packages, PackageKeyStore(session, visibility, bucket), ListingStore(self._reader.statements))
