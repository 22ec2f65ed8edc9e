"""The manifest that a job pushes, by its request: constructed of entries, patched from a revision, or promoted from one.

An entry's position is its place in the request, or for a promotion its place in walk order; `job_item` is keyed by it.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from typing_extensions import override

from registry.errors import PushRefused, RevisionUnreadable
from registry.services.pushes.entry_copies import EntryCopier, Step, require_in_s3
from registry.services.pushes.entry_files import EntryFiles, RequestedEntry, meta_of
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.jobs.requests import BaseRevision, ConstructionJob, PatchJob, PromotionJob
from registry.services.pushes.patching import ChangeRefused, PatchedTree, path_of
from registry.services.transfers.caller_s3 import CallerS3
from registry.services.workflows.checks import DEFAULT, WorkflowChoice
from shared.db.engine import transaction
from shared.index.records import ManifestRecord
from shared.index.store import IndexStore
from shared.index.trees.nodes import Fetch, TreeFile
from shared.index.trees.walk import Branch, StoredFiles, walk, walk_pages
from shared.quilt.top_hash import loads
from shared.schemas.push import Add, Annotate, Construction, Move, Operation, Patch, Promotion, Remove

MAX_REMOVED_ENTRIES = 1000
"""Files in removed directories that are read to find what is kept, or this part of the base: one in MAX_REMOVED_SHARE."""
MAX_REMOVED_SHARE = 8
MAX_CACHED_NODES = 2000
"""Nodes of the base tree that a patch keeps in memory."""

Push = Construction | Patch | Promotion
Meta = dict[str, Any]


class PushSource(ABC):
    """A push, the header of its manifest and its entries."""

    reports_progress = False
    """True if taking the steps sets the job's progress."""

    def __init__(self, push: Push, header: Meta, total: int) -> None:
        self.push = push
        self.header = header
        """Header of the manifest, without message and workflow."""
        self.total = total
        """Number of entries, as an estimate."""
        self.base: BaseRevision | None = None
        """The revision from which it is made, if the steps of the plan say what is kept of that."""

    @property
    def user_meta(self) -> Meta | None:
        found = self.header.get("user_meta")
        return found if isinstance(found, dict) else None

    @property
    def workflow(self) -> WorkflowChoice:
        return self.push.workflow if "workflow" in self.push.model_fields_set else DEFAULT

    @abstractmethod
    async def plan(self, *, by_pages: bool = False) -> "PushPlan":
        """Look at new objects, and plan the manifest. Raises PushRefused or EntryRefused.

        `by_pages`: its steps may be StoredFiles.
        """


@dataclass(frozen=True, slots=True)
class PushPlan:
    """The content of a manifest."""

    steps: AsyncIterator[Step | StoredFiles]
    """Entries and directories in walk order; objects are copied on the way. Raises EntryRefused."""
    fetch: Fetch
    """Reads nodes of the base."""
    changes: Branch | None
    """The same as the base's tree with changes; None when each file changes."""


async def read_source(job: JobContext, caller_s3: CallerS3) -> PushSource:
    """The source that the job's request describes. Raises RevisionUnreadable."""
    request = json.loads(job.claim.request)
    match job.claim.kind:
        case "construct":
            return ConstructedSource(job, caller_s3, ConstructionJob.model_validate(request).push)
        case "patch":
            patch = PatchJob.model_validate(request)
            return PatchedSource(job, caller_s3, patch, await _read_base(job, patch.base))
        case "promote":
            promotion = PromotionJob.model_validate(request)
            return PromotedSource(job, caller_s3, promotion, await _read_base(job, promotion.base))


@dataclass(frozen=True, slots=True)
class _Base:
    """The revision that a push starts from."""

    manifest: ManifestRecord
    root: bytes
    """Storage hash of the root of its tree."""

    @property
    def header(self) -> Meta:
        header = _stored_meta(self.manifest.header.encode())
        return {key: value for key, value in header.items() if key not in {"message", "workflow", "top_hash"}}


async def _read_base(job: JobContext, base: BaseRevision) -> _Base:
    async with transaction(job.sessions) as session:
        found = await IndexStore(session).manifest(base.bucket, base.top_hash)
    if found is None or found.root is None:
        raise RevisionUnreadable(f"Revision {base.top_hash} of {base.name} can no longer be read")
    return _Base(found, found.root)


class ConstructedSource(PushSource):
    """Entries that the request lists."""

    def __init__(self, job: JobContext, caller_s3: CallerS3, push: Construction) -> None:
        super().__init__(push, _with_user_meta({"version": "v0"}, push.metadata), len(push.entries))
        self._job = job
        self._files = EntryFiles(job, caller_s3)
        self._entries = [RequestedEntry(at, f"entries.{at}", entry) for at, entry in enumerate(push.entries)]

    @override
    async def plan(self, *, by_pages: bool = False) -> PushPlan:
        files = await self._files.find_files(self._entries, await self._unchanged_files())
        tree = PatchedTree(self._job.fetch_nodes, None)
        for each in self._entries:
            try:
                await tree.add(path_of(each.entry.logical_key), files[each.position])
            except ChangeRefused as error:
                raise PushRefused((f"{each.field}.logical_key", str(error))) from error
        return PushPlan(walk(self._job.fetch_nodes, tree.root), self._job.fetch_nodes, tree.root)

    async def _unchanged_files(self) -> dict[int, TreeFile]:
        """Files by position of the entries that the latest revision holds unchanged: its push has checked them."""
        async with transaction(self._job.sessions) as session:
            index = IndexStore(session)
            package = await index.package(self._job.claim.bucket, self._job.claim.name)
            if package is None or package.latest.root is None:
                return {}
            found: dict[int, TreeFile] = {}
            for each in self._entries:
                file = _file_as_requested(each)
                if file is None:
                    continue
                present = await index.trees.entry(package.latest.root, each.entry.logical_key)
                if isinstance(present, TreeFile) and _content(present) == _content(file):
                    found[each.position] = file
            return found


def _file_as_requested(requested: RequestedEntry) -> TreeFile | None:
    """The entry's file without a look at S3; None if the request names no version, size or hash."""
    entry = requested.entry
    if entry.hash is None or entry.size is None or "?versionId=" not in entry.physical_key:
        return None
    name = entry.logical_key.rpartition("/")[2]
    return TreeFile(name, entry.physical_key, entry.size, entry.hash.type, entry.hash.value, meta_of(entry.meta))


def _content(file: TreeFile) -> tuple[object, ...]:
    return (file.physical_key, file.size, file.hash_type, file.hash_value)


class PatchedSource(PushSource):
    """A revision with operations applied."""

    def __init__(self, job: JobContext, caller_s3: CallerS3, request: PatchJob, base: _Base) -> None:
        push, header = request.push, base.header
        for operation in push.operations:
            if isinstance(operation, Annotate) and not operation.path:
                header = _with_user_meta(header, operation.metadata)
        if "metadata" in push.model_fields_set:
            header = _with_user_meta(header, push.metadata)
        super().__init__(push, header, base.manifest.total_entries)
        self._job = job
        self._base = request.base
        self._operations: Sequence[Operation] = push.operations
        self._files = EntryFiles(job, caller_s3)
        self._root = base.root

    @override
    async def plan(self, *, by_pages: bool = False) -> PushPlan:
        files = await self._files.find_files(
            [
                RequestedEntry(at, f"operations.{at}", operation)
                for at, operation in enumerate(self._operations)
                if isinstance(operation, Add)
            ]
        )
        fetch = cached_fetch(self._job.fetch_nodes)
        tree = PatchedTree(fetch, self._root)
        for at, operation in enumerate(self._operations):
            try:
                await _apply(tree, operation, files.get(at))
            except ChangeRefused as error:
                raise PushRefused((f"operations.{at}", str(error))) from error
        # To find what is kept, what is removed must be read. That is worth it when it is little.
        with_removed = tree.removed_entries <= max(self.total // MAX_REMOVED_SHARE, MAX_REMOVED_ENTRIES)
        self.base = self._base if with_removed else None
        read = self._job.fetch_pages if by_pages else self._job.fetch_nodes
        return PushPlan(walk_pages(read, tree.root, with_removed=with_removed), fetch, tree.root)


async def _apply(tree: PatchedTree, operation: Operation, added: TreeFile | None) -> None:
    """Raises ChangeRefused. `added` is the file of an `Add`."""
    match operation:
        case Add(logical_key=key):
            if added is not None:
                await tree.add(path_of(key), added)
        case Remove(path=path):
            await tree.remove(path_of(path))
        case Move(path=path, to=to):
            await tree.move(path_of(path), path_of(to))
        case Annotate(path=""):
            pass  # metadata of the package: in the header
        case Annotate(path=path, metadata=metadata):
            found = await tree.find(path_of(path))
            if isinstance(found, TreeFile):
                meta = _stored_meta(found.meta) if found.meta else {}
                await tree.annotate_file(path_of(path), meta_of(_with_user_meta(meta, metadata), allow_nan=True))
            else:
                await tree.annotate_directory(path_of(path), meta_of(metadata))


def cached_fetch(fetch: Fetch) -> Fetch:
    """The same fetch with a cache of MAX_CACHED_NODES nodes: operations in one directory read the same nodes."""
    cache: LRUCache[bytes, bytes] = LRUCache(MAX_CACHED_NODES)

    async def fetch_nodes(wanted: list[bytes]) -> dict[bytes, bytes]:
        found = {storage: cache[storage] for storage in wanted if storage in cache}
        if missing := [storage for storage in wanted if storage not in found]:
            fetched = await fetch(missing)
            cache.update(fetched)
            found |= fetched
        return found

    return fetch_nodes


class PromotedSource(PushSource):
    """A revision under another name, whose objects are copied if the request wishes it."""

    def __init__(self, job: JobContext, caller_s3: CallerS3, request: PromotionJob, base: _Base) -> None:
        push = request.push
        header = _with_user_meta(base.header, push.metadata) if "metadata" in push.model_fields_set else base.header
        super().__init__(push, header, base.manifest.total_entries)
        self.reports_progress = push.copy_objects
        self.base = None if push.copy_objects else request.base
        prefix = "/".join(part for part in (push.prefix.strip("/"), job.claim.name) if part)
        self._copier = EntryCopier(job, caller_s3, prefix, self.total) if push.copy_objects else None
        self._fetch = job.fetch_nodes
        self._root = base.root

    @override
    async def plan(self, *, by_pages: bool = False) -> PushPlan:
        unchanged = walk(self._fetch, self._root)
        if self._copier:
            return PushPlan(self._copier.copy_entries(unchanged), self._fetch, None)
        return PushPlan(require_in_s3(unchanged), self._fetch, Branch(self._root))


def _stored_meta(raw: bytes) -> Meta:
    try:
        found = loads(raw)
    except ValueError as error:
        raise RevisionUnreadable(f"The revision has metadata that cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _with_user_meta(meta: Meta, user_meta: Meta | None) -> Meta:
    rest = {key: value for key, value in meta.items() if key != "user_meta"}
    return rest if user_meta is None else {**rest, "user_meta": user_meta}
