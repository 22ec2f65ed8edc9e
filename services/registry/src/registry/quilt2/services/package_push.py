"""One push of one package: S3 first, rows last.

A push holds no database connection while it works on S3. Its order:

1. One transaction reads the package, its readers and its version, and what is known of the objects; if a part is pushed,
   the latest instance is read first. A pusher who is not the owner must have uploaded the objects that the package lacks.
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

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import orjson

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.instances import InstanceStore
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.errors import NotSharedYet, PackageNameTaken, SubpathNotFound, WriteConflict
from registry.quilt2.events import Event
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.callers import Quilt2Caller
from registry.quilt2.services.claims import find_unlinked, require_uploaded
from registry.quilt2.services.instance_writer import (
    InstanceDraft,
    KnownObjects,
    WrittenInstance,
    add_instance,
    find_known_objects,
    retry_conflicts,
    write_instance,
)
from registry.quilt2.services.pushed_trees import PushedTree
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.aws.objects import ObjectStore
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Forbidden, Invalid, NotFound, OwnerOnly
from shared.quilt.keys import LATEST


@dataclass(frozen=True, slots=True)
class PackagePush:
    sessions: Sessions
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

    async def run(self) -> str:
        """The hash of the instance. Raises Forbidden, SubpathNotFound or WriteConflict."""
        try:
            package_hash = await retry_conflicts(self._attempt)
        except (Forbidden, Invalid, NotFound, WriteConflict):
            await self._remove_abandoned_pointers()
            raise
        if len(self._tags) > 1:
            await self._remove_abandoned_pointers()
        return package_hash

    async def check(self, hashes: Collection[str]) -> dict[str, bool]:
        """Raise what `run` would raise before it reads or writes objects; returns what `find_unlinked` returns for `hashes`."""
        async with transaction(self.sessions) as session:
            package = await self._find_pushable(session)
            if self.path is not None:
                await self._merge(session, package, self.path)
            return await find_unlinked(session, self.caller, package, hashes)

    async def _attempt(self) -> str:
        package, draft, known = await (self._read_latest(self.path) if self.path is not None else self._read())
        written = await write_instance(self.objects, self.settings.bucket, draft, known)
        package = package or await self._reserve()
        await self._write_pointers(written.top_hash)
        await self._add_rows(package, written)
        return draft.hash

    async def _read(self) -> tuple[Quilt2Package | None, InstanceDraft, KnownObjects]:
        draft = await asyncio.to_thread(self._draft, self.pushed.contents, self.pushed.sizes)
        async with transaction(self.sessions) as session:
            package, known = await self._find_pushable(session), await find_known_objects(session, draft)
            unlinked = await find_unlinked(session, self.caller, package, self.pushed.sizes)
        await self._require_uploaded(unlinked)
        return package, draft, known

    async def _read_latest(self, path: list[str]) -> tuple[Quilt2Package | None, InstanceDraft, KnownObjects]:
        async with transaction(self.sessions) as session:
            package = await self._find_pushable(session)
            root, sizes = await self._merge(session, package, path)
            unlinked = await find_unlinked(session, self.caller, package, self.pushed.sizes)
        await self._require_uploaded(unlinked)
        draft = await asyncio.to_thread(self._draft_of_merged, root, sizes)
        async with transaction(self.sessions) as session:
            return package, draft, await find_known_objects(session, draft)

    async def _require_uploaded(self, unlinked: Mapping[str, bool]) -> None:
        pusher = str(self.caller.name)
        await require_uploaded(self.objects, self.settings.bucket, self.owner, pusher, unlinked)

    def _draft_of_merged(self, root: trees.Node, sizes: Mapping[str, int]) -> InstanceDraft:
        checked = trees.checked(root, types=frozenset({"ROOT"}))
        return self._draft(checked, {each: sizes[each] for each in trees.objects(checked)})

    def _draft(self, root: trees.Node, sizes: Mapping[str, int]) -> InstanceDraft:
        return InstanceDraft(
            owner=self.owner,
            name=self.name,
            hash=trees.package_hash(root),
            root=root,
            sizes=sizes,
            by=str(self.caller.name),
        )

    async def _find_pushable(self, session: AsyncSession) -> Quilt2Package | None:
        """The package, if there is one. Raises OwnerOnly, NotSharedYet or PackageNameTaken."""
        packages = Quilt2PackageStore(session)
        package = await packages.find(self.owner, self.name)
        if package and not package.is_reserved:
            self._require_pushable(package)
        elif self.caller.name != self.owner:
            raise OwnerOnly("Only the package owner can create packages.")
        elif package is None and (namesake := await packages.namesake(self.owner, self.name)):
            raise PackageNameTaken(f"Package already exists: {namesake}")
        return package

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

    async def _merge(
        self, session: AsyncSession, package: Quilt2Package | None, path: list[str]
    ) -> tuple[trees.Node, Mapping[str, int]]:
        """The tree of the tag `latest` with the pushed part in it, and sizes of all its objects."""
        root: trees.Node = {"type": "ROOT", "children": {}}
        sizes: Mapping[str, int] = {}
        latest = await TagVersionStore(session).tagged(package, LATEST) if package else None
        if latest:
            instances = InstanceStore(session)
            root = await asyncio.to_thread(orjson.loads, await instances.contents(latest))
            sizes = await instances.sizes(latest)
        if obstacle := trees.put(root, path, self.pushed.contents):
            raise SubpathNotFound(f"Target subpath is not a group node: '{obstacle}'")
        return root, {**sizes, **self.pushed.sizes}

    async def _reserve(self) -> Quilt2Package:
        """The package without readers. Raises PackageNameTaken, or WriteConflict when it was pushed or deleted just now."""
        async with transaction(self.sessions) as session:
            packages = Quilt2PackageStore(session)
            if namesake := await packages.namesake(self.owner, self.name):
                raise PackageNameTaken(f"Package already exists: {namesake}")
            await packages.add(self.owner, self.name, ())
            package = await packages.find(self.owner, self.name)
        if package is None or not package.is_reserved:
            raise WriteConflict
        return package

    async def _write_pointers(self, top_hash: str) -> None:
        bucket, full_name, author = self.settings.bucket, f"{self.owner}/{self.name}", str(self.caller.name)
        if top_hash not in self._tags:
            tag = await manifests.add_pointer(self.objects, bucket, full_name, top_hash, author=author)
            self._tags[top_hash] = tag
        await manifests.write_pointer(self.objects, bucket, full_name, LATEST, top_hash, author=author)

    async def _add_rows(self, package: Quilt2Package, written: WrittenInstance) -> None:
        by, new = str(self.caller.name), written.new
        async with transaction(self.sessions) as session:
            packages, tags = Quilt2PackageStore(session), TagVersionStore(session)
            locked = await packages.lock_unchanged(package)
            if locked.is_reserved:
                for user in self._first_readers():
                    await packages.grant(locked, user)
            instance_id = await add_instance(session, locked, written)
            await tags.log(locked, instance_id, self.owner)
            event = Event("PUSH", self.owner, self.name, by, new.hash, {"public": self.pushed.is_public})
            await EventStore(session).add([event])
            if self.path is not None:
                await tags.tag(locked, LATEST, instance_id)
            await packages.mark_changed(locked)

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
        bucket, full_name = self.settings.bucket, f"{self.owner}/{self.name}"
        await manifests.remove_pointers(
            self.objects, bucket, full_name, abandoned, latest=last.top_hash if last else None
        )
