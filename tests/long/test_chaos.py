"""Processes killed without warning during a push of 200 files.

A push that the client reports as done is complete, listed and searchable afterwards, without help. One that it reports as
failed succeeds when it is repeated.
"""

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.worlds.system import ACTS, BUCKET, REGISTRY, Api, Client, System, eventually

FILES = 200
RECOVERY_SECONDS = 60


@dataclass
class Package:
    """A folder to push, and a unique word in its README to search for."""

    name: str
    folder: Path
    word: str
    reported: list[str] = field(default_factory=list)
    """Top hashes whose push the client reported as done."""

    @property
    def contents(self) -> dict[str, str]:
        return contents(self.folder)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def client(system: System, tmp_path_factory: pytest.TempPathFactory) -> Client:
    made = Client(tmp_path_factory.mktemp("home") / "admin", system)
    made.sign_in("admin", "quilt")
    return made


@pytest.fixture
def api(system: System, client: Client) -> Api:
    assert client
    return system.sign_in()


@pytest.fixture
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Package:
    word = "word" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12].translate(
        str.maketrans("0123456789", "ghijklmnop")
    )
    folder = tmp_path / "files"
    for number in range(FILES - 1):
        path = folder / f"part {number % 7}" / f"file-{number:03}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(20_000 + 1_000 * (number % 50)))
    (folder / "README.md").write_text(f"# Chaos\n\nAmid it all, the {word} stood still.\n")
    return Package(f"chaos/{word}", folder, word)


class RunningPush:
    """A push that is running."""

    def __init__(self, client: Client, package: Package) -> None:
        self._package = package
        self._process = client.start("python", ACTS, "push", package.name, REGISTRY, package.folder, "under fire")

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def outcome(self) -> str:
        """The error of the push; empty when it succeeded."""
        try:
            out, error = self._process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        if self._process.returncode:
            return error
        self._package.reported.append(json.loads(out.splitlines()[-1])["top_hash"])
        return ""


def count_stored(system: System, package: Package) -> int:
    """Number of the package's files on the disk of the store."""
    place = system.data / "aws" / "objects"
    return sum(1 for path in place.rglob("*.bin*") if package.word in str(path))


def strike_during(pushing: RunningPush, system: System, package: Package, strike: Callable[[], object]) -> None:
    """Call `strike` when some of the files have been stored."""
    eventually(lambda: count_stored(system, package) > FILES // 10 or pushing.is_over, 60)
    assert not pushing.is_over, "the push ended before anything could be killed"
    strike()


def push_until_done(client: Client, package: Package) -> None:
    """Push again until it succeeds, at most five times."""
    for _ in range(5):
        if not RunningPush(client, package).outcome():
            return
        time.sleep(1)
    pytest.fail("The push never succeeded")


def require_recovered(system: System, client: Client, api: Api, package: Package, tmp_path: Path) -> None:
    """Assert that the package becomes complete, listed, searchable and installable without help."""
    path = f"/api/v1/buckets/{BUCKET}/packages/{package.name}"

    def listed() -> bool:
        answer = api.request("GET", path)
        return answer.status_code == 200 and answer.json()["latest"]["top_hash"] == package.reported[-1]

    eventually(listed, RECOVERY_SECONDS)
    latest = api.get(path)["latest"]
    assert (latest["state"], latest["total_entries"]) == ("ready", FILES)
    found = client.act("search_until", REGISTRY, package.word, str(RECOVERY_SECONDS))
    assert found["hits"], "never found"
    # The key of every file contains the word.
    eventually(lambda: api.get("/api/v1/search", {"q": package.word})["total"] >= FILES, RECOVERY_SECONDS)
    assert package.name in client.quilt3("list-packages", REGISTRY).split()
    client.quilt3("install", package.name, "--registry", REGISTRY, "--dest", tmp_path / "installed")
    assert contents(tmp_path / "installed") == package.contents
    system.wait_ready(10)


def test_a_push_survives_killing_the_indexer_with_messages_in_flight(
    system: System, client: Client, api: Api, package: Package, tmp_path: Path
) -> None:
    pushing = RunningPush(client, package)
    strike_during(pushing, system, package, lambda: system.kill("indexer"))
    killed = 1
    while not pushing.is_over:
        time.sleep(1)
        killed += _kill_again(system)
    assert not pushing.outcome(), "the client does not need the indexer"
    killed += _kill_again(system)
    assert killed > 1
    require_recovered(system, client, api, package, tmp_path)


def _kill_again(system: System) -> int:
    try:
        system.kill("indexer")
    except (KeyError, ProcessLookupError):  # it is being restarted
        return 0
    return 1


def test_a_push_survives_killing_auth_during_a_credential_refresh(
    system: System, client: Client, api: Api, package: Package, tmp_path: Path
) -> None:
    saved = json.loads(client.saved_credentials.read_text())
    saved["expiry_time"] = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    client.saved_credentials.write_text(json.dumps(saved))
    system.kill("auth", signal.SIGSTOP)  # the refresh waits for an answer
    pushing = RunningPush(client, package)
    time.sleep(4)
    assert not pushing.is_over
    system.kill("auth")  # without having answered
    if why := pushing.outcome():
        assert "Unexpected failure: error 50" in why or "message" in why or "Unavailable" in why, why
        push_until_done(client, package)
    refreshed = json.loads(client.saved_credentials.read_text())
    assert datetime.fromisoformat(refreshed["expiry_time"]) > datetime.now(UTC) + timedelta(minutes=30)
    require_recovered(system, client, api, package, tmp_path)


def test_a_push_survives_killing_postgres(
    system: System, client: Client, api: Api, package: Package, tmp_path: Path
) -> None:
    pushing = RunningPush(client, package)
    strike_during(pushing, system, package, lambda: system.kill("postgres"))
    assert not pushing.outcome(), "the client does not need Postgres"
    require_recovered(system, client, api, package, tmp_path)


def test_a_push_survives_killing_s3(system: System, client: Client, api: Api, package: Package, tmp_path: Path) -> None:
    pushing = RunningPush(client, package)
    strike_during(pushing, system, package, lambda: system.kill("s3"))
    if pushing.outcome():
        eventually(system.is_ready, RECOVERY_SECONDS)
        push_until_done(client, package)
    require_recovered(system, client, api, package, tmp_path)


def test_a_push_survives_killing_s3_right_after_it(
    system: System, client: Client, api: Api, package: Package, tmp_path: Path
) -> None:
    """The events of the last writes may be lost, but their objects are not."""
    pushing = RunningPush(client, package)
    assert not pushing.outcome()
    system.kill("s3")
    eventually(system.is_ready, RECOVERY_SECONDS)
    require_recovered(system, client, api, package, tmp_path)


def test_a_push_survives_killing_all_processes_at_once(
    system: System, client: Client, api: Api, package: Package, tmp_path: Path
) -> None:
    pushing = RunningPush(client, package)
    assert not pushing.outcome()
    for name in ("indexer", "postgres", "s3", "registry", "auth", "s3proxy"):
        system.kill(name)
    eventually(system.is_ready, RECOVERY_SECONDS)
    require_recovered(system, client, api, package, tmp_path)
