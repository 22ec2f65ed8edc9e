"""The workflow configuration of a bucket, `.quilt/workflows/config.yml`, in versions 1.0 and 1.1."""

from collections.abc import Iterator
from typing import Any, Final

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from registry.errors import WorkflowsBroken
from shared.schemas.workflow import SchemaLink, Successor, Workflow, WorkflowConfig
from shared.yaml_documents import MAX_YAML_BYTES, YamlRefused, load_yaml

MAX_CONFIG_BYTES: Final = MAX_YAML_BYTES
_NEWEST: Final = (1, 1, 0)

_VERSION = {"type": "string", "maxLength": 50, "pattern": r"^[1-9][0-9]*(\.(0|[1-9][0-9]*)){0,2}$"}
_TEXT = {"type": "string", "minLength": 1}
_SCHEMA_ID = {"type": "string"}

_RULES = Draft7Validator(
    {
        "type": "object",
        "required": ["version", "workflows"],
        "additionalProperties": False,
        "properties": {
            "version": {
                "anyOf": [
                    _VERSION,
                    {
                        "type": "object",
                        "required": ["base"],
                        "additionalProperties": False,
                        "properties": {"base": _VERSION, "catalog": _VERSION},
                    },
                ]
            },
            "catalog": True,
            "is_workflow_required": {"type": "boolean"},
            "default_workflow": {"type": "string"},
            "workflows": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": "^[A-Za-z_-][A-Za-z0-9_-]*$", "maxLength": 64},
                "additionalProperties": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {
                        "name": _TEXT,
                        "description": _TEXT,
                        "handle_pattern": {"type": "string"},
                        "metadata_schema": _SCHEMA_ID,
                        "entries_schema": _SCHEMA_ID,
                        "is_message_required": {"type": "boolean"},
                        "catalog": True,
                    },
                },
            },
            "schemas": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "type": "object",
                    "required": ["url"],
                    "properties": {"url": {"type": "string"}},
                },
            },
            "successors": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {"title": _TEXT, "copy_data": {"type": "boolean"}},
                },
            },
        },
    }
)


def parse_config(body: bytes, url: str) -> WorkflowConfig:
    """The configuration from the YAML in `body`, which was read from `url`. Raises WorkflowsBroken."""
    document = _load_document(body, url)
    error = best_match(_RULES.iter_errors(document))
    if error:
        where = "/".join(map(str, error.absolute_path)) or "the document"
        raise WorkflowsBroken(f"{url} is not a valid workflow configuration: {where}: {error.message[:500]}")
    version = document["version"] if isinstance(document["version"], str) else document["version"]["base"]
    if _version_numbers(version) > _NEWEST:
        raise WorkflowsBroken(f"{url} has version {version}; the newest supported is {'.'.join(map(str, _NEWEST))}")
    return WorkflowConfig(
        url=url,
        version=version,
        is_workflow_required=document.get("is_workflow_required", True),
        default_workflow=document.get("default_workflow"),
        workflows=[_workflow(name, fields) for name, fields in _named(document["workflows"])],
        schemas=[SchemaLink(id=name, url=fields["url"]) for name, fields in _named(document.get("schemas", {}))],
        successors=list(_successors(document.get("successors", {}))),
    )


def _workflow(name: str, fields: dict[str, Any]) -> Workflow:
    return Workflow(
        id=name,
        name=fields["name"],
        description=fields.get("description"),
        handle_pattern=fields.get("handle_pattern") or None,
        metadata_schema=fields.get("metadata_schema") or None,
        entries_schema=fields.get("entries_schema") or None,
        is_message_required=fields.get("is_message_required", False),
    )


def _successors(fields: dict[str, Any]) -> Iterator[Successor]:
    """The successors that are buckets, to which alone packages can be promoted."""
    for url, how in _named(fields):
        scheme, _, bucket = url.partition("://")
        if scheme == "s3" and bucket.strip("/"):
            yield Successor(bucket=bucket.strip("/"), title=how["title"], copy_data=how.get("copy_data", True))


def _named(fields: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """The items whose keys are text. YAML allows other keys, but no request could name them."""
    return ((name, value) for name, value in fields.items() if isinstance(name, str))


def _version_numbers(version: str) -> tuple[int, ...]:
    return (*map(int, version.split(".")), 0, 0)[:3]


def _load_document(body: bytes, url: str) -> Any:
    try:
        return load_yaml(body)
    except YamlRefused as error:
        raise WorkflowsBroken(f"{url} cannot be read: {error}") from error
