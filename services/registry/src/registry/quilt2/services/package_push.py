"""One push of one package: S3 first, rows last.

A push holds no database connection while it works on S3. Its order:

1. The package, its readers and its version are read, and what is known of the objects; if a part is pushed, the latest
   instance is read first. A pusher who is not the owner must have uploaded the objects that the package lacks; they are
   copied to where the owner's objects are.
2. README and metadata are read from S3, and the manifest is written (`instance_writer.write_instance`).
3. Where there is no package, one transaction reserves its name: a row without readers, which nobody may see. The index
   hides what has such a row, so that the pointers of a private package are never seen by those who read the bucket.
4. Pointers are written: one named by the time, then `latest`.
5. One transaction locks the package's row and adds the rows: readers of a new package, objects, instance, log, event and
   tag. If the package has another version than in 1 or 3, another writer was faster, and the push begins again at 1.

A push that ends early leaves a manifest without a pointer (2), a reserved name, which the next push takes over (3), or
pointers to a complete manifest of the pusher's own (4), which only the package's readers may see and the next push
replaces as `latest`. The rows of an instance never name a manifest that is not there.

If the package is deleted during 4, its new pointers have no row until the push has reserved the name again or has removed
them. For that moment they are seen by those whose role reads the bucket, and whose credentials read all of it in S3.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import orjson

from registry.quilt2.db.instances import InstanceStore
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.push_reads import PushReadStore
from registry.quilt2.db.push_rows import PushRows, add_push
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.errors import NotSharedYet, PackageNameTaken, SubpathNotFound, WriteConflict
from registry.quilt2.events import Event
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.callers import Quilt2Caller
from registry.quilt2.services.claims import find_unlinked, remove_uploads, take_uploads
from registry.quilt2.services.instance_writer import (
    InstanceDraft,
    KnownObjects,
    WrittenInstance,
    find_known_objects,
    keep_texts,
    retry_conflicts,
    write_instance,
)
from registry.quilt2.services.pushed_trees import PushedTree
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.aws.objects import ObjectStore
from shared.concurrency import run_by_size
from shared.db.engine import Sessions, transaction
from shared.errors import Forbidden, Invalid, NotFound, OwnerOnly
from shared.quilt.keys import LATEST


@dataclass(frozen=True, slots=True)
class PackagePush:
    sessions: Sessions
    reads: PushReadStore
    objects: ObjectStore
    settings: Quilt2Settings
    caller: Quilt2Caller
    owner: str
    name: str
    pushed: PushedTree
    path: list[str] | None = None
    """The place of a part in the latest instance; None if a whole instance is pushed."""
    _tags: dict[str, str] = field(default_factory=dict, init=False)
    """Tags of the pointers that this push has written, by top hash."""
    _uploads: set[str] = field(default_factory=set, init=False)
    """Hashes of the objects that a pusher who is not the owner had to upload."""

    async def run(self) -> str:
        """The hash of the instance. Raises Forbidden, SubpathNotFound or WriteConflict."""
        try:
            package_hash = await retry_conflicts(self._attempt)
        except (Forbidden, Invalid, NotFound, WriteConflict):
            await self._remove_abandoned_pointers()
            raise
        if len(self._tags) > 1:
            await self._remove_abandoned_pointers()
        bucket, pusher = self.settings.bucket, str(self.caller.name)
        await remove_uploads(self.objects, bucket, self.owner, pusher, self._uploads)
        return package_hash

    async def check(self, hashes: Collection[str]) -> dict[str, bool]:
        """Raise what `run` would raise before it reads or writes objects; returns what `find_unlinked` does for `hashes`."""
        package = await self._find_pushable()
        if self.path is not None:
            await self._merge(package, self.path)
        return await find_unlinked(self.reads, self.caller, package, hashes)

    async def _attempt(self) -> str:
        package, draft, known = await (self._read_latest(self.path) if self.path is not None else self._read())
        written = await write_instance(self.objects, self.settings.bucket, draft, known)
        package = package or await self._reserve()
        await self._write_pointers(written.top_hash)
        await self._add_rows(package, written)
        return draft.hash

    async def _read(self) -> tuple[Quilt2Package | None, InstanceDraft, KnownObjects]:
        package = await self._find_pushable()
        await self._take_uploads(package)
        draft = await self._draft_of(self.pushed.contents, self.pushed.sizes, self.pushed.json_bytes)
        return package, draft, await find_known_objects(self.reads, draft)

    async def _read_latest(self, path: list[str]) -> tuple[Quilt2Package | None, InstanceDraft, KnownObjects]:
        package = await self._find_pushable()
        root, sizes, json_bytes = await self._merge(package, path)
        await self._take_uploads(package)
        root = await run_by_size(json_bytes, lambda: trees.checked(root, types=frozenset({"ROOT"})))
        hashes = await run_by_size(json_bytes, trees.objects, root)
        draft = await self._draft_of(root, {each: sizes[each] for each in hashes}, json_bytes)
        return package, draft, await find_known_objects(self.reads, draft)

    async def _take_uploads(self, package: Quilt2Package | None) -> None:
        unlinked = await find_unlinked(self.reads, self.caller, package, self.pushed.sizes)
        await take_uploads(self.objects, self.settings.bucket, self.owner, str(self.caller.name), unlinked)
        self._uploads.update(unlinked)

    async def _draft_of(self, root: trees.Node, sizes: Mapping[str, int], json_bytes: int) -> InstanceDraft:
        return InstanceDraft(
            owner=self.owner,
            name=self.name,
            hash=await run_by_size(json_bytes, trees.package_hash, root),
            root=root,
            sizes=sizes,
            by=str(self.caller.name),
            json_bytes=json_bytes,
        )

    async def _find_pushable(self) -> Quilt2Package | None:
        """The package, if there is one. Raises OwnerOnly, NotSharedYet or PackageNameTaken."""
        found = await self.reads.find_package(self.owner, self.name)
        package = found if found and found.full_name == self._full_name else None
        if package and not package.is_reserved:
            self._require_pushable(package)
        elif self.caller.name != self.owner:
            raise OwnerOnly("Only the package owner can create packages.")
        elif found and not package:
            raise PackageNameTaken(f"Package already exists: {found.full_name}")
        return package

    @property
    def _full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def _require_pushable(self, package: Quilt2Package) -> None:
        full_name = package.full_name
        is_team = self.settings.team and TEAM in package.users
        if not is_team and self.caller.name != package.owner:
            raise OwnerOnly("Only the package owner can push private packages.")
        if self.pushed.is_public and PUBLIC not in package.users:
            raise NotSharedYet(
                f"{full_name} already exists and is private. To make it public, run `quilt access add {full_name} public`."
            )
        if self.pushed.is_team and TEAM not in package.users:
            raise NotSharedYet(
                f"{full_name} already exists and is private. To share it with the team, run "
                f"`quilt access add TEAM:{full_name} team`."
            )

    async def _merge(self, package: Quilt2Package | None, path: list[str]) -> tuple[trees.Node, Mapping[str, int], int]:
        """The tree of the tag `latest` with the pushed part in it, sizes of all its objects, and its size as JSON."""
        contents, sizes = await self._read_tagged(package)
        root = await run_by_size(len(contents), orjson.loads, contents)
        if obstacle := trees.put(root, path, self.pushed.contents):
            raise SubpathNotFound(f"Target subpath is not a group node: '{obstacle}'")
        return root, {**sizes, **self.pushed.sizes}, len(contents) + self.pushed.json_bytes

    async def _read_tagged(self, package: Quilt2Package | None) -> tuple[bytes, Mapping[str, int]]:
        """JSON of the instance with the tag `latest`, empty if there is none, and sizes of its objects."""
        if package:
            async with transaction(self.sessions) as session:
                instances = InstanceStore(session)
                if latest := await TagVersionStore(session).tagged(package, LATEST):
                    return await instances.contents(latest), await instances.sizes(latest)
        return b'{"type":"ROOT","children":{}}', {}

    async def _reserve(self) -> Quilt2Package:
        """The package without readers. Raises PackageNameTaken, or WriteConflict when it was pushed or deleted just now."""
        async with transaction(self.sessions) as session:
            reserved = await Quilt2PackageStore(session).reserve(self.owner, self.name)
        if reserved:
            return reserved
        package = await self._find_pushable()
        if package is None or not package.is_reserved:
            raise WriteConflict
        return package

    async def _write_pointers(self, top_hash: str) -> None:
        bucket, full_name, author = self.settings.bucket, self._full_name, str(self.caller.name)
        if top_hash not in self._tags:
            tag = await manifests.add_pointer(self.objects, bucket, full_name, top_hash, author=author)
            self._tags[top_hash] = tag
        await manifests.write_pointer(self.objects, bucket, full_name, LATEST, top_hash, author=author)

    async def _add_rows(self, package: Quilt2Package, written: WrittenInstance) -> None:
        by, new = str(self.caller.name), written.new
        rows = PushRows(
            new=new,
            readers=self._first_readers() if package.is_reserved else (),
            author=self.owner,
            event=Event("PUSH", self.owner, self.name, by, new.hash, {"public": self.pushed.is_public}),
            tags=() if self.path is None else (LATEST,),
        )
        async with transaction(self.sessions) as session:
            await add_push(session, package, rows)
            await keep_texts(session, package.owner, written)

    def _first_readers(self) -> list[str]:
        shared = [(self.pushed.is_public, PUBLIC), (self.pushed.is_team, TEAM)]
        return [self.owner, *(user for is_wanted, user in shared if is_wanted)]

    async def _remove_abandoned_pointers(self) -> None:
        """Remove pointers to instances that were not stored in the end, and make `latest` the last stored one."""
        if not self._tags:
            return
        async with transaction(self.sessions) as session:
            package = await Quilt2PackageStore(session).find(self.owner, self.name)
            stored = await InstanceStore(session).top_hashes(package) if package else set()
            last = await TagVersionStore(session).last_logged(package) if package else None
        abandoned = {tag: top_hash for top_hash, tag in self._tags.items() if top_hash not in stored}
        bucket, full_name = self.settings.bucket, self._full_name
        await manifests.remove_pointers(
            self.objects, bucket, full_name, abandoned, latest=last.top_hash if last else None
        )
