"""Packages that the registry constructs, patches and promotes are installed and verified by the real quilt3."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.worlds.system import BUCKET, REGISTRY, Api, Client, System, eventually

SECOND = "quilt-released"
PACKAGES = f"/api/v1/buckets/{BUCKET}/packages"


@dataclass
class Story:
    client: Client
    api: Api
    pushed: str
    homes: Path

    def push(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The result of a job, done."""
        job = self.api.job(path, body)
        assert job["state"] == "done", job
        result: dict[str, Any] = job["result"]
        return result

    def diff(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """The first page of a difference, once it is counted and its moves are found."""
        found: list[dict[str, Any]] = []

        def is_counted() -> bool:
            found.append(self.api.get(path, params))
            return found[-1]["totals"] is not None

        eventually(is_counted)
        return found[-1]

    def installed(self, name: str, registry: str, top_hash: str) -> dict[str, str]:
        """SHA-256 by logical key, as verified by quilt3."""
        folder = self.homes / f"installed-{top_hash[:8]}"
        assert self.client.act("install", name, registry, top_hash, folder) is True
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }


def changes(diff: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(item["kind"], item["previous_key"], item["logical_key"]) for item in diff["items"]]


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


@pytest.mark.long
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


@pytest.mark.long
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


def test_a_push_is_compared_patched_promoted_and_installed(story: Story) -> None:
    revisions = f"{PACKAGES}/pia/original/revisions"
    first = story.diff(f"{revisions}/{story.pushed}/diff")
    assert (first["base"], changes(first)) == (
        None,
        [("added", None, "README.md"), ("added", None, "data/a b.csv"), ("added", None, "data/deep/é.txt")],
    )
    operations = [
        {"op": "move", "path": "data/deep/é.txt", "to": "data/ü.txt"},
        {"op": "remove", "path": "README.md"},
        {"op": "annotate", "path": "data/a b.csv", "metadata": {"rows": 1}},
    ]
    patched = story.push(f"{revisions}/{story.pushed}/patch", {"operations": operations})["top_hash"]
    diff = story.diff(f"{revisions}/{patched}/diff", {"base": story.pushed})
    assert changes(diff) == [
        ("removed", None, "README.md"),
        ("metadata", None, "data/a b.csv"),
        ("moved", "data/deep/é.txt", "data/ü.txt"),
    ]
    assert (diff["totals"]["removed"], diff["totals"]["moved"], diff["totals"]["metadata"]) == (1, 1, 1)

    to = {"bucket": SECOND, "package": "pia/whole"}
    promoted = story.push(f"{revisions}/{patched}/promotion", {"to": to})["top_hash"]
    there = f"/api/v1/buckets/{SECOND}/packages/pia/whole/revisions/{promoted}/diff"
    base = {"base": patched, "base_bucket": BUCKET, "base_package": "pia/original"}
    assert changes(story.diff(there, base)) == []
    assert story.installed("pia/whole", f"s3://{SECOND}", promoted) == {
        "data/a b.csv": hashlib.sha256(b"a,b\n").hexdigest(),
        "data/ü.txt": hashlib.sha256(b"x" * (9 << 20)).hexdigest(),
    }


def test_server_side_pushes_cannot_copy_objects_that_the_caller_may_not_read(system: System, story: Story) -> None:
    role = {"name": "OneBucket", "permissions": {BUCKET: "READ_WRITE"}}
    assert system.sign_in().request("POST", "/api/v1/admin/roles", json=role).status_code == 201
    system.create_user("nora", "nora's password", "OneBucket")
    nora = system.sign_in("nora", "nora's password")
    hidden = {"bucket": SECOND, "package": "pia/hidden"}
    story.push(f"{PACKAGES}/pia/original/revisions/{story.pushed}/promotion", {"to": hidden})
    pointing = {"bucket": BUCKET, "package": "pia/pointing"}
    elsewhere = f"/api/v1/buckets/{SECOND}/packages/pia/hidden/revisions/latest"
    story.push(f"{elsewhere}/promotion", {"to": pointing, "copy": False})
    here = f"{PACKAGES}/pia/pointing/revisions/latest"

    for api, accessible in ((story.api, True), (nora, False)):
        entry = api.get(f"{here}/entry", {"path": "README.md"})
        assert (entry["physical_key"].split("?")[0], entry["accessible"]) == (
            f"s3://{SECOND}/pia/hidden/README.md",
            accessible,
        )
        told = api.get(f"{here}/diff")["items"]
        exported = [json.loads(line) for line in api.request("GET", f"{here}/diff.jsonl").text.splitlines()[1:]]
        assert exported == told
        assert {item["after"]["accessible"] for item in told} == {accessible}
    assert nora.request("GET", f"{here}/diff", params={"base_bucket": SECOND}).status_code == 404
    assert nora.request("POST", f"{elsewhere}/promotion", json={"to": pointing}).status_code == 404
    query = f'{{ package(bucket: "{SECOND}", name: "pia/hidden") {{ name }} }}'
    assert nora.request("POST", "/graphql", json={"query": query}).json() == {"data": {"package": None}}

    stolen = {"op": "add", "logical_key": "stolen", "physical_key": f"s3://{SECOND}/pia/hidden/README.md"}
    taken = {key: value for key, value in stolen.items() if key != "op"}
    for path, body, where in (
        (f"{here}/patch", {"operations": [stolen]}, "operations.0.physical_key"),
        (f"{here}/promotion", {"to": {"bucket": BUCKET, "package": "nora/taken"}}, "README.md"),
        (f"{PACKAGES}/nora/taken/revisions", {"entries": [taken]}, "entries.0.physical_key"),
    ):
        job = nora.job(path, body)
        assert (job["state"], job["problem"]["errors"][0]["path"]) == ("failed", where), job
    assert nora.request("GET", f"{PACKAGES}/nora/taken").status_code == 404
    moved = nora.job(f"{here}/patch", {"operations": [{"op": "move", "path": "README.md", "to": "read.me"}]})
    assert moved["state"] == "done", moved


def test_quilt3_pushes_a_revision_on_top_of_a_server_side_push(story: Story) -> None:
    folder = story.homes / "next"
    folder.mkdir()
    (folder / "added.txt").write_text("more\n")
    pushed = story.client.act("revise", "pia/constructed", REGISTRY, folder, "x/0", "Revised")
    result = story.push(
        f"{PACKAGES}/pia/constructed/revisions/{pushed['top_hash']}/patch",
        {"operations": [{"op": "remove", "path": "x"}], "expected": {"latest": pushed["top_hash"], "entries": 2}},
    )
    assert sorted(story.installed("pia/constructed", REGISTRY, result["top_hash"])) == ["added.txt"]


def test_a_deleted_package_is_gone_for_the_client(story: Story) -> None:
    assert story.api.request("DELETE", f"{PACKAGES}/pia/constructed").status_code == 204
    assert story.api.request("GET", f"{PACKAGES}/pia/constructed").status_code == 404
    assert story.client.act("versions", "pia/constructed", REGISTRY) == []
