"""The draft of a job's manifest: the source's entries, judged by the bucket's workflow and written to a temporary file."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from registry.errors import PushRefused
from registry.services.pushes.built_tree import BuiltTree
from registry.services.pushes.entry_copies import Step
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.sources import PushSource
from registry.services.transfers.caller_s3 import CallerS3
from registry.services.workflows.checks import EntryCheck, WorkflowService
from shared.concurrency import read_ahead
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.walk import DirectoryMeta, Files
from shared.quilt.metadata import JsonTooDeep
from shared.quilt.top_hash import loads

_STEPS_AHEAD = 16


@dataclass(frozen=True, slots=True)
class PushDraft:
    """A manifest and its tree."""

    manifest: ManifestDraft
    tree: BuiltTree

    def close(self) -> None:
        self.manifest.close()
        self.tree.close()


class ManifestBuilder:
    def __init__(self, job: JobContext, caller_s3: CallerS3) -> None:
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
        return PushDraft(draft, tree)

    async def _write_entries(self, draft: ManifestDraft, source: PushSource, check: EntryCheck | None) -> BuiltTree:
        planned = await source.plan()
        tree = BuiltTree(planned.fetch, planned.changes)
        try:
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
        planned: AsyncIterator[Step],
        check: EntryCheck | None,
    ) -> None:
        async with aclosing(read_ahead(planned, _STEPS_AHEAD)) as steps:
            async for step in steps:
                tree.add(step)
                if isinstance(step, DirectoryMeta):
                    draft.add_directory(step.path, step.meta)
                    continue
                draft.add_files(step.prefix, step.files)
                if check:
                    _check_files(check, step)
                if not source.reports_progress:
                    self._job.set_progress("writing", draft.entries, source.total, "entries")
        if check:
            check.finish()


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
