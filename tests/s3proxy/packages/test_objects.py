"""Files of packages as objects: GetObject, HeadObject and GetObjectAttributes, with what S3 sends and refuses."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.exceptions import ClientError
from support.worlds.packages_world import PackagesWorld, sha256
from support.worlds.registry_world import FIRST_PUSH

from shared.quilt.entity_tags import entity_tag

from .conftest import WINE

PUSHED_AT = datetime.fromtimestamp(FIRST_PUSH + 2, UTC)
KEY = "amy/wine/latest/data/b.csv"


async def read(client: Any, bucket: str, key: str, **more: Any) -> tuple[bytes, dict[str, Any]]:
    answer = await client.get_object(Bucket=bucket, Key=key, **more)
    return await answer["Body"].read(), answer


@pytest.mark.parametrize("path", sorted(WINE))
async def test_every_file_is_read_whole_and_says_the_same_in_all_answers(packages: PackagesWorld, path: str) -> None:
    key = f"amy/wine/latest/{path}"
    async with packages.client() as client:
        body, got = await read(client, packages.bucket, key)
        head = await client.head_object(Bucket=packages.bucket, Key=key)
        listed = await client.list_objects_v2(Bucket=packages.bucket, Prefix=key)
    assert body == WINE[path]
    [item] = listed["Contents"]
    assert item["ETag"] == got["ETag"] == head["ETag"] == f'"{sha256(body)}"'
    assert item["LastModified"] == got["LastModified"] == head["LastModified"] == PUSHED_AT
    assert item["Size"] == got["ContentLength"] == head["ContentLength"] == len(body)
    assert got["ContentType"] == head["ContentType"]
    assert got["ChecksumSHA256"]  # the SDK has compared it with the content


async def test_a_revision_is_named_by_latest_its_time_its_top_hash_or_eight_digits_of_it(
    packages: PackagesWorld,
) -> None:
    top_hash = (await packages.get(f"/{packages.bucket}/{KEY}")).headers["x-patchwork-top-hash"]
    for revision in ("latest", str(FIRST_PUSH + 2), top_hash, top_hash[:8], top_hash[:20], top_hash[:8].upper()):
        answer = await packages.get(f"/{packages.bucket}/amy/wine/{revision}/data/b.csv")
        assert (answer.status_code, answer.content) == (200, WINE["data/b.csv"]), revision
        assert answer.headers["x-patchwork-top-hash"] == top_hash
        assert answer.headers["last-modified"] == format_datetime(PUSHED_AT, usegmt=True), revision
    for revision in (top_hash[:7], "", "nothing", str(FIRST_PUSH + 9), "0" * 64):
        answer = await packages.get(f"/{packages.bucket}/amy/wine/{revision}/data/b.csv")
        assert (answer.status_code, code(answer)) == (404, "NoSuchKey"), revision
    old = await packages.get(f"/{packages.bucket}/amy/wine/{FIRST_PUSH + 1}/README.md")
    assert (old.content, old.headers["last-modified"]) == (b"# Old\n", "Tue, 14 Nov 2023 22:13:21 GMT")


@pytest.mark.parametrize(
    ("header", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=10-99", 206, 10, 100),
        ("bytes=9990-", 206, 9990, 10_000),
        ("bytes=-10", 206, 9990, 10_000),
        ("bytes=-20000", 206, 0, 10_000),
        ("bytes=0-99999", 206, 0, 10_000),
        ("bytes=0-1,5-6", 200, 0, 10_000),
        ("lines=0-1", 200, 0, 10_000),
        ("bytes=5-1", 200, 0, 10_000),
        ("bytes=10000-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
async def test_ranges_are_those_of_s3(packages: PackagesWorld, header: str, status: int, start: int, end: int) -> None:
    answer = await packages.get(f"/{packages.bucket}/{KEY}", range=header)
    assert answer.status_code == status
    if status == 416:
        assert (code(answer), answer.headers["content-range"]) == ("InvalidRange", "bytes */10000")
        return
    assert answer.content == WINE["data/b.csv"][start:end]
    head = await packages.get(f"/{packages.bucket}/{KEY}", method="HEAD", range=header)
    assert (head.status_code, head.headers["content-length"]) == (status, str(end - start))
    assert answer.headers.get("content-range") == (f"bytes {start}-{end - 1}/10000" if status == 206 else None)


async def test_an_empty_file_has_no_ranges(packages: PackagesWorld) -> None:
    path = f"/{packages.bucket}/amy/wine/latest/data/a/2.csv"
    assert (await packages.get(path)).headers["content-length"] == "0"
    assert (await packages.get(path, range="bytes=0-")).status_code == 416


ETAG = f'"{sha256(WINE["data/b.csv"])}"'
BEFORE, AFTER = (format_datetime(PUSHED_AT + timedelta(seconds=seconds), usegmt=True) for seconds in (-1, 1))
NOW = format_datetime(PUSHED_AT, usegmt=True)


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"if_match": ETAG}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": '"other"'}, 412),
        ({"if_none_match": ETAG}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": f'"other", {ETAG}'}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_modified_since": BEFORE}, 200),
        ({"if_modified_since": NOW}, 304),
        ({"if_modified_since": AFTER}, 304),
        ({"if_unmodified_since": BEFORE}, 412),
        ({"if_unmodified_since": NOW}, 200),
        ({"if_unmodified_since": "yesterday"}, 200),
        ({"if_match": ETAG, "if_unmodified_since": BEFORE}, 200),
        ({"if_none_match": '"other"', "if_modified_since": AFTER}, 200),
        ({"if_match": '"other"', "range": "bytes=0-0"}, 412),
        ({"if_none_match": ETAG, "range": "bytes=0-0"}, 304),
        ({"if_range": ETAG, "range": "bytes=0-0"}, 206),
        ({"if_range": '"other"', "range": "bytes=0-0"}, 200),
    ],
)
async def test_conditions_are_those_of_s3(packages: PackagesWorld, conditions: dict[str, str], status: int) -> None:
    for method in ("GET", "HEAD"):
        answer = await packages.get_with(f"/{packages.bucket}/{KEY}", conditions, method=method)
        assert answer.status_code == status, method
        if status == 304:
            assert (answer.content, answer.headers["etag"]) == (b"", ETAG)


async def test_keys_may_have_any_characters(packages: PackagesWorld) -> None:
    odd = {
        "a+b %25&=?#;.txt": b"1",
        "'quotes\"<>|*.txt": b"2",
        "tab\tand newline\n.txt": b"3",
        "~!$(),@:[]{}^`\\.txt": b"4",
        "日本語/🍷🍷/é.txt": b"5",
        f"{'long/' * 20}{'ü' * 400}.txt": b"6",
        "...": b"7",
        "..a/.b": b"8",
    }
    stored = {f"object{number}": content for number, content in enumerate(odd.values())}
    at = {name: await packages.put(packages.bucket, f"odd/{name}", content) for name, content in stored.items()}
    await packages.link(
        "amy/odd", {path: (at[f"object{number}"], content) for number, (path, content) in enumerate(odd.items())}
    )
    async with packages.client() as client:
        for path, content in odd.items():
            assert (await read(client, packages.bucket, f"amy/odd/latest/{path}"))[0] == content, path
        listed = await client.list_objects_v2(Bucket=packages.bucket, Prefix="amy/odd/latest/")
    assert [each["Key"] for each in listed["Contents"]] == sorted(
        (f"amy/odd/latest/{path}" for path in odd), key=str.encode
    )
    plain = await packages.get(f"/{packages.bucket}?list-type=2&prefix=amy%2Fodd%2Flatest%2Ftab")
    assert "tab&#9;and newline&#10;.txt" in plain.text


@pytest.mark.parametrize(
    "path",
    [
        "amy/wine/latest/../latest/README.md",
        "amy/wine/latest/data/../README.md",
        "amy/wine/latest/./README.md",
        "amy/wine/latest//README.md",
        "amy/wine/latest/data//b.csv",
        "amy//wine/latest/README.md",
        "/amy/wine/latest/README.md",
        "amy/wine/latest/README.md/",
        "amy/wine/latest/data/",
        "amy/wine/latest/data",
        "amy/wine/latest/",
        "amy/wine/latest",
        "amy/wine",
        "amy",
        "amy/wine/latest/data%2Fnone.csv",
        "amy/wine/latest/%00",
        "amy/wine/%00/README.md",
        "../../etc/passwd",
    ],
)
async def test_what_is_no_file_of_a_revision_is_no_key(packages: PackagesWorld, path: str) -> None:
    answer = await packages.get(f"/{packages.bucket}/{path}")
    assert (answer.status_code, code(answer)) == (404, "NoSuchKey")
    assert (await packages.get(f"/{packages.bucket}/{path}", method="HEAD")).status_code == 404


async def test_a_key_that_is_not_utf8_or_too_long_is_refused(packages: PackagesWorld) -> None:
    for path in ("amy/wine/latest/%ff", f"amy/wine/latest/{'a' * 5_000}"):
        answer = await packages.get(f"/{packages.bucket}/{path}")
        assert (answer.status_code, code(answer)) == (400, "InvalidURI")


async def test_metadata_is_sent_as_s3_sends_it(packages: PackagesWorld) -> None:
    meta = {
        "split": "train",
        "Label": 7,
        "nested": {"a": [1, None]},
        "city": "Köln\r\nX-Evil: 1",
        "padded": " x ",
        "large": "x" * 3_000,
        "bad name": "x",
        "label": "a second of the same name",
    }
    await packages.push("amy/meta", {"a.csv": b"1"}, meta={"a.csv": {"user_meta": meta}})
    answer = await packages.get(f"/{packages.bucket}/amy/meta/latest/a.csv", method="HEAD")
    sent = {name.removeprefix("x-amz-meta-"): value for name, value in answer.headers.items() if "-meta-" in name}
    assert sent == {
        "split": "train",
        "label": "7",
        "nested": '{"a":[1,null]}',
        "city": "=?UTF-8?B?S8O2bG4NClgtRXZpbDogMQ==?=",
        "padded": "=?UTF-8?B?IHgg?=",
    }
    assert answer.headers["x-amz-missing-meta"] == "3"


async def test_checksums_are_sent_where_a_hash_is_one(packages: PackagesWorld) -> None:
    where = await packages.put(packages.bucket, "hashes/a", b"hello")
    hashes = {
        "chunked": {"type": "sha2-256-chunked", "value": "lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA="},
        "whole": {"type": "SHA256", "value": sha256(b"hello")},
        "crc": {"type": "CRC64NVME", "value": "M3eFcAZSQlc="},
    }
    await packages.link("amy/hashes", dict.fromkeys(hashes, (where, b"hello")), hashes=hashes)
    expected = {"chunked": ("lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1", "COMPOSITE"), "crc": (None, None)}
    async with packages.client() as client:
        for path, known in hashes.items():
            body, got = await read(client, packages.bucket, f"amy/hashes/latest/{path}", ChecksumMode="ENABLED")
            head = await client.head_object(
                Bucket=packages.bucket, Key=f"amy/hashes/latest/{path}", ChecksumMode="ENABLED"
            )
            assert body == b"hello"
            checksum = expected.get(path, ("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "FULL_OBJECT"))
            for answer in (got, head):
                assert (answer.get("ChecksumSHA256"), answer.get("ChecksumType")) == checksum, path
            assert got["ETag"] == entity_tag(known["type"], known["value"], 5, where)
            part, ranged = await read(client, packages.bucket, f"amy/hashes/latest/{path}", Range="bytes=1-2")
            assert (part, "ChecksumSHA256" in ranged) == (b"el", False)
        attributes = await client.get_object_attributes(
            Bucket=packages.bucket,
            Key="amy/hashes/latest/whole",
            ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
        )
    assert (attributes["ETag"], attributes["ObjectSize"]) == (sha256(b"hello"), 5)
    assert attributes["Checksum"]["ChecksumSHA256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    refused = await packages.get(f"/{packages.bucket}/{KEY}?attributes")
    assert (refused.status_code, code(refused)) == (400, "InvalidArgument")


async def test_headers_can_be_chosen_in_the_address(packages: PackagesWorld) -> None:
    disposition = quote('attachment; filename="a b.csv"', safe="")
    query = f"?response-content-type=text%2Fplain&response-content-disposition={disposition}&response-cache-control=no-cache"
    answer = await packages.get(f"/{packages.bucket}/{KEY}{query}")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["content-disposition"] == 'attachment; filename="a b.csv"'
    assert answer.headers["cache-control"] == "no-cache"
    evil = await packages.get(f"/{packages.bucket}/{KEY}?response-content-type=a%0D%0AX-Evil%3A%201")
    assert (evil.status_code, code(evil)) == (400, "InvalidArgument")


async def test_parts_and_versions_are_those_of_an_object_that_was_put_once(packages: PackagesWorld) -> None:
    async with packages.client() as client:
        body, answer = await read(client, packages.bucket, KEY, PartNumber=1)
        assert (body, answer["ContentRange"]) == (WINE["data/b.csv"], "bytes 0-9999/10000")
        assert (await read(client, packages.bucket, KEY, VersionId="null"))[0] == WINE["data/b.csv"]
        for more, refusal in (({"PartNumber": 2}, "InvalidRange"), ({"VersionId": "other"}, "NoSuchVersion")):
            with pytest.raises(ClientError) as error:
                await client.get_object(Bucket=packages.bucket, Key=KEY, **more)
            assert error.value.response["Error"]["Code"] == refusal
        tagging = await client.get_object_tagging(Bucket=packages.bucket, Key=KEY)
    assert tagging["TagSet"] == []


async def test_a_changed_a_lost_and_a_local_object_are_never_sent_as_the_file(packages: PackagesWorld) -> None:
    at = {
        name: (await packages.put(packages.bucket, f"unstable/{name}", b"four")).partition("?")[0]
        for name in ("changed", "lost")
    }
    files = {"changed": (at["changed"], b"four"), "lost": (at["lost"], b"four")}
    await packages.link("amy/unstable", {**files, "local": ("file:///home/amy/local", b"four")})
    async with packages.aws.root("s3") as s3:
        await s3.put_object(Bucket=packages.bucket, Key="unstable/changed", Body=b"not four")
        await s3.delete_object(Bucket=packages.bucket, Key="unstable/lost")
    wanted = {"changed": (409, "ObjectChanged"), "lost": (404, "NoSuchKey"), "local": (404, "NoSuchKey")}
    for name, refusal in wanted.items():
        for headers in ({}, {"range": "bytes=0-1"}):
            answer = await packages.get_with(f"/{packages.bucket}/amy/unstable/latest/{name}", headers)
            assert (answer.status_code, code(answer)) == refusal, name


async def test_bytes_of_an_object_that_is_stored_encoded_come_as_they_are(packages: PackagesWorld) -> None:
    at = await packages.put(
        packages.bucket, "encoded.gz", b"\x1f\x8bnot really", ContentEncoding="gzip", ContentType="text/html"
    )
    await packages.link("amy/encoded", {"page.csv": (at, b"\x1f\x8bnot really")})
    answer = await packages.get(f"/{packages.bucket}/amy/encoded/latest/page.csv")
    assert (answer.content, answer.headers["content-type"]) == (b"\x1f\x8bnot really", "text/csv")
    assert "content-encoding" not in answer.headers


async def test_a_new_push_is_seen_within_moments(packages: PackagesWorld) -> None:
    await packages.push("amy/moving", {"a.txt": b"first"})
    path = f"/{packages.bucket}/amy/moving/latest/a.txt"
    assert (await packages.get(path)).content == b"first"
    await packages.push("amy/moving", {"a.txt": b"second"})
    while (await packages.get(path)).content != b"second":
        pass


async def test_neighbours_of_a_file_are_found_without_a_question(packages: PackagesWorld) -> None:
    await packages.push("amy/many", {f"{number:03}.txt": b"%d" % number for number in range(20)})
    first = await packages.get(f"/{packages.bucket}/amy/many/latest/000.txt")
    asked = len(packages.asked)
    for number in (1, 7, 19):
        answer = await packages.get(
            f"/{packages.bucket}/amy/many/{first.headers['x-patchwork-top-hash']}/{number:03}.txt"
        )
        assert answer.content == b"%d" % number
    assert len([path for path in packages.asked[asked:] if path.endswith("/pages")]) <= 1


def code(answer: httpx.Response) -> str:
    return answer.text.partition("<Code>")[2].partition("</Code>")[0]
