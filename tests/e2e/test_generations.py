"""Clients of three generations, unmodified, push and install each other's packages, and our API reads what they do."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from botocore.session import Session
from support.environments import is_made
from support.worlds.system import BUCKET, REGISTRY, ROOT, Api, Client, System, eventually

ACTS = ROOT / "tests" / "support" / "foreign" / "generation_acts.py"
BOOTSTRAP = ROOT / "tests" / "support" / "foreign" / "bootstrap"
ENVIRONMENTS = {"8.0.0": "client", "5.4.0": "client5", "3.1.14": "client3"}
HASHES = {"8.0.0": "sha2-256-chunked", "5.4.0": "SHA256", "3.1.14": "SHA256"}
META = {"season": 2026, "share": 0.1, "regions": ["Rhône", {"tiny": 1e-7, "whole": 2.0}], "checked": None}
MESSAGE = "Lèse, encore"

WORKFLOWS = """
version: "1.1"
default_workflow: released
workflows:
  released: {name: Released, metadata_schema: season, is_message_required: true}
schemas:
  season: {url: "s3://BUCKET/season.json"}
"""
SEASON = {"type": "object", "properties": {"season": {"type": "integer"}}, "required": ["season"]}

T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Generation:
    version: str
    client: Client
    folder: Path
    told: dict[str, Any] = field(default_factory=dict)
    """The contents of the pushed package as the client reads it."""

    @property
    def package(self) -> str:
        return f"generation/{self.version.replace('.', '-')}"

    def act(self, name: str, *arguments: str | Path) -> Any:
        done = self.client.attempt("python", ACTS, name, *arguments)
        assert done.returncode == 0, f"{self.version}: {name} {arguments}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout.splitlines()[-1])


Exchanged = list[tuple[Generation, Generation, dict[str, Any]]]


@dataclass
class Generations:
    api: Api
    homes: Path
    here: list[Generation]


def at_once(do: Callable[[T], R], each: Iterable[T]) -> list[R]:
    with ThreadPoolExecutor() as threads:
        return list(threads.map(do, each))


def environment_of(version: str) -> Path:
    return ROOT / ".venvs" / ENVIRONMENTS[version] / "bin"


def is_here(version: str) -> bool:
    return is_made(ENVIRONMENTS[version]) and (environment_of(version) / "python").exists()


def folder_of(where: Path, seed: str) -> Path:
    """Files of odd names; one takes several parts."""
    files = {
        "README.md": f"# Pushed by {seed}\n".encode(),
        "data/été + 日本.csv": b"a,b\n1,2\n",
        "data-x/b.csv": b"a\n" * 700,
        "data.txt": b"x",
        "empty": b"",
        "large.bin": os.urandom(9 << 20),
    }
    for key, body in files.items():
        (where / key).parent.mkdir(parents=True, exist_ok=True)
        (where / key).write_bytes(body)
    return where


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def generations(system: System, homes: Path) -> Generations:
    """Each client has signed in and pushed a package of its own."""
    system.create_user("gen", "gen's password", "ReadWriteAll")
    api = system.sign_in("gen", "gen's password")
    found = Generations(api, homes, [])
    for version in ENVIRONMENTS:
        if is_here(version):
            client = Client(homes / f"generation-{version}", system, environment_of(version))
            if version == "3.1.14":
                client.environment |= {"PYTHONPATH": str(BOOTSTRAP), "QUILT_TEST_S3": system.s3}
            found.here.append(Generation(version, client, folder_of(homes / f"folder-{version}", version)))

    def begin(each: Generation) -> None:
        signed_in = each.act("sign_in", system.catalog, api.code())
        assert signed_in == {"version": each.version, "logged_in": system.catalog}
        each.told = each.act("push", each.package, REGISTRY, each.folder, MESSAGE, json.dumps(META))

    at_once(begin, found.here)
    return found


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_all_clients_read_each_pushed_package_identically(generations: Generations, version: str) -> None:
    each = _of(generations, version)
    assert (each.told["message"], each.told["meta"], each.told["workflow"]) == (MESSAGE, META, None)
    assert each.told["entries"].keys() == contents(each.folder).keys()
    assert {entry["hash"]["type"] for entry in each.told["entries"].values()} == {HASHES[version]}
    assert_read_as_pushed(generations.api, each.package, each.told)
    uri = f"quilt+s3://{BUCKET}#package={each.package}@{each.told['top_hash'][:7]}&path=data"
    resolved = generations.api.get("/api/v1/resolve", {"uri": uri})
    assert (resolved["top_hash"], resolved["kind"]) == (each.told["top_hash"], "directory")


def _of(generations: Generations, version: str) -> Generation:
    for each in generations.here:
        if each.version == version:
            return each
    return pytest.skip(f"quilt3 {version} is tested by its recorded requests only: there is no Python for it here")


def assert_read_as_pushed(api: Api, package: str, told: dict[str, Any], bucket: str = BUCKET) -> None:
    """Assert that the API describes the latest revision as the client does."""
    base = f"/api/v1/buckets/{bucket}/packages/{package}"
    eventually(lambda: _latest(api, base) == told["top_hash"])
    revision = api.get(f"{base}/revisions/{told['top_hash']}")
    assert revision["state"] == "ready"
    assert (revision["message"], revision["user_meta"]) == (told["message"], told["meta"])
    assert (revision["total_entries"], revision["workflow"]) == (len(told["entries"]), told["workflow"])
    read = {}
    for path in told["entries"]:
        entry = api.get(f"{base}/revisions/{told['top_hash']}/entry?path={quote(path, safe='')}")
        read[path] = {
            **{name: entry[name] for name in ("size", "hash", "physical_key")},
            "meta": entry["meta"].get("user_meta", {}),
        }
    assert read == told["entries"]


def test_a_package_that_a_client_pushed_with_nan_in_its_metadata_can_be_read(generations: Generations) -> None:
    """Clients refuse such numbers since 2025; older packages are full of them."""
    each = _of(generations, "5.4.0")
    folder = generations.homes / "statistics"
    folder.mkdir()
    (folder / "means.csv").write_text("a\n1\n")
    meta = '{"mean": NaN, "range": [-Infinity, Infinity], "share": 0.1}'
    told = each.act("push", "generation/nan", REGISTRY, folder, MESSAGE, meta)
    assert str(told["meta"]) == "{'mean': nan, 'range': [-inf, inf], 'share': 0.1}"
    shown = {"mean": "NaN", "range": ["-Infinity", "Infinity"], "share": 0.1}
    assert_read_as_pushed(generations.api, "generation/nan", {**told, "meta": shown})


def _latest(api: Api, base: str) -> str | None:
    answer = api.request("GET", base)
    return str(answer.json()["latest"]["top_hash"]) if answer.status_code == 200 else None


@pytest.fixture(scope="module")
def exchanged(generations: Generations) -> Exchanged:
    """Each client has installed the packages of all, and then revised that of the next one."""
    pushes = [f"{each.package}@{each.told['top_hash']}" for each in generations.here]
    following = generations.here[1:] + generations.here[:1]

    def exchange(pair: tuple[Generation, Generation]) -> tuple[Generation, Generation, dict[str, Any]]:
        each, other = pair
        source = each.folder / "README.md"
        destination = generations.homes / f"taken-{each.version}"
        return each, other, each.act("take_and_revise", REGISTRY, destination, other.package, source, *pushes)

    return at_once(exchange, zip(generations.here, following, strict=True))


def test_all_clients_install_and_verify_each_others_packages(generations: Generations, exchanged: Exchanged) -> None:
    for taker, _, told in exchanged:
        for pusher in generations.here:
            found = told["taken"][pusher.package]
            assert is_expected_verdict(taker.version, found.pop("verified"), HASHES[pusher.version])
            assert found == pusher.told, f"{taker.version} reads what {pusher.version} pushed"
            folder = generations.homes / f"taken-{taker.version}" / pusher.package
            assert contents(folder) == contents(pusher.folder)


def is_expected_verdict(version: str, verdict: object, kind: str) -> bool:
    """Return whether the client verified as far as it can. Clients before 6.0 know SHA256 only: some say so, others take any other hash for a wrong one."""
    if kind == "SHA256" or version == "8.0.0":
        return verdict is True
    if version == "5.4.0":
        return kind in str(verdict)
    return verdict is False


def test_each_client_revises_a_package_of_another(generations: Generations, exchanged: Exchanged) -> None:
    """The manifests then have hashes of two generations."""
    for reviser, first, told in exchanged:
        revised = told["revised"]["entries"]
        new = revised.pop("new/é.md")
        kept = {key: entry for key, entry in first.told["entries"].items() if key != "empty"}
        assert {key: entry["hash"] for key, entry in revised.items()} == {
            key: each["hash"] for key, each in kept.items()
        }
        assert new["hash"]["type"] == HASHES[reviser.version]
        revised["new/é.md"] = new
        assert_read_as_pushed(generations.api, first.package, told["revised"])


@dataclass
class Released:
    """A bucket with workflows, and what the registry pushed there."""

    bucket: str
    top_hashes: dict[str, str]
    contents: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def released(system: System, generations: Generations) -> Released:
    """Constructed, promoted and patched from what the oldest client pushed."""
    api, bucket = generations.api, "generation-released"
    assert system.sign_in().request("PUT", f"/api/v1/buckets/{bucket}", json={}).status_code == 201
    put(system, api, bucket, "season.json", json.dumps(SEASON))
    put(system, api, bucket, ".quilt/workflows/config.yml", WORKFLOWS.replace("BUCKET", bucket))
    oldest = generations.here[-1]
    files = contents(oldest.folder)
    source = f"/api/v1/buckets/{BUCKET}/packages/{oldest.package}/revisions/{oldest.told['top_hash']}"
    packages = f"/api/v1/buckets/{bucket}/packages/released"
    promotion = {"message": "Promoted", "to": {"bucket": bucket, "package": "released/promoted"}}
    promoted = done(api, f"{source}/promotion", promotion)
    first = done(api, f"{source}/promotion", {**promotion, "to": {"bucket": bucket, "package": "released/patched"}})
    patched = done(
        api,
        f"{packages}/patched/revisions/{first}/patch",
        {
            "message": "Patched",
            "expected": {"latest": first, "entries": len(files)},
            "operations": [
                {"op": "move", "path": "data", "to": "moved/é"},
                {"op": "remove", "path": "empty"},
                {"op": "annotate", "path": "README.md", "metadata": {"share": 0.5, "ü": None}},
                {"op": "annotate", "metadata": {"season": 2027}},
            ],
        },
    )
    entries = [
        {"logical_key": f"all/{key}", "physical_key": entry["physical_key"], "meta": {"user_meta": entry["meta"]}}
        for key, entry in oldest.told["entries"].items()
    ]
    constructed = done(
        api, f"{packages}/constructed/revisions", {"message": "Made", "metadata": META, "entries": entries}
    )
    kept = {key.replace("data/", "moved/é/"): value for key, value in files.items() if key != "empty"}
    return Released(
        bucket,
        {"released/promoted": promoted, "released/patched": patched, "released/constructed": constructed},
        {
            "released/promoted": files,
            "released/patched": kept,
            "released/constructed": {f"all/{key}": value for key, value in files.items()},
        },
    )


def put(system: System, api: Api, bucket: str, key: str, body: str) -> None:
    """Put an object with vended credentials."""
    vended = api.get("/api/auth/get_credentials")
    client: Any = Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=system.s3,
        aws_access_key_id=vended["AccessKeyId"],
        aws_secret_access_key=vended["SecretAccessKey"],
        aws_session_token=vended["SessionToken"],
    )
    client.put_object(Bucket=bucket, Key=key, Body=body.encode())
    client.close()


def finished(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = api.request("POST", path, json=body)
    assert answer.status_code == 202, answer.text
    job = answer.headers["location"]
    eventually(lambda: api.get(job)["state"] not in {"queued", "running"})
    found: dict[str, Any] = api.get(job)
    return found


def done(api: Api, path: str, body: dict[str, Any]) -> str:
    """Top hash of what the job pushed."""
    job = finished(api, path, body)
    assert job["state"] == "done", job
    return str(job["result"]["top_hash"])


@pytest.mark.long
def test_all_clients_install_and_verify_packages_of_the_registry(generations: Generations, released: Released) -> None:
    pushes = [f"{name}@{top_hash}" for name, top_hash in released.top_hashes.items()]

    def take(each: Generation) -> dict[str, Any]:
        destination = generations.homes / f"released-{each.version}"
        found: dict[str, Any] = each.act("take", f"s3://{released.bucket}", destination, *pushes)
        return found

    for taker, taken in zip(generations.here, at_once(take, generations.here), strict=True):
        for name, top_hash in released.top_hashes.items():
            found = taken[name]
            kind = "sha2-256-chunked" if name == "released/constructed" else HASHES[generations.here[-1].version]
            assert is_expected_verdict(taker.version, found.pop("verified"), kind), (taker.version, name)
            assert found["top_hash"] == top_hash
            assert {entry["hash"]["type"] for entry in found["entries"].values()} == {kind}
            assert found["workflow"]["id"] == "released"
            assert contents(generations.homes / f"released-{taker.version}" / name) == released.contents[name]
            assert_read_as_pushed(generations.api, name, found, released.bucket)


@pytest.mark.parametrize("version", ["8.0.0", pytest.param("5.4.0", marks=pytest.mark.long)])
def test_client_and_registry_refuse_the_same_metadata(
    generations: Generations, released: Released, version: str
) -> None:
    each, name = _of(generations, version), f"ruled/{version.replace('.', '-')}"
    bad, good = json.dumps({"season": "last"}), json.dumps({"season": 2026})
    said = each.act("push_by_rules", name, f"s3://{released.bucket}", each.folder / "data", bad, good)
    violation = "'last' is not of type 'integer'"
    assert said["refused"] == f"Metadata failed validation: {violation}."
    assert_read_as_pushed(generations.api, name, said["pushed"], released.bucket)
    revisions = f"/api/v1/buckets/{released.bucket}/packages/{name}/revisions"
    construction = {"message": "Ruled", "entries": [], "metadata": {"season": "last"}}
    job = finished(generations.api, revisions, construction)
    assert (job["state"], job["problem"]["errors"]) == ("failed", [{"path": "/metadata/season", "message": violation}])
    asked = {"name": name, "message": "Ruled", "metadata": {"season": "last"}}
    answer = generations.api.request("POST", f"/api/v1/buckets/{released.bucket}/workflows/check", json=asked)
    assert answer.json()["violations"] == job["problem"]["errors"]
    pushed = done(generations.api, revisions, {**construction, "metadata": {"season": 2026}})
    ours = generations.api.get(f"{revisions}/{pushed}")["workflow"]
    assert ours == said["pushed"]["workflow"]
