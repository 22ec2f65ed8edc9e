from typing import Annotated, Any

from pydantic import BaseModel, Field

_Id = Annotated[str, Field(examples=["reviewed"])]
_Schema = Annotated[str | None, Field(description="Id of the JSON Schema; null without one.", examples=["harvest"])]


class Workflow(BaseModel):
    """Rules for what is pushed to a bucket."""

    id: _Id
    name: str = Field(examples=["Reviewed data"])
    description: str | None
    handle_pattern: str | None = Field(
        description="Regular expression that must be found somewhere in the package's name.", examples=["^amy/"]
    )
    metadata_schema: _Schema = Field(description="Id of the JSON Schema of the package's metadata.")
    entries_schema: _Schema = Field(
        description="Id of the JSON Schema of its entries: an array of `logical_key`, `size` and `meta`."
    )
    is_message_required: bool


class SchemaLink(BaseModel):
    """A JSON Schema that workflows name."""

    id: str = Field(examples=["harvest"])
    url: str = Field(examples=["s3://quilt-example/schemas/harvest.json"])


class Successor(BaseModel):
    """A bucket to which packages of this one are promoted."""

    bucket: str = Field(examples=["quilt-published"])
    title: str = Field(examples=["Published"])
    copy_data: bool = Field(description="Whether promotion copies objects, or only the manifest.")


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
    """What a bucket wants of packages pushed to it."""

    config: str | None = Field(description="Where its configuration is; null when it has none.")
    required: bool = Field(description="Whether a push must go through a workflow.")
    default: str | None = Field(description="The workflow of pushes that name none.", examples=["reviewed"])
    workflows: list[Workflow]
    schemas: list[SchemaLink] = Field(description="Those in buckets that the caller may read.")
    successors: list[Successor] = Field(description="Those that the caller may read.")


class EntryToCheck(BaseModel):
    logical_key: str = Field(min_length=1, max_length=1024, examples=["data/2026/wine.csv"])
    size: int | None = Field(default=None, ge=0, examples=[11540])
    meta: dict[str, Any] | None = Field(
        default=None, description="What the entry's author says of it (`user_meta`).", examples=[{"split": "train"}]
    )


class PushToCheck(BaseModel, extra="forbid"):
    """A push, as it would be."""

    name: str = Field(max_length=1024, description="AUTHOR/NAME", examples=["amy/wine"])
    message: str | None = Field(default=None, examples=["Add the 2026 harvest"])
    metadata: dict[str, Any] | None = Field(default=None, examples=[{"source": "UCI"}])
    workflow: str | None = Field(
        default=None,
        description="Left out: the bucket's default. Null or empty: expressly none.",
        examples=["reviewed"],
    )
    entries: list[EntryToCheck] | None = Field(
        default=None,
        max_length=10_000,
        description="Left out: entries are not checked.",
        examples=[[{"logical_key": "wine.csv", "size": 11540}]],
    )


class Violation(BaseModel):
    """A rule that a push breaks."""

    path: str = Field(description="JSON pointer into what was pushed.", examples=["/metadata/season"])
    message: str = Field(examples=["'last' is not of type 'integer'"])


class PushVerdict(BaseModel):
    """Whether a push would be taken, and else all that is against it."""

    valid: bool
    workflow: str | None = Field(description="The workflow it was checked against.", examples=["reviewed"])
    violations: list[Violation]
    complete: bool = Field(description="False when there are more violations than are listed.")
