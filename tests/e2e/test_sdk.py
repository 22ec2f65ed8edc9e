"""A Python client, which a third-party generator made from the published document, works with the running system."""

import json
import subprocess
from pathlib import Path

import pytest
from support.data.openapi_document import SNAPSHOT
from support.environments import require_made
from support.worlds.system import ADMIN, BUCKET, REGISTRY, ROOT, Client, System, eventually

SDK = ROOT / ".venvs" / "sdk" / "bin"
PACKAGE = "sdk/check"
CONFIG = {"post_hooks": [], "content_type_overrides": {"application/x-ndjson": "text/plain"}}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of `patchwork_client`, generated without a warning."""
    require_made("sdk")
    where = tmp_path_factory.mktemp("sdk")
    document = json.loads(SNAPSHOT.read_text())
    # S3 has clients of its own; the generator knows neither signatures nor XML.
    document["paths"] = {path: item for path, item in document["paths"].items() if "servers" not in item}
    (where / "openapi.json").write_text(json.dumps(document))
    (where / "config.json").write_text(json.dumps(CONFIG))
    done = subprocess.run(
        [
            *(SDK / "openapi-python-client", "generate", "--path", "openapi.json", "--config", "config.json"),
            *("--output-path", "patchwork_client", "--meta", "none", "--fail-on-warning"),
        ],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return where


@pytest.mark.long
def test_a_generated_client_signs_in_and_reads_packages(
    generated: Path, system: System, homes: Path, tmp_path: Path
) -> None:
    pusher = Client(homes / "sdk", system)
    api = pusher.sign_in(*ADMIN)
    contents = {"README.md": 6, "data/a b.csv": 4, "data/2026/ü.txt": 2}
    for path, size in contents.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x" * size)
    pusher.act("push", PACKAGE, REGISTRY, tmp_path)
    eventually(lambda: api.get(f"/api/v1/buckets/{BUCKET}/packages", {"prefix": PACKAGE})["items"])

    done = subprocess.run(
        [
            SDK / "python",
            ROOT / "tests" / "support" / "foreign" / "sdk_acts.py",
            system.registry,
            *ADMIN,
            BUCKET,
            PACKAGE,
        ],
        env={"PYTHONPATH": str(generated)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert BUCKET in seen.pop("buckets")
    assert PACKAGE in seen.pop("packages")
    assert seen == {
        "me": ADMIN[0],
        "files": contents,
        "first": True,
        "refused": [401, True, "Login attempt failed"],
        "missing": 404,
    }
