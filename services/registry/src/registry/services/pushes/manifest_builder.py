"""The draft of a job's manifest: the source's entries, judged by the bucket's workflow and written to a temporary file."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from registry.errors import PushRefused
from registry.services.pushes.built_tree import BuiltTree
from registry.services.pushes.entry_copies import Step
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.jobs.requests import BaseRevision
from registry.services.pushes.sources import PushSource
from registry.services.transfers.caller_s3 import CallerS3
from registry.services.workflows.checks import EntryCheck, WorkflowService
from shared.concurrency import ordered_map, read_ahead
from shared.index.trees import nodes
from shared.index.trees.blocks.frames import DraftBlock, DraftPage, DraftTask
from shared.index.trees.blocks.processes import BlockProcesses
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import Leaf, Standing
from shared.index.trees.reader import TreeGone
from shared.index.trees.walk import DirectoryMeta, Files, StoredFiles
from shared.quilt.metadata import JsonTooDeep
from shared.quilt.top_hash import loads

MIN_ENTRIES_BY_PROCESSES = 80_000
"""Entries from which on processes write them: a start takes as long as writing that many."""
MAX_BLOCK_PAGES = 64
"""Pages that a process gets at a time: usually files of a few megabytes of manifest."""
BATCH_FILES = 1_000
"""Files that a thread writes together."""
_STEPS_AHEAD = 16
_TASKS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class PushDraft:
    """A manifest and its tree."""

    manifest: ManifestDraft
    tree: BuiltTree
    base: BaseRevision | None = None
    """The revision of whose manifest the draft knows what it keeps."""

    def close(self) -> None:
        self.manifest.close()
        self.tree.close()


class ManifestBuilder:
    def __init__(
        self,
        job: JobContext,
        caller_s3: CallerS3,
        processes: BlockProcesses | None = None,
        min_entries_by_processes: int = MIN_ENTRIES_BY_PROCESSES,
    ) -> None:
        """`processes` write the entries of large manifests that are made from others."""
        self._processes = processes if processes and processes.count else None
        self._min_entries_by_processes = min_entries_by_processes
        self._job = job
        self._workflows = WorkflowService(caller_s3.objects)

    async def write(self, source: PushSource) -> PushDraft:
        """The finished draft, which the caller closes.

        Raises WorkflowViolation, WorkflowsBroken, PushRefused or EntryRefused.
        """
        bucket, name, message = self._job.claim.bucket, self._job.claim.name, source.push.message
        rules = await self._workflows.rules(bucket, source.workflow)
        if rules:
            await rules.require(name, message, source.user_meta)
        workflow = {"workflow": rules.header} if rules else {}
        with _refusing_depth():
            draft = ManifestDraft({**source.header, "message": message, **workflow})
        try:
            with _refusing_depth():
                tree = await self._write_entries(draft, source, rules.entry_check() if rules else None)
        except BaseException:
            draft.close()
            raise
        return PushDraft(draft, tree, source.base)

    async def _write_entries(self, draft: ManifestDraft, source: PushSource, check: EntryCheck | None) -> BuiltTree:
        is_large = source.total >= self._min_entries_by_processes
        # A check looks at each file.
        processes = self._processes if is_large and check is None else None
        planned = await source.plan(by_pages=processes is not None)
        tree = BuiltTree(planned.fetch, planned.changes)
        try:
            if processes and tree.takes_blocks:
                await self._write_blocks(draft, tree, source, planned.steps, processes)
            else:
                await self._write_steps(draft, tree, source, planned.steps, check)
            await tree.finish(draft)
        except BaseException:
            tree.close()
            raise
        return tree

    async def _write_steps(
        self,
        draft: ManifestDraft,
        tree: BuiltTree,
        source: PushSource,
        planned: AsyncIterator[Step | StoredFiles],
        check: EntryCheck | None,
    ) -> None:
        def add(some: Sequence[Step]) -> None:
            for step in some:
                if isinstance(step, DirectoryMeta):
                    tree.add(step)
                    draft.add_directory(step.path, step.meta)
                    continue
                draft.add_files(step.prefix, step.files, step.standing)
                if step.standing is Standing.REMOVED:
                    continue
                tree.add(step)
                if check:
                    _check_files(check, step)

        async with (
            aclosing(read_ahead(planned, _STEPS_AHEAD)) as steps,
            aclosing(_batches(steps)) as batches,
        ):
            async for batch in batches:
                await asyncio.to_thread(add, batch)
                if not source.reports_progress:
                    self._job.set_progress("writing", draft.entries, source.total, "entries")
        if check:
            check.finish()

    async def _write_blocks(
        self,
        draft: ManifestDraft,
        tree: BuiltTree,
        source: PushSource,
        planned: AsyncIterator[Step | StoredFiles],
        processes: BlockProcesses,
    ) -> None:
        """As `_write_steps`. Directories, which a manifest has before all files, may be added before files that they follow."""

        async def write(step: DraftTask | DirectoryMeta) -> DraftBlock | DirectoryMeta:
            return await processes.write(step) if isinstance(step, DraftTask) else step

        def add(block: DraftBlock) -> None:
            draft.add_block(block)
            tree.add_block(block)

        async with (
            aclosing(read_ahead(_tasks(planned, tree), _TASKS_AHEAD)) as tasks,
            aclosing(ordered_map(processes.count + 1, write, tasks)) as written,
        ):
            async for each in written:
                if isinstance(each, DirectoryMeta):
                    tree.add(each)
                    draft.add_directory(each.path, each.meta)
                    continue
                if each.is_too_deep:
                    raise JsonTooDeep
                if each.is_broken:
                    raise TreeGone("A page of the revision is not what the page above says")
                await asyncio.to_thread(add, each)
                self._job.set_progress("writing", draft.entries, source.total, "entries")


async def _batches(steps: AsyncIterator[Step | StoredFiles]) -> AsyncGenerator[list[Step], None]:
    """The steps, together as many as have about BATCH_FILES."""
    held: list[Step] = []
    files = 0
    async for step in steps:
        if isinstance(step, StoredFiles):
            raise TypeError("pages were not asked for")
        held.append(step)
        files += 1 if isinstance(step, DirectoryMeta) else len(step.files)
        if files >= BATCH_FILES:
            yield held
            held, files = [], 0
    if held:
        yield held


async def _tasks(
    planned: AsyncIterator[Step | StoredFiles], tree: BuiltTree
) -> AsyncGenerator[DraftTask | DirectoryMeta, None]:
    """Directories, and files in blocks of at most MAX_BLOCK_PAGES."""
    pages: list[DraftPage] = []
    before = 0
    async for step in planned:
        if isinstance(step, DirectoryMeta):
            yield step
            continue
        page = _page_of(step)
        if not page.entries:
            continue
        tree.note_path(page.prefix)
        pages.append(page)
        if len(pages) == MAX_BLOCK_PAGES:
            yield DraftTask(pages, before)
            before += sum(each.entries for each in pages if each.standing is not Standing.REMOVED)
            pages = []
    if pages:
        yield DraftTask(pages, before)


def _page_of(step: Files | StoredFiles) -> DraftPage:
    if isinstance(step, StoredFiles):
        return DraftPage(step.prefix, step.stored, step.entries, step.standing)
    return DraftPage(step.prefix, nodes.pack_quickly(Leaf(list(step.files))), len(step.files), step.standing)


@contextmanager
def _refusing_depth() -> Iterator[None]:
    """Raises PushRefused when the base revision has metadata from before its depth was limited."""
    try:
        yield
    except JsonTooDeep as error:
        raise PushRefused(("metadata", f"the metadata of the revision cannot be pushed again: {error}")) from error


def _check_files(check: EntryCheck, step: Files) -> None:
    for file in step.files:
        check.add(step.prefix + file.name, file.size, loads(file.meta) if file.meta else None)
