"""Requirements of the services resolve for other Pythons and for ARM, from wheels alone; the tests of `shared` run on other Pythons.

Not run: the services themselves on another Python, and anything on ARM.
"""

import os
import subprocess
from pathlib import Path

import pytest

from localrun.paths import ROOT

UV = ROOT / ".venvs" / "boot" / "bin" / "uv"
FIND_PYTHON = ROOT / "tests" / "support" / "foreign" / "old_python.sh"
IMAGES = ("auth", "registry", "indexer", "s3proxy")
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
UNIT_TESTS = [
    f"tests/shared/test_{name}.py"
    for name in (
        *(
            "concurrency",
            "networks",
            "object_urls",
            "package_model",
            "permissions",
            "rates",
            "settings",
            "uris",
            "words",
        ),
        "yaml_documents",
    )
]
"""Tests of `shared` that need no server."""


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("image", IMAGES)
def test_requirements_of_a_service_resolve_from_wheels(image: str, python: str, platform: str, tmp_path: Path) -> None:
    """With the versions that are locked: another Python must not need others."""
    done = subprocess.run(
        [
            *(UV, "pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:"),
            *("--python-version", python, "--python-platform", platform),
            *("--constraint", "requirements/main.txt", "--no-emit-package", "patchwork-shared"),
            *(
                "--no-emit-package",
                f"patchwork-{image}",
                "--no-binary",
                "patchwork-shared",
                "--no-binary",
                f"patchwork-{image}",
            ),
            *(f"requirements/image-{image}.in", "--output-file", tmp_path / "resolved.txt"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("python", ["3.12", "3.13"])
def test_unit_tests_of_shared_run_on_another_python(python: str, tmp_path: Path) -> None:
    subprocess.run([UV, "python", "install", "--quiet", python], check=False, capture_output=True)
    found = subprocess.run([FIND_PYTHON, python], capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        pytest.skip(f"NOT TESTED: no Python {python} is here, and none can be installed")
    venv = tmp_path / "venv"
    subprocess.run([UV, "venv", "--quiet", "--python", found, venv], check=True)
    environment = {**os.environ, "VIRTUAL_ENV": str(venv)}
    lock = ROOT / "requirements" / "main.txt"
    subprocess.run([UV, "pip", "sync", "--quiet", "--require-hashes", lock], env=environment, check=True)
    packages = ("shared", "services/auth", "services/registry", "services/indexer", "services/s3proxy", "deploy/local")
    own = [f"./{each}" for each in packages]
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", *own],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    ran = subprocess.run(
        [venv / "bin" / "python", "-m", "pytest", "-p", "no:cacheprovider", *UNIT_TESTS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert "passed" in ran.stdout
