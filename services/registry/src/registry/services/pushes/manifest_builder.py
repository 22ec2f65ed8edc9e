"""What a job pushes: the entries of a construction, a patched revision or a promotion, as a draft of its manifest."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from registry.errors import PushRefused, RevisionUnreadable
from registry.services.pushes.copying import EntryCopying, Step, left
from registry.services.pushes.entry_files import EntryFiles, RequestedEntry, meta_of
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.jobs.requests import BaseRevision, ConstructionJob, PatchJob, PromotionJob
from registry.services.pushes.patching import ChangeRefused, PatchedTree, path_of
from registry.services.transfers.caller_s3 import CallerS3
from registry.services.workflows.checks import DEFAULT, Choice, EntryCheck, WorkflowService
from shared.db.engine import transaction
from shared.index.records import ManifestRecord
from shared.index.store import IndexStore
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import Fetch, TreeFile
from shared.index.trees.walk import DirectoryMeta, Files, walk
from shared.schemas.push import Add, Annotate, Construction, Move, Operation, Patch, Promotion, Remove

_STEPS_AHEAD = 16
_REMEMBERED = 2000
"""Nodes of a tree being patched."""

Push = Construction | Patch | Promotion
Meta = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PushSource:
    """What is to be pushed."""

    push: Push
    steps: AsyncIterator[Step]
    total: int
    """Of entries, more or less."""
    header: Meta
    """Of the manifest; without message and workflow."""

    @property
    def user_meta(self) -> Meta | None:
        found = self.header.get("user_meta")
        return found if isinstance(found, dict) else None

    @property
    def workflow(self) -> Choice:
        return self.push.workflow if "workflow" in self.push.model_fields_set else DEFAULT


class ManifestBuilder:
    def __init__(self, work: JobContext, caller_s3: CallerS3) -> None:
        self._work = work
        self._caller_s3 = caller_s3
        self._files = EntryFiles(work, caller_s3.transfers)

    async def source(self) -> PushSource:
        """Raises RevisionUnreadable. Objects are looked at when its steps are taken."""
        request = json.loads(self._work.claim.request)
        match self._work.claim.kind:
            case "construct":
                return self._constructed(ConstructionJob.model_validate(request).push)
            case "patch":
                return await self._patched(PatchJob.model_validate(request))
            case "promote":
                return await self._promoted(PromotionJob.model_validate(request))

    async def write(self, source: PushSource) -> ManifestDraft:
        """To be closed. Raises WorkflowViolation, WorkflowsBroken, PushRefused or EntryRefused."""
        bucket, name, message = self._work.claim.bucket, self._work.claim.name, source.push.message
        rules = await WorkflowService(self._caller_s3.objects).rules(bucket, source.workflow)
        if rules:
            await rules.require(name, message, source.user_meta)
        check = rules.entry_check() if rules else None
        workflow = {"workflow": rules.header} if rules else {}
        draft = ManifestDraft({**source.header, "message": message, **workflow})
        try:
            async for step in ahead(source.steps):
                if isinstance(step, DirectoryMeta):
                    draft.add_directory(step.path, step.meta)
                    continue
                draft.add_files(step.prefix, step.files)
                if check:
                    _check(check, step)
                if self._work.progress is None or self._work.progress.stage != "copying":
                    self._work.set_progress("writing", draft.entries, source.total, "entries")
            if check:
                check.finish()
        except BaseException:
            draft.close()
            raise
        return draft

    def _constructed(self, push: Construction) -> PushSource:
        header = _with_metadata({"version": "v0"}, push.metadata)
        return PushSource(push, self._entries(push), len(push.entries), header)

    async def _entries(self, push: Construction) -> AsyncIterator[Step]:
        asked = [RequestedEntry(at, f"entries.{at}", entry) for at, entry in enumerate(push.entries)]
        files = await self._files.files(asked, await self._known(asked))
        tree = PatchedTree(self._work.fetch_nodes, None)
        for each in asked:
            try:
                await tree.add(path_of(each.entry.logical_key), files[each.position])
            except ChangeRefused as error:
                raise PushRefused((f"{each.where}.logical_key", str(error))) from error
        async for step in walk(self._work.fetch_nodes, tree.root):
            yield step

    async def _known(self, asked: list[RequestedEntry]) -> dict[int, TreeFile]:
        """Entries that the latest revision has just so: they were checked when that was pushed."""
        async with transaction(self._work.sessions) as session:
            index = IndexStore(session)
            package = await index.package(self._work.claim.bucket, self._work.claim.name)
            if package is None or package.latest.root is None:
                return {}
            found: dict[int, TreeFile] = {}
            for each in asked:
                entry = each.entry
                if entry.hash is None or entry.size is None or "?versionId=" not in entry.physical_key:
                    continue
                there = await index.trees.entry(package.latest.root, entry.logical_key)
                name = entry.logical_key.rpartition("/")[2]
                said = TreeFile(
                    name, entry.physical_key, entry.size, entry.hash.type, entry.hash.value, meta_of(entry.meta)
                )
                if isinstance(there, TreeFile) and _place(there) == _place(said):
                    found[each.position] = said
            return found

    async def _patched(self, job: PatchJob) -> PushSource:
        base, root = await self._base(job.base)
        patch = job.push
        header = _header_of(base)
        for operation in patch.operations:
            if isinstance(operation, Annotate) and not operation.path:
                header = _with_metadata(header, operation.metadata)
        if "metadata" in patch.model_fields_set:
            header = _with_metadata(header, patch.metadata)
        return PushSource(patch, self._changed(patch, root), base.total_entries, header)

    async def _changed(self, patch: Patch, root: bytes) -> AsyncIterator[Step]:
        adds = [
            RequestedEntry(at, f"operations.{at}", operation)
            for at, operation in enumerate(patch.operations)
            if isinstance(operation, Add)
        ]
        files = await self._files.files(adds)
        tree = PatchedTree(_remembering(self._work.fetch_nodes), root)
        for at, operation in enumerate(patch.operations):
            try:
                await _apply(tree, operation, files.get(at))
            except ChangeRefused as error:
                raise PushRefused((f"operations.{at}", str(error))) from error
        async for step in walk(self._work.fetch_nodes, tree.root):
            yield step

    async def _promoted(self, job: PromotionJob) -> PushSource:
        base, root = await self._base(job.base)
        push = job.push
        steps = walk(self._work.fetch_nodes, root)
        if push.copy_objects:
            prefix = "/".join(part for part in (push.prefix.strip("/"), self._work.claim.name) if part)
            steps = EntryCopying(self._work, self._caller_s3.transfers, prefix, base.total_entries).copied(steps)
        else:
            steps = left(steps)
        header = _header_of(base)
        if "metadata" in push.model_fields_set:
            header = _with_metadata(header, push.metadata)
        return PushSource(push, steps, base.total_entries, header)

    async def _base(self, base: BaseRevision) -> tuple[ManifestRecord, bytes]:
        """And the root of its tree."""
        async with transaction(self._work.sessions) as session:
            found = await IndexStore(session).manifest(base.bucket, base.top_hash)
        if found is None or found.root is None:
            raise RevisionUnreadable(f"Revision {base.top_hash} of {base.name} cannot be read any more")
        return found, found.root


async def _apply(tree: PatchedTree, operation: Operation, added: TreeFile | None) -> None:
    """Raises Unfit."""
    match operation:
        case Add(logical_key=key):
            if added is not None:
                await tree.add(path_of(key), added)
        case Remove(path=path):
            await tree.remove(path_of(path))
        case Move(path=path, to=to):
            await tree.move(path_of(path), path_of(to))
        case Annotate(path=""):
            pass  # of the package, in the header
        case Annotate(path=path, metadata=metadata):
            found = await tree.find(path_of(path))
            if isinstance(found, TreeFile):
                kept = json.loads(found.meta) if found.meta else {}
                await tree.annotate_file(path_of(path), meta_of(_with_metadata(kept, metadata)))
            else:
                await tree.annotate_directory(path_of(path), meta_of(metadata))


def _with_metadata(meta: Meta, user_meta: Meta | None) -> Meta:
    rest = {key: value for key, value in meta.items() if key != "user_meta"}
    return rest if user_meta is None else {**rest, "user_meta": user_meta}


def _header_of(base: ManifestRecord) -> Meta:
    header = json.loads(base.header)
    return {key: value for key, value in header.items() if key not in {"message", "workflow", "top_hash"}}


def _place(file: TreeFile) -> tuple[object, ...]:
    return (file.physical_key, file.size, file.hash_type, file.hash_value)


async def ahead(steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
    """The same steps, of which some more are fetched while one is worked on."""
    ready: asyncio.Queue[Step | None] = asyncio.Queue(_STEPS_AHEAD)

    async def fetch() -> None:
        try:
            async for step in steps:
                await ready.put(step)
        except Exception:
            await ready.put(None)
            raise
        await ready.put(None)

    fetching = asyncio.create_task(fetch())
    try:
        while (step := await ready.get()) is not None:
            yield step
        await fetching
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)


def _check(check: EntryCheck, step: Files) -> None:
    for file in step.files:
        check.add(step.prefix + file.name, file.size, json.loads(file.meta) if file.meta else None)


def _remembering(fetch: Fetch) -> Fetch:
    """Operations keep coming back to the same few nodes."""
    held: OrderedDict[bytes, bytes] = OrderedDict()

    async def remembered(wanted: list[bytes]) -> dict[bytes, bytes]:
        missing = [storage for storage in wanted if storage not in held]
        if missing:
            held.update(await fetch(missing))
        found = {storage: held[storage] for storage in wanted if storage in held}
        while len(held) > _REMEMBERED:
            held.popitem(last=False)
        return found

    return remembered
