"""Trials of a workflow configuration on packages of its bucket, before it is saved."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from msgspec.json import decode

from registry.errors import BucketNotFound, PackageNotFound, RevisionNotFound, WorkflowsBroken, WorkflowViolation
from registry.services.packages import presenters
from registry.services.packages.reader import PackageReader
from registry.services.packages.visible_packages import VisiblePackage
from registry.services.workflows.checks import (
    DEFAULT,
    EntryCheck,
    WorkflowChoice,
    WorkflowRules,
    WorkflowService,
    read_proposal,
)
from shared.aws.object_cache import ObjectCache
from shared.aws.objects import ObjectStore
from shared.index.records import ManifestRecord
from shared.index.trees.reader import TreeGone
from shared.index.trees.walk import Files, walk
from shared.quilt.keys import LATEST
from shared.schemas.principal import Principal
from shared.schemas.workflow import TriedPackage, Violation, WorkflowConfig, WorkflowTrial, WorkflowTrialResult

MAX_TRIED_ENTRIES = 50_000
"""Entries that one request checks, of all its packages together."""
_MAX_VIOLATIONS = 10
"""Limit of the violations of one package."""


@dataclass(slots=True)
class _EntryBudget:
    left: int


class WorkflowTrialService:
    """Reads S3 with the registry's own rights, but only buckets that the caller may read."""

    def __init__(self, packages: PackageReader, objects: ObjectStore, object_cache: ObjectCache) -> None:
        self._packages = packages
        self._objects = objects
        self._object_cache = object_cache

    async def run(self, viewer: Principal, bucket: str, trial: WorkflowTrial) -> WorkflowTrialResult:
        """A page of the bucket's packages by name, each judged by the proposed configuration. Raises BucketNotFound or InvalidCursor."""
        visible = self._packages.seen_by(viewer)
        readable = frozenset(await visible.readable_buckets())
        if bucket not in readable:
            raise BucketNotFound(bucket)
        page = await visible.page(bucket, prefix="", containing="", after=trial.cursor, limit=trial.limit)
        try:
            proposal = await read_proposal(bucket, trial.config, trial.schemas)
        except WorkflowsBroken as error:
            return WorkflowTrialResult(problems=[str(error)], items=[], next=None)
        workflows = WorkflowService(self._objects, self._object_cache, readable, proposal)
        budget = _EntryBudget(MAX_TRIED_ENTRIES)
        problems = await workflows.find_problems(proposal.config) if trial.cursor is None else []
        items: list[TriedPackage] = []
        for each in page.items:
            with suppress(PackageNotFound, RevisionNotFound):  # it was removed since the page was read
                package = await visible.open(bucket, each.name)
                items.append(await self._judge(workflows, proposal.config, package, trial, budget))
        return WorkflowTrialResult(problems=problems, items=items, next=page.next)

    async def _judge(
        self,
        workflows: WorkflowService,
        config: WorkflowConfig,
        package: VisiblePackage,
        trial: WorkflowTrial,
        budget: _EntryBudget,
    ) -> TriedPackage:
        manifest = await package.manifest(LATEST)
        revision = presenters.revision(manifest)
        found: list[Violation] = []
        rules: WorkflowRules | None = None
        entries_checked = True
        try:
            rules = await workflows.rules(package.bucket, _choice(config, trial, revision.workflow))
            if rules:
                found += await rules.violations(package.name, revision.message, revision.user_meta)
                check = rules.entry_check()
                if check:
                    entries_checked = await self._check_entries(check, manifest, budget)
                    found += check.violations() if entries_checked else []
        except WorkflowViolation as violation:
            found += violation.violations
        except WorkflowsBroken as error:
            found.append(Violation(path="/workflow", message=str(error)))
        return TriedPackage(
            name=package.name,
            top_hash=manifest.top_hash,
            valid=not found,
            workflow=rules.workflow.id if rules and rules.workflow else None,
            violations=found[:_MAX_VIOLATIONS],
            entries_checked=entries_checked,
        )

    async def _check_entries(self, check: EntryCheck, manifest: ManifestRecord, budget: _EntryBudget) -> bool:
        """False if the package has more entries than may still be checked, or cannot be read."""
        if manifest.root is None or manifest.total_entries > budget.left:
            return False
        budget.left -= manifest.total_entries
        try:
            async for step in walk(self._packages.fetch_nodes, manifest.root):
                if isinstance(step, Files):
                    await asyncio.to_thread(_add_files, check, step)
        except TreeGone:
            return False
        return True


def _choice(config: WorkflowConfig, trial: WorkflowTrial, pushed_with: dict[str, object] | None) -> WorkflowChoice:
    if trial.workflow is not None:
        return trial.workflow
    known = (pushed_with or {}).get("id")
    return known if isinstance(known, str) and config.workflow(known) else DEFAULT


def _add_files(check: EntryCheck, step: Files) -> None:
    for file in step.files:
        check.add(step.prefix + file.name, file.size, decode(file.meta) if file.meta else None)
