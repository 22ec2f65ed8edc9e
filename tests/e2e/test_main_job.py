"""The main job with the real quilt3: log in, push real data, and everyone who may finds it. In order, as a user would."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.worlds.system import BUCKET, CLIENT, REGISTRY, Api, Client, System, eventually

PACKAGE = "amy/harvest"
WORD = "quokkaberry"
"""Only in the README of the first revision."""
SECOND_WORD = "wombatmelon"
META = {"season": 2026, "regions": ["Rhône", "Ahr"], "checked": True}
BIG = 22 << 20


@dataclass
class Story:
    """State that the tests of this file build up, in order."""

    amy: Client
    api: Api
    folder: Path
    first: str = ""
    second: str = ""


@pytest.fixture(scope="module")
def story(system: System, homes: Path) -> Story:
    system.create_user("harvester", "harvester's password", "ReadWriteAll")
    amy = Client(homes / "amy", system)
    return Story(amy, system.sign_in("harvester", "harvester's password"), _harvest(homes / "harvest"))


def _harvest(folder: Path) -> Path:
    """More than 20 files of real data: nested, with odd names, one of them large."""
    data = next((CLIENT.parent / "lib").glob("python*/site-packages/vega_datasets/_data"))
    for source in sorted(data.iterdir()):
        target = folder / "vega" / source.suffix[1:] / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    odd = {
        "README.md": f"# Harvest of 2026\n\nThe {WORD} ripened early.\n".encode(),
        "Weine der Saison/Grüner Veltliner (süß).csv": b"year,litres\n2026,1200\n",
        "日本/酒 + 米.txt": "純米吟醸\n".encode(),
        "a+b & c=d%20e#f?.txt": b"every reserved character\n",
        "empty": b"",
        "deep/er/and/deeper/still.json": b'{"depth": 5}\n',
    }
    for key, body in odd.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(body)
    (folder / "large.bin").write_bytes(os.urandom(BIG))
    return folder


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_quilt3_config_reads_the_catalog(story: Story, system: System) -> None:
    story.amy.quilt3("config", system.catalog)
    configuration = next(story.amy.home.rglob("config.yml")).read_text()
    assert f"registryUrl: {system.registry}" in configuration
    assert f"navigator_url: {system.catalog}" in configuration


def test_quilt3_login_with_a_wrong_code_is_refused(story: Story) -> None:
    done = story.amy.login("not-a-code")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr.splitlines()[-1]
    assert story.amy.act("logged_in") is None


def test_quilt3_login_works_with_the_code_of_the_web_page(story: Story, system: System) -> None:
    code = story.api.code()
    done = story.amy.login(code)
    assert done.returncode == 0, done.stderr
    assert story.amy.opened == f"{system.registry}/login"
    assert story.amy.act("logged_in") == system.catalog
    assert story.amy.login(code).returncode != 0, "a code works once"


def test_a_pushed_package_is_listed_and_found(story: Story) -> None:
    message = "First harvest, ça va"
    story.amy.quilt3(
        *("push", PACKAGE, "--dir", story.folder, "--registry", REGISTRY),
        *("--message", message, "--meta", json.dumps(META)),
    )
    eventually(lambda: _is_found(story.api, WORD))
    assert {hit["_source"]["key"] for hit in story.amy.act("search", REGISTRY, WORD)["hits"]} >= {
        f"{PACKAGE}/README.md"
    }
    browsed = story.amy.act("browse", PACKAGE, REGISTRY)
    assert (browsed["message"], browsed["meta"]) == (message, META)
    contents = _contents(story.folder)
    assert len(contents) >= 20
    assert set(browsed["entries"]) == set(contents)
    assert {key: entry["size"] for key, entry in browsed["entries"].items()} == {
        key: (story.folder / key).stat().st_size for key in contents
    }
    story.first = browsed["top_hash"]


def _is_found(api: Api, word: str) -> bool:
    """Return whether the package is found by a word of its README."""
    return "package" in {item["kind"] for item in api.get("/api/v1/search", {"q": word})["items"]}


def test_all_listings_show_the_pushed_package(story: Story) -> None:
    assert PACKAGE in story.amy.quilt3("list-packages", REGISTRY).split()
    listed = {item["name"]: item for item in story.api.get(f"/api/v1/buckets/{BUCKET}/packages")["items"]}
    assert listed[PACKAGE]["top_hash"] == story.first
    assert listed[PACKAGE]["total_entries"] == len(_contents(story.folder))
    revisions = story.api.get(f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}/revisions")["items"]
    assert [(push["top_hash"], push["state"], push["user_meta"]) for push in revisions] == [
        (story.first, "ready", META)
    ]


def test_the_json_api_browses_the_pushed_package(story: Story) -> None:
    base = f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}/revisions/{story.first}"
    root = _listing(story.api, base, "")
    assert set(root) == {name.partition("/")[0] for name in _contents(story.folder)}
    assert root["vega"]["type"] == "directory"
    assert root["large.bin"]["size"] == BIG
    assert set(_listing(story.api, base, "Weine der Saison")) == {"Weine der Saison/Grüner Veltliner (süß).csv"}


def _listing(api: Api, base: str, path: str) -> dict[str, Any]:
    return {entry["path"]: entry for entry in api.get(f"{base}/entries", {"path": path})["items"]}


def test_an_installed_package_verifies_and_is_equal_byte_for_byte(story: Story, homes: Path) -> None:
    destination = homes / "installed"
    story.amy.quilt3("install", PACKAGE, "--registry", REGISTRY, "--dest", destination)
    assert _contents(destination) == _contents(story.folder)
    verify = ("verify", PACKAGE, "--registry", REGISTRY, "--top-hash", story.first, "--dir")
    story.amy.quilt3(*verify, destination)
    (destination / "empty").write_text("no longer")
    assert story.amy.attempt("quilt3", *verify, destination).returncode != 0


def test_a_second_revision_is_compared_with_the_first(story: Story, homes: Path) -> None:
    changes = homes / "changes"
    (changes / "new one").mkdir(parents=True)
    (changes / "new one" / "ÿ.csv").write_text("a,b\n1,2\n")
    (changes / "README.md").write_text(f"# Harvest of 2026\n\nThe {SECOND_WORD} did not.\n")
    story.second = story.amy.act("revise", PACKAGE, REGISTRY, changes, "empty", "Second thoughts")["top_hash"]
    eventually(lambda: _is_found(story.api, SECOND_WORD))
    assert story.amy.act("search", "", SECOND_WORD)["hits"]
    assert story.amy.act("diff", PACKAGE, REGISTRY, story.first, story.second) == {
        "added": ["new one/ÿ.csv"],
        "modified": ["README.md"],
        "deleted": ["empty"],
    }
    assert [top_hash for _, top_hash in story.amy.act("versions", PACKAGE, REGISTRY)].count(story.first) > 0
    path = f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}"
    eventually(lambda: story.api.get(path)["latest"]["top_hash"] == story.second)
    latest = story.api.get(path)
    assert (latest["revisions"], latest["latest"]["user_meta"]) == (2, {**META, "revision": 2})
    assert not story.amy.act("search", REGISTRY, WORD)["hits"], "search knows what is, not what was"


def test_browsers_read_the_package_through_the_proxy(story: Story, system: System) -> None:
    key = f"{PACKAGE}/README.md"
    read = story.amy.act("get_through_proxy", system.s3proxy, BUCKET, key)
    assert (SECOND_WORD in read["text"], read["cors"]) == (True, "*")
    unsigned = Api(system.s3proxy, "").request("GET", f"/{BUCKET}.s3.us-east-1.amazonaws.com/{key}")
    assert (unsigned.status_code, "<Code>AccessDenied</Code>" in unsigned.text) == (403, True)
    assert unsigned.headers["access-control-allow-origin"] == "*"


def test_a_reader_may_install_and_not_push(story: Story, system: System, homes: Path) -> None:
    system.create_user("rob", "rob's password", "ReadAll")
    rob = Client(homes / "rob", system)
    rob.sign_in("rob", "rob's password")
    assert rob.act("browse", PACKAGE, REGISTRY)["top_hash"] == story.second
    (homes / "theft").mkdir()
    (homes / "theft" / "a.txt").write_text("mine")
    refused = rob.attempt("quilt3", "push", "rob/theft", "--dir", homes / "theft", "--registry", REGISTRY)
    assert refused.returncode != 0
    assert "AccessDenied" in refused.stderr + refused.stdout
    assert "rob/theft" not in rob.quilt3("list-packages", REGISTRY)


def test_quilt3_logout_ends_the_session(story: Story) -> None:
    story.amy.quilt3("logout")
    assert story.amy.act("logged_in") is None
    assert story.amy.attempt("quilt3", "list-packages", REGISTRY).returncode != 0
