"""Reads compose.yaml as Docker Compose does: variables filled in, overrides merged, one dictionary per service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # noqa: TID251 – files of this repository, whose tags have a loader of their own

from localrun.paths import ROOT

FILE = ROOT / "compose.yaml"
OTHER_STORE = ROOT / "compose.other-store.yaml"
STORE_VARIABLES = {"PATCHWORK_STORE_URL": "https://ceph.example.com", "PATCHWORK_STORE_KEY_ID": "key-of-the-store"}
"""Variables that compose.other-store.yaml needs."""
HERE = ROOT / "deploy" / "compose"
PROFILES = {"production": HERE / "production.env.example", "development": HERE / "development.env"}
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def variables_of(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


class ComposeLoader(yaml.SafeLoader):
    """A YAML loader that knows the tags `!reset` and `!override` of Docker Compose 2.24.4."""


@dataclass(frozen=True)
class _Replacement:
    """A value that replaces that of the file before; None removes it."""

    value: Any


def _override(loader: ComposeLoader, node: yaml.Node) -> _Replacement:
    if isinstance(node, yaml.MappingNode):
        return _Replacement(loader.construct_mapping(node, deep=True))
    assert isinstance(node, yaml.SequenceNode), "of other values, the last one counts anyway"
    return _Replacement(loader.construct_sequence(node, deep=True))


ComposeLoader.add_constructor("!reset", lambda _, __: _Replacement(None))
ComposeLoader.add_constructor("!override", _override)


def composed(profile: str, *overrides: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The services of compose.yaml and its overrides, with the variables of a profile and those given."""
    known = {**variables_of(PROFILES[profile]), **(variables or {})}
    whole: dict[str, Any] = {}
    for file in (FILE, *overrides):
        whole = merged(whole, _read(file, known))
    chosen = known["COMPOSE_PROFILES"]
    services = whole["services"].items()
    whole["services"] = {name: each for name, each in services if chosen in each.get("profiles", [chosen])}
    return whole


def _read(file: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    text = re.sub(r"^\s*#.*$", "", file.read_text(), flags=re.MULTILINE)
    read: dict[str, Any] = yaml.load(_filled(text, variables), ComposeLoader)  # noqa: S506 – a SafeLoader
    return read


_REPLACED = {"command", "entrypoint", "test"}
"""Lists that are replaced and not merged."""


def merged(before: Any, after: Any, key: str = "") -> Any:
    """Merge the value of one file with that of the next, by the rules of Docker Compose."""
    if isinstance(after, dict) and isinstance(before, dict):
        found = dict(before)
        for name, value in after.items():
            found[name] = merged(before.get(name), value, name)
            if found[name] is None and isinstance(value, _Replacement):
                del found[name]
        return found
    if isinstance(after, list) and isinstance(before, list) and key not in _REPLACED:
        return [*before, *(each for each in after if each not in before)]
    return after.value if isinstance(after, _Replacement) else after


def _filled(text: str, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        assert kind == "-", f"{name} has no value"
        return default

    return _VARIABLE.sub(value, text)


def environment_of(service: Mapping[str, Any], secrets: Path) -> dict[str, str]:
    """Environment of a service's processes, with the paths of secrets on this machine."""
    found: dict[str, str] = {}
    for file in service.get("env_file", []):
        if (path := ROOT / file["path"]).exists():
            found |= variables_of(path)
    found |= {name: str(value) for name, value in service.get("environment", {}).items()}
    return {name: value.replace("/run/secrets", str(secrets)) for name, value in found.items()}
