"""The client of 2020 where its Python is missing: requests that it made, made again. `RECORD=1` with pytest renews them."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.environments import is_made
from support.foreign.recording import Replay, normalised
from support.worlds.system import ROOT, Api, Client, System, eventually

VERSION = "3.1.14"
RECORDING = Path(__file__).parent / "recordings" / f"quilt3-{VERSION}.json"
ACTS = ROOT / "tests" / "support" / "foreign" / "generation_acts.py"
PYTHON = ROOT / ".venvs" / "client3" / "bin"
PACKAGE = "recorded/package"


@pytest.fixture(scope="module")
def api(system: System) -> Api:
    system.create_user("tess", "tess's password", "ReadWriteAll")
    return system.sign_in("tess", "tess's password")


def places(system: System) -> dict[str, str]:
    return {"catalog": system.catalog, "registry": system.registry, "s3": system.s3}


def bucket(system: System, name: str) -> str:
    """A new bucket, so that listings show nothing else."""
    answer = system.sign_in().request("PUT", f"/api/v1/buckets/{name}", json={})
    assert answer.status_code == 201, answer.text
    return name


def test_the_recorded_requests_are_answered_as_the_client_needs(system: System, api: Api) -> None:
    kept = json.loads(RECORDING.read_text())
    replay = Replay(places(system), {"code": api.code(), "bucket": bucket(system, "replayed")})
    replay.run(kept["exchanges"])
    base = f"/api/v1/buckets/replayed/packages/{PACKAGE}"
    told = replay.filled(kept["told"])
    for revision in (told["pushed"], told["revised"]):
        eventually(lambda revision=revision: _is_ready(api, base, revision["top_hash"]))
        read = api.get(f"{base}/revisions/{revision['top_hash']}")
        assert (read["message"], read["user_meta"]) == (revision["message"], revision["meta"])
        for path, entry in revision["entries"].items():
            found = api.get(f"{base}/revisions/{revision['top_hash']}/entry", {"path": path})
            assert {name: found[name] for name in ("size", "hash", "physical_key")} == {
                name: entry[name] for name in ("size", "hash", "physical_key")
            }
            assert found["meta"].get("user_meta", {}) == entry["meta"]


def _is_ready(api: Api, base: str, top_hash: str) -> bool:
    answer = api.request("GET", f"{base}/revisions/{top_hash}")
    return answer.status_code == 200 and answer.json()["state"] == "ready"


def test_the_client_still_makes_these_requests(system: System, api: Api, homes: Path) -> None:
    if not is_made("client3") or not (PYTHON / "python").exists():
        pytest.skip(f"quilt3 {VERSION} is tested by its recorded requests only: there is no Python for it here")
    folder = homes / "to-record"
    for key, body in {
        "README.md": "# Lèse\n",
        "data/é + 日本.csv": "a,b\n",
        "empty": "",
        "z.txt": "z\n" * 1000,
    }.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_text(body)
    client = Client(homes / "recorded", system, PYTHON)
    lines = homes / "requests.jsonl"
    client.environment |= {
        "PYTHONPATH": str(ROOT / "tests" / "support" / "foreign" / "bootstrap"),
        "QUILT_TEST_S3": system.s3,
        "QUILT_TEST_RECORD": str(lines),
    }
    code, name = api.code(), bucket(system, "recorded-now")
    done = client.attempt(
        *("python", ACTS, "main_job", system.catalog, code, f"s3://{name}", folder, homes / "recorded-taken")
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["taken"][PACKAGE]["verified"] is True
    made = normalised(lines, told, places(system), code=code, bucket=name)
    if os.environ.get("RECORD"):
        RECORDING.parent.mkdir(exist_ok=True)
        RECORDING.write_text(json.dumps({"client": f"quilt3 {VERSION}", **made}, indent=1, ensure_ascii=False) + "\n")
    kept = json.loads(RECORDING.read_text())
    assert _requests(made["exchanges"]) == _requests(kept["exchanges"])


def _requests(exchanges: list[dict[str, Any]]) -> set[str]:
    """The set of requests, because the client uploads several files at once."""
    asked = ({**exchange, "answer": exchange["answer"]["status"]} for exchange in exchanges)
    return {re.sub(r"\{version-\d+\}", "{version}", json.dumps(each, sort_keys=True)) for each in asked}
