"""The unmodified client of Quilt 2, from its configuration to the deletion of a package, and with an imported registry."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from support.foreign.quilt2_client import PYTHON, Quilt2Client
from support.worlds.quilt2_source import import_source_registry
from support.worlds.system import ACTS, HTTP, Api, Client, System, eventually

FILES = {
    "README.md": b"# Wine\nOf Bordeaux.\n",
    "data/grapes.csv": b"name,sugar\nMerlot,1\nMalbec,2\n",
    "data/deep/blob.bin": b"0123456789" * 10_000,
    "empty": b"",
}
BUILD = """contents:
  README:
    file: README.md
  empty:
    file: empty
  data:
    grapes:
      file: data/grapes.csv
    deep:
      blob:
        file: data/deep/blob.bin
        transform: id
"""


@pytest.fixture(scope="module", autouse=True)
def has_python() -> None:
    if not (PYTHON / "quilt").exists():
        pytest.skip("quilt 2.9.15 is tested by its recorded requests only: there is no Python for it here")


@pytest.fixture(scope="module")
def amy(system: System) -> Api:
    system.create_user("amy", "amy's password", "ReadWriteAll")
    return system.sign_in("amy", "amy's password")


@pytest.fixture(scope="module")
def folder(homes: Path) -> Path:
    made = homes / "wine"
    for path, body in FILES.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(body)
    (made / "build.yml").write_text(BUILD)
    return made


def requests(lines: Path) -> list[tuple[str, str]]:
    read = [json.loads(line) for line in lines.read_text().splitlines()]
    return [(each["method"], each["url"]) for each in read]


def test_an_author_pushes_and_shares_a_package_that_a_reader_installs(
    system: System, amy: Api, homes: Path, folder: Path
) -> None:
    author = Quilt2Client(homes / "first-author", system, PYTHON).configured(amy)
    assert author.opened == f"{system.registry}/login"
    author.quilt("build", "amy/wine", folder / "build.yml")
    lines = author.recording()
    author.quilt("push", "amy/wine")
    assert sum(method == "PUT" and "/objs/amy/" in url for method, url in requests(lines)) == 4
    lines = author.recording()
    author.quilt("push", "amy/wine")
    assert not [url for method, url in requests(lines) if method == "PUT" and "/objs/" in url]

    package_hash = author.hash_of("amy/wine")
    author.quilt("tag", "add", "amy/wine", "best", package_hash[:8])
    assert "best" in author.quilt("tag", "list", "amy/wine")
    author.quilt("version", "add", "amy/wine", "1.0", package_hash, stdin="y\n")
    assert "1.0" in author.quilt("version", "list", "amy/wine")

    system.create_user("ben", "ben's password", "ReadAll")
    reader = Quilt2Client(homes / "first-reader", system, PYTHON).configured(system.sign_in("ben", "ben's password"))
    assert "Package hash does not exist" in reader.quilt("install", "amy/wine", "-x", package_hash, fails=True)
    author.quilt("access", "add", "amy/wine", "ben")
    assert author.quilt("access", "list", "amy/wine").split() == ["amy", "ben"]
    expected = author.found("amy/wine")
    assert expected["data/deep/blob"] == hashlib.sha256(FILES["data/deep/blob.bin"]).hexdigest()
    assert expected["data/grapes"] == FILES["data/grapes.csv"].decode()
    reader.quilt("install", "amy/wine")
    assert reader.found("amy/wine") == expected
    for number, how in enumerate((("-t", "best"), ("-v", "1.0"), ("-x", package_hash[:10]))):
        fresh = Quilt2Client(homes / f"first-fresh-{number}", system, PYTHON).configured(reader_api(system))
        fresh.quilt("install", "amy/wine", *how)
        assert fresh.found("amy/wine") == expected
    part = Quilt2Client(homes / "first-part", system, PYTHON).configured(reader_api(system))
    part.quilt("install", "amy/wine/data/deep")
    assert part.found("amy/wine/data/deep") == {"blob": expected["data/deep/blob"]}
    assert "Only the package owner can push private packages." in reader.quilt("push", "amy/wine", fails=True)

    (folder / "more.yml").write_text("contents:\n  note:\n    file: README.md\n")
    author.quilt("build", "amy/wine/data/more", folder / "more.yml")
    author.quilt("push", "amy/wine/data/more")
    reader.quilt("install", "-f", "amy/wine")
    assert reader.found("amy/wine").keys() == {*expected, "data/more/note"}
    assert "amy/wine" in reader.quilt("search", "bordeaux")

    _require_visible_to_readers(system, homes, amy)
    assert "Only the package owner can delete packages" in reader.quilt(
        "delete", "amy/wine", stdin="amy/wine\n", fails=True
    )
    author.quilt("delete", "amy/wine", stdin="amy/wine\n")
    assert "does not exist" in author.quilt("log", "amy/wine", fails=True)


def reader_api(system: System) -> Api:
    return system.sign_in("ben", "ben's password")


def _require_visible_to_readers(system: System, homes: Path, amy: Api) -> None:
    """Users it is shared with see it in today's routes, whatever their roles; others do not, even with a role of `*`."""
    base = "/api/v1/buckets/package/packages/amy/wine"
    revision, blob = f"{base}/revisions/latest", {"path": "data/deep/blob"}
    system.create_user("cleo", "cleo's password", "ReadWriteAll")
    ben, cleo = reader_api(system), system.sign_in("cleo", "cleo's password")

    def found(api: Api) -> bool:
        search = api.get("/api/v1/search", {"q": "bordeaux", "kind": "package"})
        return "amy/wine" in [each["name"] for each in search["items"]]

    eventually(lambda: found(amy))
    for api in (amy, ben):
        assert found(api)
        entry: dict[str, Any] = api.get(f"{revision}/entry", blob)
        assert (entry["size"], entry["accessible"]) == (len(FILES["data/deep/blob.bin"]), True)
        assert HTTP.get(api.get(f"{revision}/file", blob)["url"]).content == FILES["data/deep/blob.bin"]
    assert not found(cleo)
    for path in (base, f"{base}/revisions", f"{revision}/entry?path=data", f"{revision}/file?path=README"):
        assert cleo.request("GET", path).status_code == 404

    role = {"name": "Historians", "permissions": {"package": "READ"}}
    assert system.sign_in().request("POST", "/api/v1/admin/roles", json=role).status_code == 201
    system.create_user("dido", "dido's password", "Historians")
    historian, everywhere = Client(homes / "historian", system), Client(homes / "everywhere", system)
    historian.sign_in("dido", "dido's password")
    browsed = historian.act("browse", "amy/wine", "s3://package")
    assert browsed["entries"]["data/deep/blob"]["physical_key"] == entry["physical_key"]
    everywhere.sign_in("cleo", "cleo's password")
    refused = everywhere.attempt("python", ACTS, "browse", "amy/wine", "s3://package")
    assert refused.returncode != 0
    assert "AccessDenied" in refused.stderr or "Forbidden" in refused.stderr


def test_anybody_installs_a_public_package_without_signing_in(
    system: System, amy: Api, homes: Path, folder: Path
) -> None:
    author = Quilt2Client(homes / "first-publisher", system, PYTHON).configured(amy)
    author.quilt("build", "amy/open", folder / "build.yml")
    author.quilt("push", "amy/open", "--public")
    anybody = Quilt2Client(homes / "first-anybody", system, PYTHON).configured()
    anybody.quilt("install", "amy/open")
    assert anybody.found("amy/open") == author.found("amy/open")
    assert "does not exist" in anybody.quilt("install", "amy/nothing", fails=True)
    assert "Run `quilt login`" in anybody.quilt("push", "amy/open", fails=True)


def test_the_quilt_2_client_installs_an_imported_package(system: System, homes: Path) -> None:
    imported = import_source_registry(system, homes / "imported.tsv")
    reader = Quilt2Client(homes / "moved-reader", system, PYTHON).configured(system.sign_in("moved1", "only in tests"))
    reader.quilt("install", "mover/wine")
    wanted = {name: hashlib.sha256(body).hexdigest() for name, body in imported.bodies.items()}
    assert reader.found("mover/wine") == wanted
    assert imported.package_hash in reader.quilt("log", "mover/wine")
    assert "1.0" in reader.quilt("version", "list", "mover/wine")
    stranger = Quilt2Client(homes / "moved-stranger", system, PYTHON).configured(
        system.sign_in("moved2", "only in tests")
    )
    assert "does not exist" in stranger.quilt("install", "mover/wine", "-x", imported.package_hash, fails=True)
