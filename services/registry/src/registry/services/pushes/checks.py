"""Checks of a push by the bucket's workflow, before it is made."""

import asyncio
from time import monotonic

from registry.db.buckets import BucketStore
from registry.errors import BucketNotFound, WorkflowViolation
from registry.services.workflows.checks import DEFAULT, WorkflowChoice, WorkflowRules, WorkflowService
from shared.aws.object_cache import ObjectCache
from shared.aws.objects import ObjectStore
from shared.db.engine import Sessions, transaction
from shared.quilt.names import is_package_name
from shared.quilt.physical_keys import parse_physical_key
from shared.schemas.package import NameQuestion
from shared.schemas.principal import Principal
from shared.schemas.workflow import PushToCheck, PushVerdict, Violation, Workflows

_MAX_VIOLATIONS = 100
_ENTRIES_TIMEOUT_SECONDS = 10.0
"""Time for all entries of one check."""


class PushCheckService:
    """Reads S3 with the registry's own rights, but only buckets that the caller may read."""

    def __init__(self, sessions: Sessions, objects: ObjectStore, object_cache: ObjectCache) -> None:
        self._sessions = sessions
        self._objects = objects
        self._object_cache = object_cache

    async def workflows(self, viewer: Principal, bucket: str) -> Workflows:
        """The bucket's workflows, with the schemas and successors in buckets that the viewer may read.

        Raises BucketNotFound or WorkflowsBroken.
        """
        readable = await self._readable_buckets(viewer, bucket)
        service = self._workflow_service(readable)
        config = await service.config(bucket)
        if config is None:
            return Workflows(
                config=None, required=False, default=None, workflows=[], schemas=[], successors=[], problems=[]
            )
        locations = ((each, parse_physical_key(each.url)) for each in config.schemas)
        return Workflows(
            config=config.url,
            required=config.is_workflow_required,
            default=config.default_workflow,
            workflows=config.workflows,
            schemas=[each for each, location in locations if location and location.bucket in readable],
            successors=[each for each in config.successors if each.bucket in readable],
            problems=await service.find_problems(config),
        )

    async def check(self, viewer: Principal, bucket: str, push: PushToCheck) -> PushVerdict:
        """Raises BucketNotFound or WorkflowsBroken."""
        workflows = self._workflow_service(await self._readable_buckets(viewer, bucket))
        found: list[Violation] = []
        if not is_package_name(push.name):
            found.append(Violation(path="/name", message="A package name must be AUTHOR/NAME"))
        rules = None
        try:
            rules = await workflows.rules(bucket, _choice_of(push))
            if rules:
                found += await rules.violations(push.name, push.message, push.metadata)
                found += await asyncio.to_thread(_entry_violations, rules, push)
        except WorkflowViolation as violation:
            found += violation.violations
        return PushVerdict(
            valid=not found,
            workflow=rules.workflow.id if rules and rules.workflow else None,
            violations=found[:_MAX_VIOLATIONS],
            complete=len(found) <= _MAX_VIOLATIONS,
        )

    async def is_valid_name(self, viewer: Principal, question: NameQuestion) -> bool:
        """True if the name is valid for packages, and in the bucket's workflow if the question names a bucket."""
        if not is_package_name(question.name) or question.bucket is None:
            return is_package_name(question.name)
        workflows = self._workflow_service(await self._readable_buckets(viewer, question.bucket))
        try:
            rules = await workflows.rules(question.bucket, _choice_of(question))
        except WorkflowViolation:  # the workflow cannot be chosen; the name is not at fault
            return True
        return rules is None or await rules.is_valid_name(question.name)

    async def _readable_buckets(self, viewer: Principal, bucket: str) -> frozenset[str]:
        async with transaction(self._sessions) as session:
            readable = frozenset(await BucketStore(session).readable(viewer))
        if bucket not in readable:
            raise BucketNotFound(bucket)
        return readable

    def _workflow_service(self, readable: frozenset[str]) -> WorkflowService:
        return WorkflowService(self._objects, self._object_cache, readable)


def _choice_of(question: PushToCheck | NameQuestion) -> WorkflowChoice:
    return question.workflow if "workflow" in question.model_fields_set else DEFAULT


def _entry_violations(rules: WorkflowRules, push: PushToCheck) -> list[Violation]:
    check = rules.entry_check()
    if check is None or push.entries is None:
        return []
    deadline = monotonic() + _ENTRIES_TIMEOUT_SECONDS
    for each in push.entries:
        if monotonic() > deadline:
            raise WorkflowViolation(
                [
                    Violation(
                        path="/entries", message="Checking the entries takes too long; push to have all of them checked"
                    )
                ]
            )
        check.add(each.logical_key, each.size, {"user_meta": each.meta or {}})
    return check.violations()
