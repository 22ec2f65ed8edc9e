"""Reads the templates of deploy/aws without CloudFormation, and what AWS publishes of their resource types."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml  # noqa: TID251 – templates of this repository, whose tags have a loader of their own

from localrun.paths import ROOT

TEMPLATES = ROOT / "deploy" / "aws" / "templates"


class TemplateLoader(yaml.SafeLoader):
    """A YAML loader that replaces functions of CloudFormation by their arguments."""


def _untagged(loader: TemplateLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


TemplateLoader.add_multi_constructor("!", _untagged)


def template(name: str, directory: Path = TEMPLATES) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((directory / name).read_text(), TemplateLoader)  # noqa: S506 – a SafeLoader
    return found


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@cache
def resource_schema(kind: str) -> dict[str, Any]:
    """Schema of a type, such as `S3::Bucket`, with the actions of its handlers; cfn-lint ships it."""
    schemas = files("cfnlint") / "data" / "schemas"
    digest = json.loads((schemas / "providers" / "us-east-1.json").read_text())[f"AWS::{kind}"]
    found: dict[str, Any] = json.loads((schemas / "resources" / f"{digest}.json").read_text())
    return found
