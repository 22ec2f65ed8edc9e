"""AWS's own SDKs through the S3 proxy, with vended credentials: signed for AWS's hosts and re-targeted, as web catalogs do.

The JavaScript SDKs are held to the rules of browsers: see tests/node/page.js.
"""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from support.environments import is_made
from support.foreign.node import find_node
from support.worlds.system import BUCKET, CLIENT, ROOT, System

from localrun.child_processes import before_exec

JAVASCRIPT = ROOT / "tests" / "node" / "acts.js"
BOTO3 = ROOT / "tests" / "support" / "foreign" / "boto3_acts.py"
SIZE = 12 << 20
KEYS = [
    "plain.txt",
    "a b+c%é/日本",
    "x//y/z",
    "/slash first",
    "tilde~(1)!*'",
    "q?u&e=s#t",
    "%2F%2f",
    "trailing/",
    "ü",
    "deep/er/still",
]
OTHERS = ["large file", "streamed", "tagged", "versions"]


@dataclass(frozen=True)
class Way:
    """An SDK, and how it addresses buckets behind the proxy."""

    sdk: str
    form: str = "2026"
    path_style: bool = False

    @property
    def name(self) -> str:
        return f"{self.sdk}-{self.form}-{'path' if self.path_style else 'host'}"

    @property
    def is_page(self) -> bool:
        return self.sdk != "boto3"

    @property
    def command(self) -> list[str | Path]:
        if not self.is_page:
            return [CLIENT / "python", BOTO3]
        node = find_node()
        if node is None or not is_made("aws-sdks"):
            pytest.skip("AWS's JavaScript SDKs are NOT TESTED: there is no Node >= 20.19; `make test` installs one")
        return [node, JAVASCRIPT, self.sdk]


WAYS = [
    Way("v2"),
    Way("v2", "2022"),
    Way("v2", path_style=True),
    Way("v3"),
    Way("v3", path_style=True),
    Way("boto3"),
    Way("boto3", path_style=True),
]
COMMON = {"v2-2022-host", "v3-2026-host", "boto3-2026-host"}


def params(ways: Iterable[Way]) -> list[Any]:
    return [pytest.param(way, id=way.name, marks=() if way.name in COMMON else pytest.mark.long) for way in ways]


@pytest.fixture(scope="module")
def given(system: System) -> dict[str, Any]:
    people = {"writer": "ReadWriteAll", "reader": "ReadAll"}
    for name, role in people.items():
        system.create_user(f"sdk-{name}", f"the {name}'s password", role)
    vended = {
        name: system.sign_in(f"sdk-{name}", f"the {name}'s password").get("/api/auth/get_credentials")
        for name in people
    }
    return {
        **vended,
        "proxy": system.s3proxy,
        "region": "us-east-1",
        "bucket": BUCKET,
        "unknown": "nobody-s-bucket",
        "keys": KEYS,
        "size": SIZE,
    }


@pytest.fixture(scope="module", params=params(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


@pytest.fixture(scope="module")
def prefix(way: Way) -> str:
    return f"sdks/{way.name}/"


@pytest.fixture(scope="module")
def seen(way: Way, prefix: str, given: dict[str, Any]) -> dict[str, Any]:
    """The report of everything that the SDK did."""
    told = {**given, "form": way.form, "pathStyle": way.path_style, "prefix": prefix}
    done = subprocess.run(
        way.command,
        input=json.dumps(told),
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=before_exec(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_sdks_find_the_bucket_and_its_region(seen: dict[str, Any]) -> None:
    assert seen["bucket"] == "us-east-1"


def test_objects_of_any_name_come_back_with_type_and_metadata(seen: dict[str, Any]) -> None:
    assert seen["odd"] == {key: [key, "text/x-odd", {"odd": "yes 1"}] for key in KEYS}


def test_sdks_read_versions_ranges_and_conditional_requests(seen: dict[str, Any]) -> None:
    versions = seen["versions"]
    assert versions["part"] == ["234", "bytes 2-4/10", True]
    assert versions["head"] == [10, True, True]
    assert versions["listed"] == [[1, True], [0, False]]
    assert (versions["unsatisfiable"]["code"], versions["unsatisfiable"]["status"]) == ("InvalidRange", 416)
    assert (versions["changed"]["code"], versions["changed"]["status"]) == ("PreconditionFailed", 412)


def test_sdks_list_objects_by_page_and_prefix(seen: dict[str, Any], prefix: str) -> None:
    listings = seen["listings"]
    assert listings["keys"] == sorted([*OTHERS, *(key for key in KEYS if "/" not in key)])
    assert listings["folders"] == sorted({key.partition("/")[0] + "/" for key in KEYS if "/" in key})
    assert [len(page) for page in listings["encoded"]] == [4, 4, 4, 2]
    encoded = [key for page in listings["encoded"] for key in page]
    assert all(key.isascii() and " " not in key for key in encoded)
    assert sorted(map(unquote, encoded)) == sorted(prefix + key for key in KEYS + OTHERS)


def test_sdks_write_and_read_tags(seen: dict[str, Any]) -> None:
    assert seen["tagging"] == [{"Key": "kind", "Value": "red wine"}]


def test_sdks_upload_large_files_in_parts(way: Way, seen: dict[str, Any]) -> None:
    checksum = None if way.sdk == "v2" else "COMPOSITE"
    assert seen["multipart"] == {"same": True, "size": SIZE, "parts": 3, "version": True, "checksum": checksum}


def test_sdks_upload_streams(seen: dict[str, Any]) -> None:
    """Version 3 and boto3 frame them as `aws-chunked`, with the checksum in a trailer; the store takes that off again."""
    assert seen["streamed"] == {"same": True, "encoding": None}


def test_sdks_delete_objects_with_a_delete_marker(seen: dict[str, Any]) -> None:
    deletion = seen["deletion"]
    assert (deletion["marker"], deletion["listed"]) == (True, [True])
    assert (deletion["read"]["code"], deletion["read"]["status"]) == ("NoSuchKey", 404)
    assert deletion["head"]["status"] == 404


def test_sdks_of_readers_read_and_get_access_denied_for_writes(seen: dict[str, Any]) -> None:
    assert seen["read"] == "x"
    assert (seen["refused"]["code"], seen["refused"]["status"]) == ("AccessDenied", 403)
    assert "s3:PutObject" in seen["refused"]["message"]


def test_sdks_get_a_message_for_unregistered_buckets(seen: dict[str, Any]) -> None:
    message = "The bucket nobody-s-bucket is not registered here"
    assert seen["unknown"] == {"code": "AccessDenied", "status": 403, "message": message}
    assert seen["unknownHead"]["status"] == 403


@pytest.mark.parametrize("way", params(way for way in WAYS if way.is_page), indirect=True)
def test_browsers_allow_pages_all_requests_of_the_sdk(way: Way, seen: dict[str, Any]) -> None:
    """A request that its preflight does not allow would have failed above; and every header of an answer can be read."""
    requests = seen["requests"]
    assert {request["method"] for request in requests} == {"DELETE", "GET", "HEAD", "POST", "PUT"}
    assert all("authorization" in request["asked"] for request in requests), "each had a preflight"
    asked = {name for request in requests for name in request["asked"]}
    assert asked >= {"content-type", "if-match", "range", "x-amz-meta-odd", "x-amz-security-token", "x-amz-tagging"}
    if way.sdk == "v3":
        assert asked >= {"x-amz-checksum-crc32", "x-amz-decoded-content-length", "x-amz-trailer", "content-encoding"}
    assert {name for request in requests for name in request["withheld"]} == set()
