from typing import Annotated, Any

from pydantic import BaseModel, Field

_Id = Annotated[str, Field(examples=["reviewed"])]
_Schema = Annotated[str | None, Field(description="Id of the JSON Schema; null without one.", examples=["harvest"])]


class Workflow(BaseModel):
    """Rules for pushes to a bucket."""

    id: _Id
    name: str = Field(examples=["Reviewed data"])
    description: str | None
    handle_pattern: str | None = Field(
        description="Regular expression that must match a part of the package's name.", examples=["^amy/"]
    )
    metadata_schema: _Schema = Field(description="Id of the JSON Schema for the metadata of the package.")
    entries_schema: _Schema = Field(
        description="Id of the JSON Schema for the entries: an array of objects with `logical_key`, `size` and `meta`."
    )
    is_message_required: bool


class SchemaLink(BaseModel):
    """A JSON Schema that workflows use."""

    id: str = Field(examples=["harvest"])
    url: str = Field(examples=["s3://quilt-example/schemas/harvest.json"])


class Successor(BaseModel):
    """A bucket to which packages of this bucket can be promoted."""

    bucket: str = Field(examples=["quilt-published"])
    title: str = Field(examples=["Published"])
    copy_data: bool = Field(description="Promotion copies the objects; otherwise only the manifest.")


class WorkflowConfig(BaseModel):
    """A bucket's `.quilt/workflows/config.yml`."""

    url: str = Field(examples=["s3://quilt-example/.quilt/workflows/config.yml?versionId=v1"])
    version: str = Field(examples=["1.1.0"])
    is_workflow_required: bool
    default_workflow: str | None
    workflows: list[Workflow]
    schemas: list[SchemaLink]
    successors: list[Successor]

    def workflow(self, name: str) -> Workflow | None:
        return next((each for each in self.workflows if each.id == name), None)

    def schema_url(self, name: str) -> str | None:
        return next((each.url for each in self.schemas if each.id == name), None)

    def successor(self, bucket: str) -> Successor | None:
        return next((each for each in self.successors if each.bucket == bucket), None)


class Workflows(BaseModel):
    """The workflows of a bucket."""

    config: str | None = Field(description="URL of the configuration; null if the bucket has none.")
    required: bool = Field(description="Every push must use a workflow.")
    default: str | None = Field(description="Workflow of pushes that do not name one.", examples=["reviewed"])
    workflows: list[Workflow]
    schemas: list[SchemaLink] = Field(description="Schemas in buckets that the caller may read.")
    successors: list[Successor] = Field(description="Successors that the caller may read.")
    problems: list[str] = Field(
        description="What keeps workflows from being used, although the configuration can be read.",
        examples=[["Schema 'harvest' does not exist: s3://quilt-example/schemas/harvest.json"]],
    )


class EntryToCheck(BaseModel):
    logical_key: str = Field(min_length=1, max_length=1024, examples=["data/2026/wine.csv"])
    size: int | None = Field(default=None, ge=0, examples=[11540])
    meta: dict[str, Any] | None = Field(
        default=None, description="The author's metadata of the entry (`user_meta`).", examples=[{"split": "train"}]
    )


class PushToCheck(BaseModel, extra="forbid"):
    """A push that is to be checked."""

    name: str = Field(max_length=1024, description="AUTHOR/NAME", examples=["amy/wine"])
    message: str | None = Field(default=None, examples=["Add the 2026 harvest"])
    metadata: dict[str, Any] | None = Field(default=None, examples=[{"source": "UCI"}])
    workflow: str | None = Field(
        default=None,
        description="The default workflow of the bucket if left out. Null or empty stands for no workflow.",
        examples=["reviewed"],
    )
    entries: list[EntryToCheck] | None = Field(
        default=None,
        max_length=10_000,
        description="Entries; they are not checked if left out.",
        examples=[[{"logical_key": "wine.csv", "size": 11540}]],
    )


class Violation(BaseModel):
    """A violation of a rule."""

    path: str = Field(description="JSON pointer to the place in the push.", examples=["/metadata/season"])
    message: str = Field(examples=["'last' is not of type 'integer'"])


class PushVerdict(BaseModel):
    """Result of a check: the push is valid, or violates rules."""

    valid: bool
    workflow: str | None = Field(description="Workflow with which the push was checked.", examples=["reviewed"])
    violations: list[Violation]
    complete: bool = Field(description="False if there are more violations than listed.")


MAX_TRIED_PACKAGES = 20
MAX_TRIED_SCHEMAS = 50
MAX_TRIED_TEXT = 1_048_576


class WorkflowTrial(BaseModel, extra="forbid"):
    """A configuration of workflows that is tried on packages before it is saved."""

    config: str = Field(
        max_length=MAX_TRIED_TEXT,
        description="Text of `.quilt/workflows/config.yml`.",
        examples=['version: "1"\nworkflows: {reviewed: {name: Reviewed data, is_message_required: true}}\n'],
    )
    schemas: dict[str, Annotated[str, Field(max_length=MAX_TRIED_TEXT)]] = Field(
        default_factory=dict,
        max_length=MAX_TRIED_SCHEMAS,
        description="JSON Schemas that are not saved yet, by their URLs in the configuration. Others are read from S3.",
        examples=[{"s3://quilt-example/schemas/harvest.json": '{"required": ["season"]}'}],
    )
    workflow: str | None = Field(
        default=None,
        max_length=64,
        description="Workflow that all packages are tried with. If left out, each is tried with the one that it was pushed with if there "
        "still is one of that id, else with the default one.",
        examples=["reviewed"],
    )
    cursor: str | None = Field(default=None, max_length=1024, description="Of the page before.", examples=[None])
    limit: int = Field(default=10, ge=1, le=MAX_TRIED_PACKAGES, description="Packages in one answer.", examples=[10])


class TriedPackage(BaseModel):
    """The latest revision of a package, as a configuration would judge it."""

    name: str = Field(examples=["amy/wine"])
    top_hash: str
    valid: bool
    workflow: str | None = Field(description="Workflow that it was tried with.", examples=["reviewed"])
    violations: list[Violation] = Field(description="The first violations.")
    entries_checked: bool = Field(
        description="False if the workflow has a schema of entries, and the package has too many to be checked here."
    )


class WorkflowTrialResult(BaseModel):
    """Packages of the bucket by name, as a configuration would judge them."""

    problems: list[str] = Field(
        description="What keeps workflows from being used. Without a readable configuration, no package is tried."
    )
    items: list[TriedPackage]
    next: str | None = Field(description="Cursor of the next page; null on the last page.")
