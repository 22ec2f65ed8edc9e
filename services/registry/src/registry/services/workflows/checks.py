"""Checks of pushes by the workflows of a bucket: `.quilt/workflows/config.yml` and the schemas that it names."""

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from registry.errors import WorkflowsBroken, WorkflowViolation
from registry.services.workflows.config import MAX_CONFIG_BYTES, parse_config
from registry.services.workflows.entry_rules import ENTRIES, EntryRule, rule_of
from registry.services.workflows.json_schema import (
    MAX_SCHEMA_BYTES,
    CheckTooSlow,
    Schema,
    SchemaUnusable,
    load_schema,
    pattern_found,
    run_check,
)
from shared.aws.object_cache import ObjectCache
from shared.aws.objects import ObjectRefused, ObjectStore
from shared.quilt.keys import WORKFLOWS
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key
from shared.schemas.workflow import Violation, Workflow, WorkflowConfig


class DefaultWorkflow(Enum):
    """The choice of a push that names no workflow: the bucket's default."""

    DEFAULT = "default"


DEFAULT: Final = DefaultWorkflow.DEFAULT
WorkflowChoice = str | None | DefaultWorkflow
"""A workflow's id; None or "" to push without a workflow; or the bucket's default."""

Meta = dict[str, Any]

MAX_CHECKED_SCHEMAS = 50
"""Schemas of a configuration that are read to look for problems."""
_MAX_VIOLATIONS = 100
"""Limit of the violations in one answer."""


class EntryCheck:
    """Checks the entries of a package, which are added one by one in the manifest's order."""

    def __init__(self, rule: EntryRule) -> None:
        self._rule = rule
        self._count = 0

    def add(self, logical_key: str, size: int | None, meta: Meta | None) -> None:
        """`meta` is the entry's as in the manifest. Raises WorkflowViolation if the entry cannot be checked."""
        item = {"logical_key": logical_key, "size": size, "meta": (meta or {}).get("user_meta", {})}
        with _unchecked_as_violation(f"{ENTRIES}/{self._count}"):
            self._rule.add(self._count, item)
        self._count += 1

    def violations(self) -> list[Violation]:
        with _unchecked_as_violation(ENTRIES):
            return self._rule.violations()[:_MAX_VIOLATIONS]

    def finish(self) -> None:
        """Raises WorkflowViolation."""
        _refuse(self.violations())


@dataclass(frozen=True, slots=True)
class WorkflowRules:
    """The rules of one workflow. Without a workflow all pushes pass, and the header says that there is none."""

    header: dict[str, Any]
    """Value of `workflow` in the header of the manifest."""
    workflow: Workflow | None = None
    metadata_schema: Schema | None = None
    entries_schema: Schema | None = None

    async def violations(self, name: str, message: str | None, user_meta: Meta | None) -> list[Violation]:
        """Violations apart from those of entries. Raises WorkflowsBroken."""
        return await run_check(self._violations, name, message, user_meta)

    async def is_valid_name(self, name: str) -> bool:
        return await run_check(self._has_valid_name, name)

    async def require(self, name: str, message: str | None, user_meta: Meta | None) -> None:
        """Raises WorkflowViolation or WorkflowsBroken."""
        _refuse(await self.violations(name, message, user_meta))

    def entry_check(self) -> EntryCheck | None:
        """A check for one package; None if the workflow has no schema of entries."""
        return EntryCheck(rule_of(self.entries_schema.document)) if self.entries_schema else None

    def _violations(self, name: str, message: str | None, user_meta: Meta | None) -> list[Violation]:
        found = []
        if self.workflow and self.workflow.is_message_required and not message:
            found.append(Violation(path="/message", message="The workflow requires a message"))
        if self.workflow and self.workflow.handle_pattern and not self._has_valid_name(name):
            pattern = self.workflow.handle_pattern
            found.append(Violation(path="/name", message=f"{name!r} does not match {pattern!r}"))
        if self.metadata_schema:
            with _unchecked_as_violation("/metadata"):
                found += self.metadata_schema.violations(user_meta or {}, "/metadata", _MAX_VIOLATIONS)
        return found

    def _has_valid_name(self, name: str) -> bool:
        pattern = self.workflow.handle_pattern if self.workflow else None
        try:
            return not pattern or pattern_found(pattern, name)
        except (SchemaUnusable, CheckTooSlow) as error:
            raise WorkflowsBroken(f"The workflow's handle_pattern cannot be used: {error}") from error


@dataclass(frozen=True, slots=True)
class ProposedConfig:
    """A configuration that is not saved, and the schemas by their URLs that are not saved with it."""

    config: WorkflowConfig
    schemas: Mapping[str, Schema | str]
    """Each a schema, or the reason why it cannot be used."""


async def read_proposal(bucket: str, config: str, schemas: Mapping[str, str]) -> ProposedConfig:
    """Raises WorkflowsBroken."""
    parsed = await run_check(parse_config, config.encode(), f"s3://{bucket}/{WORKFLOWS}")
    made = {url: await run_check(_schema_of, text.encode(), url) for url, text in schemas.items()}
    return ProposedConfig(parsed, made)


class WorkflowService:
    """Reads with the rights of `objects`. If these exceed the caller's, `readable` names the buckets that the caller may read.

    With a `proposal`, it stands for what the bucket has.
    """

    def __init__(
        self,
        objects: ObjectStore,
        object_cache: ObjectCache | None = None,
        readable: Container[str] | None = None,
        proposal: ProposedConfig | None = None,
    ) -> None:
        self._objects = objects
        self._object_cache = object_cache or ObjectCache()
        self._readable = readable
        self._proposal = proposal

    async def config(self, bucket: str) -> WorkflowConfig | None:
        """The bucket's configuration, or None if it has none. Raises WorkflowsBroken."""
        if self._proposal:
            return self._proposal.config
        found = await self._object_cache.get(
            self._objects, PhysicalKey(bucket, WORKFLOWS, None), MAX_CONFIG_BYTES + 1, parse_config
        )
        return found[1] if found else None

    async def rules(self, bucket: str, choice: WorkflowChoice = DEFAULT) -> WorkflowRules | None:
        """The rules for a choice; None if the bucket has no configuration. Raises WorkflowViolation or WorkflowsBroken."""
        config = await self.config(bucket)
        if config is None:
            if choice is not DEFAULT:
                named = f"workflow {choice!r}" if choice else "no workflow"
                raise _wrong_workflow(f"The push asks for {named}, but bucket {bucket} has no workflows")
            return None
        chosen = config.default_workflow if choice is DEFAULT else choice or None
        if chosen is None:
            if config.is_workflow_required:
                known = ", ".join(each.id for each in config.workflows)
                raise _wrong_workflow(f"Bucket {bucket} requires a workflow: {known}")
            return WorkflowRules({"id": None, "config": config.url})
        workflow = config.workflow(chosen)
        if workflow is None and choice is DEFAULT:
            raise WorkflowsBroken(f"{config.url}: the default workflow {chosen!r} does not exist")
        if workflow is None:
            known = ", ".join(each.id for each in config.workflows)
            raise _wrong_workflow(f"Bucket {bucket} has no workflow {chosen!r}. It has: {known}")
        return await self._rules_of(config, workflow)

    async def find_problems(self, config: WorkflowConfig) -> list[str]:
        """The reasons why workflows of a configuration that can be read cannot be used."""
        found = []
        if config.default_workflow and config.workflow(config.default_workflow) is None:
            found.append(f"The default workflow {config.default_workflow!r} does not exist")
        used = (name for each in config.workflows for name in (each.metadata_schema, each.entries_schema) if name)
        for name in list(dict.fromkeys(used))[:MAX_CHECKED_SCHEMAS]:
            try:
                await self._schema(config, name)
            except WorkflowsBroken as error:
                found.append(str(error))
        for workflow in config.workflows:
            try:
                await WorkflowRules({}, workflow).is_valid_name("author/name")
            except WorkflowsBroken as error:
                found.append(f"Workflow {workflow.id!r}: {error}")
        return found

    async def _rules_of(self, config: WorkflowConfig, workflow: Workflow) -> WorkflowRules:
        schemas: dict[str, Schema] = {}
        urls: dict[str, str] = {}
        for name in (workflow.metadata_schema, workflow.entries_schema):
            if name and name not in schemas:
                location, schemas[name] = await self._schema(config, name)
                urls[name] = location.url
        return WorkflowRules(
            {"id": workflow.id, "config": config.url, **({"schemas": urls} if urls else {})},
            workflow,
            schemas[workflow.metadata_schema] if workflow.metadata_schema else None,
            schemas[workflow.entries_schema] if workflow.entries_schema else None,
        )

    async def _schema(self, config: WorkflowConfig, name: str) -> tuple[PhysicalKey, Schema]:
        url = config.schema_url(name)
        if url is None:
            raise WorkflowsBroken(f"{config.url}: the schema {name!r} does not exist")
        location = parse_physical_key(url)
        if location is None or parse_qs(urlsplit(url).query).keys() - {"versionId"}:
            raise WorkflowsBroken(f"{config.url}: schema {name!r} is not in S3: {url}")
        if self._readable is not None and location.bucket not in self._readable:
            raise WorkflowsBroken(f"Schema {name!r} is at {url}, which you may not read")
        found: tuple[PhysicalKey, Schema | str] | None
        try:
            if self._proposal and url in self._proposal.schemas:
                found = location, self._proposal.schemas[url]
            else:
                found = await self._object_cache.get(
                    self._objects, location, MAX_SCHEMA_BYTES + 1, _schema_of, run_check
                )
        except ObjectRefused as error:
            raise WorkflowsBroken(f"Schema {name!r} cannot be read: {error}") from error
        if found is None:
            raise WorkflowsBroken(f"Schema {name!r} does not exist: {url}")
        exact, schema = found
        if isinstance(schema, str):
            raise WorkflowsBroken(f"The schema at {exact.url} cannot be used: {schema}")
        return exact, schema


def _schema_of(body: bytes, _url: str) -> Schema | str:
    """The schema, or why it cannot be used, which is cached as well."""
    try:
        return load_schema(body)
    except (SchemaUnusable, CheckTooSlow) as error:
        return str(error)


def _wrong_workflow(message: str) -> WorkflowViolation:
    return WorkflowViolation([Violation(path="/workflow", message=message)])


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise WorkflowViolation(violations)


@contextmanager
def _unchecked_as_violation(path: str) -> Iterator[None]:
    try:
        yield
    except (CheckTooSlow, SchemaUnusable) as error:
        raise WorkflowViolation([Violation(path=path, message=f"Cannot be checked: {error}")]) from error
