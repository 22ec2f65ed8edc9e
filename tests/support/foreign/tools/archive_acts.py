"""Run by the tools' own Python: `archive_acts.py NAME` reads archives over HTTP or from a file with one library.

On standard input, as JSON: `tar` and `zip` (addresses with tickets), `shards` (addresses), `files` (name: [size, SHA-256]),
`folder` (with whole.tar and whole.zip), `large`. What was done and the library's version are printed, as JSON.
"""

import hashlib
import json
import os
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable
from ctypes.util import find_library
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias
from unicodedata import normalize

Given: TypeAlias = dict[str, Any]


def check_all(given: Given, found: dict[str, bytes]) -> None:
    absent, strange = sorted(given["files"].keys() - found.keys()), sorted(found.keys() - given["files"].keys())
    assert (absent, strange) == ([], []), f"not in the archive: {absent}; not in the package: {strange}"
    for name, (size, digest) in given["files"].items():
        assert len(found[name]) == size, name
        assert hashlib.sha256(found[name]).hexdigest() == digest, name


def act_tarfile(given: Given) -> list[str]:
    found = {}
    with urllib.request.urlopen(given["tar"]) as answer, tarfile.open(fileobj=answer, mode="r|") as archive:  # noqa: S310
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None, member.name
            assert (member.mode, member.uid, member.gid, member.uname) == (0o644, 0, 0, "")
            found[member.name] = file.read()
    check_all(given, found)
    return ["read as a stream over HTTP"]


def act_zipfile(given: Given) -> list[str]:
    with zipfile.ZipFile(Path(given["folder"], "whole.zip")) as archive:
        assert archive.testzip() is None
        check_all(given, {name: archive.read(name) for name in archive.namelist()})
    return ["read and tested, with checksums"]


def act_libarchive(given: Given) -> list[str]:
    bundled = find_spec("extractcode_libarchive")
    if bundled and bundled.origin:
        os.environ["LIBARCHIVE"] = str(Path(bundled.origin).parent / "lib" / "libarchive.so")
    elif not find_library("archive"):
        sys.exit("NOT TESTED: libarchive is not on this machine")
    libarchive = import_module("libarchive")
    for kind in ("tar", "zip"):
        found = {}
        with libarchive.file_reader(str(Path(given["folder"], f"whole.{kind}"))) as archive:
            for entry in archive:
                found[entry.pathname] = b"".join(entry.get_blocks())
        # libarchive composes decomposed letters.
        composed = {normalize("NFC", name): sizes for name, sizes in given["files"].items()}
        check_all({"files": composed}, found)
    return ["tar and ZIP"]


def act_ratarmountcore(given: Given) -> list[str]:
    open_source = import_module("ratarmountcore.mountsource.factory").open_mount_source
    source = open_source(given["tar"], writeIndex=False)
    found = {}
    folders = ["/"]
    while folders:
        folder = folders.pop()
        for name, info in source.list(folder).items():
            path = f"{folder.rstrip('/')}/{name}"
            if info.mode & 0o040000 and not info.mode & 0o100000:
                folders.append(path)
                continue
            with source.open(info) as file:
                found[path.lstrip("/")] = file.read()
    check_all(given, found)
    info = source.lookup("/" + given["large"])
    with source.open(info) as file:
        file.seek(12_345_678)
        part = file.read(1000)
    assert part == found[given["large"]][12_345_678:12_346_678]
    return ["list of all folders and every file over HTTP, without a download", "seek within a large file"]


def act_webdataset(given: Given) -> list[str]:
    web = import_module("webdataset")
    samples = {}
    for url in given["shards"]:
        count = 0
        for sample in web.WebDataset(url, shardshuffle=False).decode():
            assert sample["__key__"] not in samples, "a sample in two shards"
            samples[sample["__key__"]] = (sample["txt"], sample["cls"])
            count += 1
        assert count, f"an empty shard: {url}"
    names = [name for name in given["files"] if name.startswith("samples/") and name.endswith(".txt")]
    expected = {name.removesuffix(".txt"): (f"text {number}", number % 3) for number, name in enumerate(sorted(names))}
    assert samples == expected
    return [f"{len(given['shards'])} shards, each sample once and whole"]


ACTS: dict[str, Callable[[Given], list[str]]] = {
    name.removeprefix("act_"): value for name, value in globals().copy().items() if name.startswith("act_")
}
DISTRIBUTIONS = {"libarchive": "libarchive-c"}

if __name__ == "__main__":
    named = sys.argv[1]
    did = ACTS[named](json.load(sys.stdin))
    is_built_in = named in sys.stdlib_module_names
    said = sys.version.split()[0] if is_built_in else version(DISTRIBUTIONS.get(named, named))
    sys.stdout.write(json.dumps({"version": said, "did": did}) + "\n")
