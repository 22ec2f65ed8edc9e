"""Recorded requests of the Quilt 2 client, replayed where there is no Python for the client. `RECORD=1` renews them."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.foreign.quilt2_client import PYTHON, Quilt2Client
from support.foreign.quilt2_recording import Exchange, Replay, normalised
from support.worlds.system import System

RECORDING = Path(__file__).parent / "recordings" / "quilt-2.9.15.json"
EMPTY = "3e659fce4c878d0ad00f6df85ca1aef2aa1bcef25137f030312f01f39d256a82"
FILES = {"README.md": "# Lèse\n", "grapes.csv": "name,sugar\nMerlot,1\n", "empty": "", "deep.bin": "0123456789" * 1000}
BUILD = """contents:
  README:
    file: README.md
  empty:
    file: empty
  grapes:
    file: grapes.csv
  data:
    deep:
      file: deep.bin
      transform: id
"""


@pytest.fixture(scope="module", autouse=True)
def people(system: System) -> None:
    for name in ("rita", "rosa", "sam"):
        system.create_user(name, f"{name}'s password", "ReadAll")


def codes(system: System, author: str) -> list[str]:
    return [system.sign_in(name, f"{name}'s password").code() for name in (author, "sam")]


def places(system: System) -> dict[str, str]:
    return {"registry": system.registry, "s3proxy": system.s3proxy}


def test_replayed_requests_of_the_quilt_2_client_get_the_recorded_answers(system: System) -> None:
    # As another user: objects of the recorded one are there once the client has run.
    kept = json.loads(RECORDING.read_text().replace("rita/", "rosa/").replace('/rita"', '/rosa"'))
    replay = Replay(places(system), codes(system, "rosa"))
    replay.run(kept["exchanges"])
    assert len(replay.stored) == 4


def test_the_quilt_2_client_still_makes_the_recorded_requests(system: System, homes: Path) -> None:
    if not (os.environ.get("RECORD") and (PYTHON / "quilt").exists()):
        pytest.skip(
            "the client itself runs in tests/long/test_quilt2_client.py; RECORD=1 compares and renews the recording"
        )
    folder = homes / "to-record-first"
    folder.mkdir()
    for name, body in FILES.items():
        (folder / name).write_text(body)
    (folder / "build.yml").write_text(BUILD)
    (folder / "more.yml").write_text("contents:\n  note:\n    file: README.md\n")
    given = codes(system, "rita")
    author, reader = (
        Quilt2Client(homes / "recorded-author", system, PYTHON),
        Quilt2Client(homes / "recorded-reader", system, PYTHON),
    )
    lines = author.recording()
    reader.recording(lines)
    for client, code in ((author, given[0]), (reader, given[1])):
        client.quilt("config", stdin=f"{system.registry}\n")
        client.quilt("login", stdin=f"{code}\n")
    author.quilt("build", "rita/recorded", folder / "build.yml")
    author.quilt("push", "rita/recorded")
    author.quilt("push", "rita/recorded")
    package_hash = author.hash_of("rita/recorded")
    author.quilt("tag", "add", "rita/recorded", "best", package_hash[:8])
    author.quilt("version", "add", "rita/recorded", "1.0", package_hash, stdin="y\n")
    reader.quilt("install", "rita/recorded", "-v", "1.0", fails=True)
    author.quilt("access", "add", "rita/recorded", "sam")
    author.quilt("access", "list", "rita/recorded")
    reader.quilt("install", "rita/recorded", "-v", "1.0")
    reader.quilt("install", "-f", "rita/recorded/data", "-t", "best")
    reader.quilt("push", "rita/recorded", fails=True)
    _run_refused_commands(author, reader, package_hash)
    author.quilt("build", "rita/recorded/data/more", folder / "more.yml")
    author.quilt("push", "rita/recorded/data/more")
    reader.quilt("search", "lèse")
    author.quilt("delete", "rita/recorded", stdin="rita/recorded\n")
    made = normalised(lines, places(system), given)
    before = json.loads(RECORDING.read_text())["exchanges"]
    kept = {"client": "quilt 2.9.15", "exchanges": made}
    RECORDING.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    assert _sorted(made) == _sorted(before)


def _run_refused_commands(author: Quilt2Client, reader: Quilt2Client, package_hash: str) -> None:
    """Commands that the registry refuses, each with a message."""
    package, version = "rita/recorded", ("version", "add", "rita/recorded")
    refused: list[tuple[Quilt2Client, tuple[str, ...]]] = [
        (author, ("push", package, "--public")),
        (author, ("push", package, "--team")),
        (author, (*version, "1.0", package_hash)),
        (author, (*version, "no version", package_hash)),
        (author, ("install", "-f", f"{package}/nowhere")),
        (author, ("install", "rita/nothing")),
        (author, ("access", "add", package, "sam")),
        (author, ("access", "add", package, "team")),
        (author, ("access", "remove", package, "rita")),
        (author, ("tag", "remove", package, "nothing")),
        (author, ("tag", "list", "rita/nothing")),
        (author, ("audit", package)),
        (reader, (*version, "2.0", package_hash)),
        (reader, ("tag", "add", package, "mine", package_hash)),
        (reader, ("tag", "remove", package, "best")),
        (reader, ("access", "add", package, "rosa")),
        (reader, ("access", "remove", package, "sam")),
        (reader, ("log", "rita/nothing")),
        (reader, ("delete", package)),
    ]
    author.quilt("access", "add", package, "nobody_here")  # the answer does not tell who has an account
    for client, arguments in refused:
        client.quilt(*arguments, stdin=f"{package}\n" if "delete" in arguments else "y\n", fails=True)


def test_concurrent_pushes_of_a_package_are_all_logged_and_of_namesakes_one_remains(system: System) -> None:
    rita = system.sign_in("rita", "rita's password")
    body = {"contents": {"type": "ROOT", "children": {}}, "description": "", "sizes": {}}

    def push(name: str) -> tuple[str, int]:
        return name, rita.request("PUT", f"/api/package/rita/{name}/{EMPTY}", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        same = list(pool.map(push, ["same"] * 8))
        alike = list(pool.map(push, ["Alike", "alike", "aLike", "ALIKE"] * 2))
    assert {status for _, status in same} == {200}
    assert len(rita.get("/api/log/rita/same/")["logs"]) == 8
    assert rita.get("/api/package/rita/same/") == {"hashes": [EMPTY]}
    (made,) = {name for name, status in alike if status == 200}
    assert all(status == (200 if name == made else 403) for name, status in alike)


def test_concurrent_tags_and_parts_of_a_package_are_all_kept(system: System) -> None:
    rita = system.sign_in("rita", "rita's password")
    where = f"/api/package/rita/shared_work/{EMPTY}"
    first = {"contents": {"type": "ROOT", "children": {}}, "description": "", "sizes": {}}
    assert rita.request("PUT", where, json=first).status_code == 200
    part = {"contents": {"type": "GROUP", "children": {}}, "description": "", "sizes": {}}

    def put_part(number: int) -> int:
        return rita.request("POST", f"/api/package_update/rita/shared_work/part{number}", json=part).status_code

    def tag(_: int) -> int:
        return rita.request("PUT", "/api/tag/rita/shared_work/mine", json={"hash": EMPTY}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(put_part, range(8)), *pool.map(tag, range(8))} == {200}
    latest = rita.get("/api/tag/rita/shared_work/latest")["hash"]
    contents = rita.get(f"/api/package/rita/shared_work/{latest}")["contents"]
    assert contents["children"].keys() == {f"part{number}" for number in range(8)}
    assert rita.get("/api/tag/rita/shared_work/")["tags"] == [
        {"tag": "latest", "hash": latest},
        {"tag": "mine", "hash": EMPTY},
    ]


def _sorted(exchanges: list[Exchange]) -> list[str]:
    """The exchanges in one order: the client transfers several objects at once."""
    return sorted(json.dumps(each, sort_keys=True) for each in exchanges)
