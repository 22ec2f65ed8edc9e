"""One version for all parts of a release, notes for it, and bills of what its images hold."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from localrun.paths import ROOT

RELEASE = ROOT / "deploy" / "release"


def ran(*argv: str) -> str:
    done = subprocess.run([sys.executable, *argv], cwd=RELEASE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_parts_have_the_version_and_the_newest_change_is_of_it() -> None:
    version = ran("version.py").strip()
    changes = re.findall(r"(?m)^## (\S+)$", (ROOT / "CHANGELOG.md").read_text())
    assert changes[0] == version
    notes = (ROOT / "docs" / "operations" / "upgrade.md").read_text()
    assert [each for each in changes if f"### {each}\n" not in notes] == []


def test_a_version_is_set_in_all_places(tmp_path: Any) -> None:
    program = f"""
import shutil, version
from pathlib import Path
copy = Path({str(tmp_path)!r})
for name in ("VERSION", *version.PLACES):
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(version.ROOT / name, copy / name)
version.ROOT = copy
version.set_version("7.8.9")
assert not list(version.stale_places())
assert "0.1.0" not in (copy / "compose.yaml").read_text()
(copy / "compose.yaml").write_text((copy / "compose.yaml").read_text().replace("7.8.9", "7.8.8", 1))
print(*version.stale_places())
"""
    assert ran("-c", program).startswith("compose.yaml: ")


@pytest.fixture(scope="module")
def bills() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran("-c", "import json, sbom; print(json.dumps(sbom.bills()))"))
    return found


def test_a_bill_has_every_library_that_an_image_installs(bills: dict[str, Any]) -> None:
    for service in ("auth", "registry", "indexer", "s3proxy"):
        lock = (ROOT / "requirements" / f"image-{service}.txt").read_text()
        pinned = {f"pkg:pypi/{name}@{number}" for name, number in re.findall(r"(?m)^([\w.-]+)==(\S+) \\$", lock)}
        listed = {each["bom-ref"] for each in bills[service]["components"]}
        assert pinned
        assert pinned <= listed, service
        assert any(reference.startswith("pkg:docker/python@") for reference in listed)
    catalog = {each["name"] for each in bills["catalog"]["components"]}
    dependencies = json.loads((ROOT / "catalog" / "package.json").read_text())["dependencies"]
    assert set(dependencies) <= catalog
    assert {"alpine", "caddy"} <= catalog
    assert "vitest" not in catalog


def test_references_of_a_bill_are_unique(bills: dict[str, Any]) -> None:
    for each in bills.values():
        references = [component["bom-ref"] for component in each["components"]]
        assert len(references) == len(set(references))
        assert set(each["dependencies"][0]["dependsOn"]) == set(references)
