"""Tools of others read a package whole: S3 clients at the package gateway, unpackers and downloaders at the archives."""

import hashlib
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.foreign.tools.awkward_package import (
    CSV,
    LARGE,
    LONG_NAME,
    LONG_NAME_BYTES,
    PARTS,
    ROWS_PER_PART,
    Expected,
    read_folder,
    write_package,
)
from support.foreign.tools.command_acts import COMMANDS, PROGRAMS, Place, mount_by
from support.foreign.tools.programs import ARCHIVE_ACTS, S3_ACTS, Shell, find_program, require_program, version_of
from support.foreign.tools.report import Report
from support.worlds.system import BUCKET, REGISTRY, Api, Client, System, eventually

PACKAGE = "lab/awkward"
REGION = "us-east-1"
SHARDS = 4
S3_LIBRARIES = ("boto3", "s3fs", "fsspec", "obstore", "pyarrow", "duckdb", "pandas", "polars")
ARCHIVE_LIBRARIES = ("tarfile", "zipfile", "libarchive", "ratarmountcore", "webdataset")
UNPACKERS = {
    "tar": ("tar", "tar", "xf", "{archive}", "-C", "{folder}"),
    "bsdtar": ("tar", "bsdtar", "xf", "{archive}", "-C", "{folder}"),
    "bsdtar of ZIP": ("zip", "bsdtar", "xf", "{archive}", "-C", "{folder}"),
    "7zz": ("tar", "7zz", "x", "-y", "-o{folder}", "{archive}"),
    "7zz of ZIP": ("zip", "7zz", "x", "-y", "-o{folder}", "{archive}"),
    "unzip": ("zip", "unzip", "-q", "{archive}", "-d", "{folder}"),
}


@dataclass
class Pushed:
    """The package, and who reads it."""

    system: System
    api: Api
    expected: Expected
    top_hash: str

    def ticket_url(self, path: str, query: dict[str, str]) -> str:
        answer = self.api.request("POST", "/api/v1/tickets", json={"path": path, "query": query, "seconds": 3600})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"])

    def archive_url(self, kind: str, **query: str) -> str:
        return self.ticket_url(f"/-/archive/{BUCKET}/{PACKAGE}/{self.top_hash}.{kind}", query)


@pytest.fixture(scope="module")
def pushed(system: System, homes: Path) -> Pushed:
    client = Client(homes / "author", system)
    api = client.sign_in("admin", "quilt")
    folder = client.home / "package"
    expected = write_package(folder)
    assert len(LONG_NAME.encode()) == LONG_NAME_BYTES
    top_hash = client.act("push", PACKAGE, REGISTRY, folder)["top_hash"]
    return Pushed(system, api, expected, top_hash)


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    made = Report()
    yield made
    made.write()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def credentials_of(found: dict[str, str]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }


def place_at(name: str, endpoint: str, prefix: str, credentials: dict[str, str]) -> Place:
    common = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": endpoint}
    return Place(name, endpoint, BUCKET, prefix, {**common, **credentials, "S3_ENDPOINT_URL": endpoint})


@pytest.fixture(scope="module")
def key_pair(pushed: Pushed) -> dict[str, str]:
    """Credentials of an API key, for S3 tools."""
    made = pushed.api.request("POST", "/api/v1/keys", json={"name": "tools", "expires_in_days": 1})
    assert made.status_code == 201, made.text
    pair = pushed.api.request("POST", f"/api/v1/keys/{made.json()['api_key']['id']}/s3")
    assert pair.status_code == 201, pair.text
    found = pair.json()
    return {"AWS_ACCESS_KEY_ID": found["access_key_id"], "AWS_SECRET_ACCESS_KEY": found["secret_access_key"]}


@pytest.fixture(scope="module")
def store(pushed: Pushed) -> Place:
    """The bucket itself, which holds the same files: faults there are those of the tools or of this test."""
    vended = credentials_of(pushed.api.get("/api/auth/get_credentials"))
    return place_at("store", pushed.system.s3, f"{PACKAGE}/", vended)


@pytest.fixture(scope="module")
def gateway(pushed: Pushed, key_pair: dict[str, str]) -> Place:
    return place_at("gateway", pushed.system.packages, f"{PACKAGE}/latest/", key_pair)


def given_to(place: Place, expected: Expected) -> str:
    files = {key: [expected.sizes[key], expected.digests[key]] for key in expected.sizes}
    given = {
        "endpoint": place.endpoint,
        "bucket": place.bucket,
        "prefix": place.prefix,
        "files": files,
        "large": LARGE,
        "csv": CSV,
        "rows": len(PARTS) * ROWS_PER_PART,
    }
    return json.dumps(given)


def act_at(place: Place, name: str, pushed: Pushed, tmp_path: Path) -> dict[str, Any]:
    said = Shell(tmp_path, place.variables).act(S3_ACTS, name, given_to(place, pushed.expected))
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


@pytest.fixture(params=["store", "gateway"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_program_for_s3_reads_the_whole_package(
    name: str, place: Place, pushed: Pushed, report: Report, tmp_path: Path
) -> None:
    program = PROGRAMS.get(name, name)
    require_program(program)
    did = COMMANDS[name](Shell(tmp_path, place.variables), place, pushed.expected)
    report.add(place.name, name, version_of(program), *did)


@pytest.mark.parametrize("name", S3_LIBRARIES)
def test_a_library_for_s3_reads_the_whole_package(
    name: str, place: Place, pushed: Pushed, report: Report, tmp_path: Path
) -> None:
    done = act_at(place, name, pushed, tmp_path)
    report.add(place.name, name, done["version"], *done["did"])


def test_credentials_of_a_session_read_a_package_at_the_gateway(pushed: Pushed, tmp_path: Path) -> None:
    vended = credentials_of(pushed.api.get("/api/auth/get_credentials"))
    for revision in ("latest", pushed.top_hash, pushed.top_hash[:12]):
        place = place_at("gateway", pushed.system.packages, f"{PACKAGE}/{revision}/", vended)
        act_at(place, "pyarrow", pushed, tmp_path)


def test_the_gateway_refuses_everything_that_writes(
    pushed: Pushed, gateway: Place, report: Report, tmp_path: Path
) -> None:
    done = act_at(gateway, "boto3_writes", pushed, tmp_path)
    report.add("gateway", "boto3", done["version"], *done["did"])


@pytest.mark.parametrize("program", ["rclone", "s3fs"])
def test_a_mounted_package_shows_its_files(
    program: str, place: Place, pushed: Pushed, report: Report, tmp_path: Path
) -> None:
    """A mount needs the kernel's FUSE and its helper. The program s3fs is no part of the Python package of that name."""
    if not Path("/dev/fuse").exists():
        pytest.skip("NOT TESTED: /dev/fuse is not on this machine")
    require_program("fusermount3" if find_program("fusermount3") else "fusermount")
    folder = tmp_path / "mounted"
    folder.mkdir()
    variables, options = mount_by(program, place)
    argv = [require_program(program), *options, str(folder)]
    environment = Shell(tmp_path, {**place.variables, **variables}).environment
    with subprocess.Popen(argv, env=environment, stderr=subprocess.PIPE, text=True) as mount:
        try:
            eventually(folder.is_mount, 30, while_=lambda: mount.poll() is None)
            read_folder(folder).must_equal(pushed.expected)
        finally:
            mount.send_signal(signal.SIGINT)
            said = mount.communicate(timeout=30)[1]
    assert not folder.is_mount(), said
    report.add(place.name, f"{program} mount", version_of(program), "every file read through the kernel")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def archives(pushed: Pushed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's archives, fetched by curl in one piece."""
    folder = tmp_path_factory.mktemp("archives")
    for kind in ("tar", "zip"):
        Shell(folder).run("curl", "-sSf", "-o", f"whole.{kind}", pushed.archive_url(kind))
    return folder


@pytest.mark.parametrize("name", UNPACKERS)
def test_a_program_unpacks_an_archive_to_the_same_files(
    name: str, archives: Path, pushed: Pushed, report: Report, shell: Shell
) -> None:
    kind, program, *options = UNPACKERS[name]
    folder = shell.folder / "unpacked"
    folder.mkdir()
    parts = {"archive": archives / f"whole.{kind}", "folder": folder}
    shell.run(program, *(option.format(**parts) for option in options))
    read_folder(folder).must_equal(pushed.expected.composed() if program == "bsdtar" else pushed.expected)
    report.add("archives", program, version_of(program), "ZIP unpacked" if kind == "zip" else "tar unpacked")


def test_unzip_finds_no_fault_in_the_archive(archives: Path, shell: Shell, report: Report) -> None:
    assert "No errors detected" in shell.run("unzip", "-t", archives / "whole.zip")
    report.add("archives", "unzip", version_of("unzip"), "ZIP tested with -t")


def test_tar_unpacks_a_folder_while_curl_fetches_it(pushed: Pushed, shell: Shell, report: Report) -> None:
    """By bearer, as programs with an API key do."""
    address = f"{pushed.system.s3proxy}/-/archive/{BUCKET}/{PACKAGE}/latest.tar?path=a"
    shell.pipe('curl -sSfL -H "Authorization: Bearer $TOKEN" "$URL" | tar -x', TOKEN=pushed.api.token, URL=address)
    read_folder(shell.folder).must_equal(pushed.expected.below("a/"))
    report.add("archives", "curl", version_of("curl"), "piped into tar")


@pytest.mark.parametrize("name", ARCHIVE_LIBRARIES)
def test_a_library_reads_an_archive_whole(
    name: str, archives: Path, pushed: Pushed, report: Report, shell: Shell
) -> None:
    files = {key: [pushed.expected.sizes[key], pushed.expected.digests[key]] for key in pushed.expected.sizes}
    shards = [pushed.archive_url("tar", path="samples", shard=f"{number}/{SHARDS}") for number in range(SHARDS)]
    given = {
        "tar": pushed.archive_url("tar"),
        "shards": shards,
        "files": files,
        "folder": str(archives),
        "large": LARGE,
    }
    said = shell.act(ARCHIVE_ACTS, name, json.dumps(given))
    done = json.loads(said.splitlines()[-1])
    report.add("archives", name, done["version"], *done["did"])


LINKS = ("links with tickets", "presigned links")
RESUMING = {
    "curl": ("curl", "-sSf", "-C", "-", "-o", "part.tar"),
    "wget": ("wget", "-q", "-c", "-O", "part.tar"),
    "aria2c": ("aria2c", "-q", "-c", "-o", "part.tar"),
}


@pytest.mark.parametrize("program", RESUMING)
def test_a_download_that_broke_off_is_resumed_to_the_same_bytes(
    program: str, archives: Path, pushed: Pushed, report: Report, shell: Shell
) -> None:
    require_program(program)
    whole = archives / "whole.tar"
    for kept in (1, 7_654_321, whole.stat().st_size - 1):
        (shell.folder / "part.tar").write_bytes(whole.read_bytes()[:kept])
        shell.run(*RESUMING[program], pushed.archive_url("tar"))
        assert digest(shell.folder / "part.tar") == digest(whole)
    report.add("archives", program, version_of(program), "a tar resumed to the same bytes")


def test_aria2_fetches_an_archive_in_parallel_parts(
    archives: Path, pushed: Pushed, report: Report, shell: Shell
) -> None:
    require_program("aria2c")
    shell.run("aria2c", "-q", "-x16", "-s16", "-k1M", "-o", "parallel.tar", pushed.archive_url("tar"))
    assert digest(shell.folder / "parallel.tar") == digest(archives / "whole.tar")
    report.add("archives", "aria2c", version_of("aria2c"), "a tar in 16 parallel parts")


def links_in(form: str, kind: str, pushed: Pushed, folder: Path) -> Path:
    path = f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}/revisions/{pushed.top_hash}/links"
    answer = pushed.api.request("POST", path, json={"format": form, "revocable": kind == LINKS[0]})
    assert answer.status_code == 200, answer.text
    links = folder / f"links.{form}"
    links.write_bytes(answer.content)
    return links


@pytest.mark.parametrize("kind", LINKS)
def test_aria2_fetches_the_files_of_its_input_file(kind: str, pushed: Pushed, report: Report, shell: Shell) -> None:
    links = links_in("aria2", kind, pushed, shell.folder)
    shell.run("aria2c", "-q", "-j4", "-d", "fetched", "-i", links)
    read_folder(shell.folder / "fetched").must_equal(pushed.expected)
    report.add("archives", "aria2c", version_of("aria2c"), f"files of an input file (`-i`): {kind}")


@pytest.mark.parametrize("kind", LINKS)
def test_aria2_fetches_the_files_of_a_metalink(kind: str, pushed: Pushed, report: Report, shell: Shell) -> None:
    links = links_in("metalink", kind, pushed, shell.folder)
    shell.run("aria2c", "-q", "-j4", "-d", "fetched", "-M", links)
    fetched = shell.folder / "fetched" / "marks"
    for path in fetched.glob("*&#38;*"):  # aria2 reads the entity so in every Metalink
        path.rename(fetched / path.name.replace("&#38;", "&"))
    read_folder(shell.folder / "fetched").must_equal(pushed.expected)
    report.add("archives", "aria2c", version_of("aria2c"), f"files of a Metalink (`-M`): {kind}")


@pytest.mark.parametrize("kind", LINKS)
def test_wget_fetches_the_files_of_a_list(kind: str, pushed: Pushed, report: Report, shell: Shell) -> None:
    """It names files by their addresses, so contents are compared."""
    links = links_in("wget", kind, pushed, shell.folder)
    shell.run("wget", "-q", "-x", "-nH", "-P", "fetched", "-i", links)
    found = read_folder(shell.folder / "fetched")
    assert sorted(found.digests.values()) == sorted(pushed.expected.digests.values())
    report.add("archives", "wget", version_of("wget"), f"files of a list (`-i`): {kind}")


def test_curl_fetches_files_by_their_links(pushed: Pushed, report: Report, shell: Shell) -> None:
    links = links_in("jsonl", LINKS[0], pushed, shell.folder)
    config = "".join(
        f"url = {json.dumps(found['url'])}\noutput = {json.dumps('fetched/' + found['path'], ensure_ascii=False)}\n"
        for found in map(json.loads, links.read_text().splitlines())
    )
    shell.run("curl", "-sSf", "--create-dirs", "-K", "-", stdin=config)
    read_folder(shell.folder / "fetched").must_equal(pushed.expected)
    report.add("archives", "curl", version_of("curl"), "files of links (JSON Lines) by `-K`")
