"""Every setting for a number of worker processes has an effect, wherever it is given or described."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from support.deploy.compose import composed

from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.paths import ROOT
from localrun.system import SERVICES, InnerPorts, System
from registry.settings import RegistrySettings
from s3proxy.settings import S3ProxySettings
from shared.web.serving import workers_of

MODELS: dict[str, type[BaseModel]] = {
    "auth": AuthSettings,
    "registry": RegistrySettings,
    "s3proxy": S3ProxySettings,
    "indexer": IndexerSettings,
}
_NAME = re.compile(r"\b(?:PATCHWORK|AUTH|REGISTRY|S3PROXY|INDEXER)_[A-Z0-9_]*WORKERS\b")
PLACES = ("compose.yaml", "README.md", "deploy", "docs", "services", "shared/src")
ENDINGS = {".md", ".py", ".yaml", ".example", ".json", ".toml"}


def settings_of_workers() -> set[str]:
    """Variables of the settings."""
    names = {f"{service.upper()}_WORKERS" for service in MODELS}
    for service, model in MODELS.items():
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                inner = field.annotation.model_fields
                names |= {f"{service}_{name}__{each}".upper() for each in inner if each.endswith("workers")}
    return names


def files() -> list[Path]:
    found = [ROOT / place for place in PLACES]
    return [
        path
        for place in found
        for path in ([place] if place.is_file() else sorted(place.rglob("*")))
        if path.suffix in ENDINGS and "node_modules" not in path.parts
    ]


def test_every_name_of_a_number_of_workers_is_a_setting_of_a_service_or_of_compose() -> None:
    of_compose = set(re.findall(r"\$\{(PATCHWORK_\w*WORKERS)\b", (ROOT / "compose.yaml").read_text()))
    known = settings_of_workers() | of_compose
    assert of_compose == {"PATCHWORK_WORKERS", "PATCHWORK_INDEXER_WORKERS"}
    named = {(name, path.relative_to(ROOT)) for path in files() for name in _NAME.findall(path.read_text())}
    assert {name for name, _ in named} >= {f"{service.upper()}_WORKERS" for service in SERVICES}
    assert {(name, path) for name, path in named if name not in known} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_each_installation_passes_the_number_of_workers_to_the_process_that_starts_them(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"{service.upper()}_WORKERS"
    wanted = {"PATCHWORK_WORKERS": "3", "PATCHWORK_INDEXER_WORKERS": "3"}
    assert composed("production", variables=wanted)["services"][service]["environment"][variable] == 3
    for name in ("tasks.yaml", "single-task.yaml"):
        assert f"{{Name: {variable}," in (ROOT / "deploy" / "aws" / "templates" / name).read_text(), name
    monkeypatch.setenv(variable, "3")
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path)})
    system = System(configuration, SystemSecrets(), InnerPorts(1, 2, 3, 4, 5))
    assert system.environment(service)[variable] == "3"
    assert workers_of(f"{service}.main:create_app") == 3
