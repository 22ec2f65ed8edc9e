"""What the registry constructs, patches and promotes, installed and verified by the real quilt3."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.system import BUCKET, REGISTRY, Api, Client, System

SECOND = "quilt-released"
PACKAGES = f"/api/v1/buckets/{BUCKET}/packages"


@dataclass
class Story:
    client: Client
    api: Api
    pushed: str
    homes: Path

    def push(self, path: str, body: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
        """A job, done."""
        answer = self.api.request("POST", path, json=body)
        assert answer.status_code == 202, answer.text
        deadline = time.monotonic() + seconds
        job: dict[str, Any] = self.api.get(answer.headers["location"])
        while job["state"] in {"queued", "running"} and time.monotonic() < deadline:
            time.sleep(0.1)
            job = self.api.get(answer.headers["location"])
        assert job["state"] == "done", job
        result: dict[str, Any] = job["result"]
        return result

    def installed(self, name: str, registry: str, top_hash: str) -> dict[str, str]:
        """What quilt3 finds good: SHA-256 by logical key."""
        folder = self.homes / f"installed-{top_hash[:8]}"
        assert self.client.act("install", name, registry, top_hash, folder) is True
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture(scope="module")
def story(system: System, homes: Path) -> Story:
    system.create_user("pia", "pia's password", "ReadWriteAll")
    client = Client(homes / "pia", system)
    client.sign_in("pia", "pia's password")
    folder = homes / "original"
    files = {"README.md": b"# Original\n", "data/a b.csv": b"a,b\n", "data/deep/é.txt": b"x" * (9 << 20)}
    for key, body in files.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(body)
    pushed = client.act("push", "pia/original", REGISTRY, folder, "First", '{"year": 2026.0}')
    api = system.sign_in()
    api.request("POST", "/api/v1/buckets", json={"name": SECOND})
    return Story(client, system.sign_in("pia", "pia's password"), str(pushed["top_hash"]), homes)


def test_a_patched_package_installs(story: Story) -> None:
    readme = f"s3://{BUCKET}/pia/original/README.md"
    result = story.push(
        f"{PACKAGES}/pia/original/revisions/{story.pushed}/patch",
        {
            "message": "Patched",
            "expected": {"latest": story.pushed, "entries": 3},
            "operations": [
                {"op": "move", "path": "data/deep", "to": "deep"},
                {"op": "remove", "path": "data/a b.csv"},
                {"op": "add", "logical_key": "copy of README.md", "physical_key": readme},
                {"op": "annotate", "path": "deep", "metadata": {"moved": True}},
                {"op": "annotate", "path": "README.md", "metadata": {"language": "en"}},
            ],
        },
    )
    assert result["is_latest"] is True
    found = story.client.act("browse", "pia/original", REGISTRY, result["top_hash"])
    assert (found["top_hash"], found["message"], found["meta"]) == (result["top_hash"], "Patched", {"year": 2026.0})
    assert sorted(found["entries"]) == ["README.md", "copy of README.md", "deep/é.txt"]
    assert found["entries"]["README.md"]["meta"] == {"language": "en"}
    assert sorted(story.installed("pia/original", REGISTRY, result["top_hash"])) == sorted(found["entries"])


def test_a_constructed_package_installs(story: Story) -> None:
    keys = ["pia/original/README.md", "pia/original/data/deep/%C3%A9.txt"]
    result = story.push(
        f"{PACKAGES}/pia/constructed/revisions",
        {
            "message": "Constructed",
            "metadata": {"from": "objects", "n": 1.5},
            "expected": {"latest": None},
            "entries": [
                {"logical_key": f"x/{at}", "physical_key": f"s3://{BUCKET}/{key}"} for at, key in enumerate(keys)
            ],
        },
    )
    found = story.installed("pia/constructed", REGISTRY, result["top_hash"])
    assert found == {
        "x/0": hashlib.sha256(b"# Original\n").hexdigest(),
        "x/1": hashlib.sha256(b"x" * (9 << 20)).hexdigest(),
    }


def test_a_promoted_package_installs_from_its_new_bucket(story: Story) -> None:
    result = story.push(
        f"{PACKAGES}/pia/original/revisions/{story.pushed}/promotion",
        {"to": {"bucket": SECOND, "package": "pia/released"}, "message": "Released"},
    )
    found = story.client.act("browse", "pia/released", f"s3://{SECOND}", result["top_hash"])
    assert {entry["physical_key"].partition("?")[0] for entry in found["entries"].values()} == {
        f"s3://{SECOND}/pia/released/README.md",
        f"s3://{SECOND}/pia/released/data/a%20b.csv",
        f"s3://{SECOND}/pia/released/data/deep/%C3%A9.txt",
    }
    assert found["meta"] == {"year": 2026.0}
    assert len(story.installed("pia/released", f"s3://{SECOND}", result["top_hash"])) == 3


def test_what_quilt3_pushes_next_builds_on_it(story: Story) -> None:
    folder = story.homes / "next"
    folder.mkdir()
    (folder / "added.txt").write_text("more\n")
    pushed = story.client.act("revise", "pia/constructed", REGISTRY, folder, "x/0", "Revised")
    result = story.push(
        f"{PACKAGES}/pia/constructed/revisions/{pushed['top_hash']}/patch",
        {"operations": [{"op": "remove", "path": "x"}], "expected": {"latest": pushed["top_hash"], "entries": 2}},
    )
    assert sorted(story.installed("pia/constructed", REGISTRY, result["top_hash"])) == ["added.txt"]


def test_deleting_takes_it_from_the_clients_sight(story: Story) -> None:
    assert story.api.request("DELETE", f"{PACKAGES}/pia/constructed").status_code == 204
    assert story.api.request("GET", f"{PACKAGES}/pia/constructed").status_code == 404
    assert story.client.act("versions", "pia/constructed", REGISTRY) == []
