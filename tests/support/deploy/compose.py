"""compose.yaml as Docker Compose reads it: variables filled in, one dictionary per service."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localrun.paths import ROOT
from shared.yaml_documents import load_yaml

FILE = ROOT / "compose.yaml"
HERE = ROOT / "deploy" / "compose"
PROFILES = {"production": HERE / "production.env.example", "development": HERE / "development.env"}
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def variables_of(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def composed(profile: str) -> dict[str, Any]:
    """The services of compose.yaml with the variables of a profile."""
    variables = variables_of(PROFILES[profile])
    text = re.sub(r"^\s*#.*$", "", FILE.read_text(), flags=re.MULTILINE)
    whole: dict[str, Any] = load_yaml(_filled(text, variables))
    chosen = variables["COMPOSE_PROFILES"]
    services = whole["services"].items()
    whole["services"] = {name: each for name, each in services if chosen in each.get("profiles", [chosen])}
    return whole


def _filled(text: str, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        assert kind == "-", f"{name} is wanted, and has no value"
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
