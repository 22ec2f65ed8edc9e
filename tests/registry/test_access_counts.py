"""Reads that CloudTrail and S3's server access logs tell of, from files in the S3 emulator to answers about packages and buckets."""

import gzip
import json
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError
from support.data.manifests import entry
from support.worlds.registry_world import RegistryWorld, settings_for
from support.worlds.servers import Aws, Databases
from typing_extensions import override

from registry.db.access_counts import MAX_EXTENSIONS, AccessLogStore, FilesAlreadyCounted, ReadCounts
from registry.resources import RegistryResources
from registry.services.access_counts.counting import LATE_DAYS, AccessLogCounter
from registry.services.access_counts.formats import (
    MAX_LOG_FILE_BYTES,
    PIECE_BYTES,
    LogUnreadable,
    ObjectRead,
    access_log_reads,
    cloudtrail_reads,
    log_file,
)
from registry.settings import AccessLogSettings, RegistrySettings
from shared.aws.clients import open_s3
from shared.aws.objects import ObjectInfo, S3ObjectStore
from shared.aws.request_signing import USER_AGENT
from shared.db.engine import transaction
from shared.testing.objects import FakeObjectStore

LOGS = f"logs-{uuid4().hex[:8]}"
TRAIL = "AWSLogs/111122223333/CloudTrail/eu-central-1/"
SERVER = "requests/"
NOW = datetime.now(UTC)
QUILT3 = "[Boto3/1.34.5 md/Botocore#1.34.5 ua/2.0 os/linux#6.1 lang/python#3.12.1 quilt-python/6.1.0]"
COUNTS = """query ($bucket: String!, $name: String!, $hash: String!, $key: String!) {
  package(bucket: $bucket, name: $name) {
    accessCounts { total counts { date value } }
    revision(hashOrTag: $hash) { accessCounts(window: 7) { total } }
  }
  objectAccessCounts(bucket: $bucket, key: $key, window: 3) { total counts { date value } }
  bucketAccessCounts(bucket: $bucket, window: 30) {
    combined { total } byExt { ext counts { total } } byExtCollapsed: byExt(groups: 2) { ext counts { total } }
  }
}"""


def event(bucket: str, key: str, at: datetime = NOW, **changed: Any) -> dict[str, Any]:
    """A data event as CloudTrail writes it."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEEXAMPLE:amy",
            "arn": "arn:aws:sts::111122223333:assumed-role/people/amy",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLEEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/people", "userName": "people"},
                "attributes": {"creationDate": "2026-11-30T08:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.17",
        "userAgent": QUILT3,
        "requestParameters": {"bucketName": bucket, "Host": f"{bucket}.s3.eu-central-1.amazonaws.com", "key": key},
        "responseElements": None,
        "additionalEventData": {"SignatureVersion": "SigV4", "bytesTransferredIn": 0, "bytesTransferredOut": 42},
        "requestID": uuid4().hex[:16].upper(),
        "eventID": str(uuid4()),
        "readOnly": True,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": "111122223333",
        "eventCategory": "Data",
        **changed,
    }


def trail_file(*events: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps({"Records": events}, separators=(",", ":")).encode())


def trail_key(at: datetime = NOW) -> str:
    written, unique = at.strftime("%Y%m%dT%H%MZ"), uuid4().hex[:16]
    return f"{TRAIL}{at:%Y/%m/%d}/111122223333_CloudTrail_eu-central-1_{written}_{unique}.json.gz"


def line(
    bucket: str,
    key: str,
    *,
    operation: str = "REST.GET.OBJECT",
    request: str = "",
    status: str = "200 -",
    referer: str = '"-"',
    agent: str = "Boto3/1.34.5",
    request_id: str = "",
) -> str:
    """A record as S3 writes it to server access logs."""
    owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
    asked = request or f"GET /{key} HTTP/1.1"
    return (
        f"{owner} {bucket} [{NOW:%d/%b/%Y:%H:%M:%S} +0000] 192.0.2.3 arn:aws:sts::111122223333:assumed-role/people/amy "
        f'{request_id or uuid4().hex[:16].upper()} {operation} {key} "{asked}" {status} 2662992 3462992 70 10 {referer} "{agent}" - '
        "s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 TLS_AES_128_GCM_SHA256 "
        f"AuthHeader {bucket}.s3.eu-central-1.amazonaws.com TLSv1.3 - - eu-central-1"
    )


def line_key(at: datetime = NOW) -> str:
    return f"{SERVER}{at:%Y-%m-%d-%H-%M-%S}-{uuid4().hex[:16].upper()}"


@pytest.fixture(scope="module")
async def s3(aws: Aws) -> AsyncIterator[Any]:
    async with open_s3(aws.settings) as client:
        await client.create_bucket(Bucket=LOGS)
        yield client


@pytest.fixture
def access_logs() -> AccessLogSettings:
    """Folders of their own for each test."""
    folder = uuid4().hex[:8]
    return AccessLogSettings(locations=f"s3://{LOGS}/{folder}/{TRAIL}, s3://{LOGS}/{folder}/{SERVER}")


@pytest.fixture
def settings(own_database: Databases, access_logs: AccessLogSettings) -> RegistrySettings:
    return settings_for(own_database.registry, access_logs=access_logs)


@pytest.fixture
def counter(s3: Any, resources: RegistryResources, access_logs: AccessLogSettings) -> AccessLogCounter:
    return AccessLogCounter(resources.sessions, S3ObjectStore(s3), access_logs)


@pytest.fixture
def write(s3: Any, access_logs: AccessLogSettings) -> Callable[[str, bytes], Any]:
    root = access_logs.folders[0].prefix.removesuffix(TRAIL)

    async def write(key: str, body: bytes) -> None:
        await s3.put_object(Bucket=LOGS, Key=root + key, Body=body)

    return write


async def uses(world: RegistryWorld, package: str = "") -> dict[str, tuple[int, int]]:
    """Uses in all and of this week, by kind."""
    where = f"packages/{package}/insight" if package else "insight"
    found = await world.json(f"/api/v1/buckets/{world.bucket}/{where}")
    return {each["kind"]: (each["total"], each["weeks"][-1]) for each in found["uses"]}


async def test_reads_in_both_kinds_of_logs_are_counted_by_object_extension_package_and_bucket(
    world: RegistryWorld, counter: AccessLogCounter, write: Callable[[str, bytes], Any]
) -> None:
    top_hash = await world.package("amy/wine", entry("a.csv"))
    other = await world.package("amy/wine", entry("b.csv"))
    bucket, yesterday = world.bucket, NOW - timedelta(days=1)
    await write(
        trail_key(),
        trail_file(
            event(bucket, f".quilt/packages/{top_hash}"),
            event(bucket, f".quilt/packages/{other}"),
            event(bucket, f".quilt/v2/manifests/amy@wine/{other}/manifest.jsonl"),
            event(bucket, ".quilt/named_packages/amy/wine/latest"),
            event(bucket, "data/ä b.csv", yesterday),
            event(bucket, "data/ä b.csv"),
            event(bucket, "README"),
            event(bucket, "data/ä b.csv", eventName="HeadObject"),
            event(bucket, "data/ä b.csv", errorCode="AccessDenied"),
            event(bucket, "data/ä b.csv", userAgent=f"[Boto3/1.34.5 {USER_AGENT}]"),
            event("somebody-elses", "data/a.csv"),
        ),
    )
    lines = (
        line(bucket, "data/%25C3%25A4%2520b.csv", request="GET /data/%C3%A4%20b.csv HTTP/1.1"),
        line(bucket, "reads.bam", status="206 -", referer="-"),
        line(bucket, "data/%C3%A4%20b.csv", status="403 AccessDenied"),
        line(bucket, "-", operation="REST.GET.BUCKET"),
    )
    await write(line_key(), "\n".join(lines).encode() + b"\n")
    assert await uses(world, "amy/wine") == dict.fromkeys(("preview", "archive", "gateway_read"), (0, 0))
    await counter.count_all()

    found = await world.graphql(COUNTS, bucket=bucket, name="amy/wine", hash=top_hash, key="data/ä b.csv")
    package = found["package"]["accessCounts"]
    assert (package["total"], len(package["counts"]), package["counts"][-1]["value"]) == (3, 30, 3)
    assert found["package"]["revision"] == {"accessCounts": {"total": 1}}
    days = [(NOW - timedelta(days=days)).strftime("%Y-%m-%dT00:00:00+00:00") for days in (2, 1, 0)]
    assert found["objectAccessCounts"] == {
        "total": 3,
        "counts": [{"date": day, "value": value} for day, value in zip(days, (0, 1, 2), strict=True)],
    }

    def group(ext: str, total: int) -> dict[str, Any]:
        return {"ext": ext, "counts": {"total": total}}

    assert found["bucketAccessCounts"] == {
        "combined": {"total": 5},
        "byExt": [group("csv", 3), group("bam", 1), group("", 1)],
        "byExtCollapsed": [group("csv", 3), group("", 2)],
    }
    assert (await uses(world, "amy/wine"))["install"] == (3, 3)
    of_bucket = await uses(world)
    assert (of_bucket["install"], of_bucket["s3_read"][0], of_bucket["preview"]) == ((3, 3), 5, (0, 0))
    insight = await world.json(f"/api/v1/buckets/{bucket}/insight")
    assert insight["reads_counted_since"] == f"{yesterday:%Y-%m-%d}"

    stranger = await world.graphql(COUNTS, "stranger", bucket=bucket, name="amy/wine", hash=top_hash, key="README")
    assert set(stranger.values()) == {None}


async def test_each_file_is_counted_once_whenever_it_comes(
    world: RegistryWorld,
    resources: RegistryResources,
    counter: AccessLogCounter,
    access_logs: AccessLogSettings,
    write: Callable[[str, bytes], Any],
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    trail = access_logs.folders[0]
    twice = event(world.bucket, "a.csv")

    async def reads() -> int:
        return (await uses(world)).get("s3_read", (0, 0))[0]

    finished = trail_key(NOW - timedelta(days=LATE_DAYS + 2))
    await write(finished, trail_file(event(world.bucket, "a.csv")))
    await write(trail_key(), trail_file(twice, twice))
    assert await counter.count_new(trail) == 2
    assert await reads() == 2
    assert await counter.count_new(trail) == 0
    async with transaction(resources.sessions) as session:
        with pytest.raises(FilesAlreadyCounted):
            await AccessLogStore(session).add(trail.url, [trail.prefix.removesuffix(TRAIL) + finished], ReadCounts())

    await write(trail_key(NOW - timedelta(days=LATE_DAYS - 1)), trail_file(event(world.bucket, "a.csv")))
    await write(trail_key(NOW - timedelta(days=LATE_DAYS + 3)), trail_file(event(world.bucket, "too late")))
    assert await counter.count_new(trail) == 1
    assert await reads() == 3

    await write(trail_key(), trail_file(event(world.bucket, "a.csv")))
    async with transaction(resources.sessions) as session:
        assert await AccessLogStore(session).claim(trail.url, 60) is not None
    assert await counter.count_new(trail) == 0
    async with transaction(resources.sessions) as session:
        await AccessLogStore(session).finish(trail.url, is_complete=False)
    assert await counter.count_new(trail) == 1
    assert await reads() == 4


async def test_files_that_cannot_be_read_are_left_out_and_those_that_may_not_be_read_are_tried_again(
    world: RegistryWorld, resources: RegistryResources
) -> None:
    objects = FakeObjectStore(LOGS)
    settings = AccessLogSettings(
        locations=f"s3://{LOGS}/gone/, s3://{LOGS}/{SERVER}, s3://missing-bucket/x, s3://{LOGS}/all/"
    )
    counter = AccessLogCounter(resources.sessions, objects, settings)
    keys = [f"{SERVER}{NOW:%Y-%m-%d}-0{hour}-00-00-{'A' * 16}" for hour in range(4)]
    broken = f"gone/111122223333_CloudTrail_eu-central-1_{NOW:%Y%m%dT%H%M}Z_x.json.gz"
    await objects.put(LOGS, broken, b"\x1f\x8b\x08 not gzip")
    for key in (*keys, f"{SERVER}readme.txt"):
        await objects.put(LOGS, key, line(world.bucket, "a.csv").encode())
    await objects.put(LOGS, f"all/{trail_key()}", trail_file(event(world.bucket, "a.csv")))
    objects.archived.add(keys[0])
    objects.refused.add(keys[2])

    async def reads() -> int:
        return (await uses(world)).get("s3_read", (0, 0))[0]

    async def are_read() -> list[bool]:
        """The folders that have been read to their end."""
        async with transaction(resources.sessions) as session:
            store = AccessLogStore(session)
            return [await store.age_seconds([each.url]) < math.inf for each in settings.folders]

    assert await are_read() == [False] * 4
    await counter.count_all()
    assert (await reads(), await are_read()) == (1, [True, False, False, False])
    objects.refused.clear()
    objects.archived.clear()
    await counter.count_all()
    assert (await reads(), await are_read()) == (3, [True, True, False, False])


async def test_a_process_that_another_has_overtaken_counts_nothing_and_leaves_the_folder_to_it(
    world: RegistryWorld, resources: RegistryResources
) -> None:
    folder = AccessLogSettings(locations=f"s3://{LOGS}/{SERVER}").folders[0]
    key = line_key()

    class SlowStore(FakeObjectStore):
        """While it is read, another process claims the folder and counts the file."""

        @override
        @asynccontextmanager
        async def stream(self, bucket: str, key: str, info: ObjectInfo) -> AsyncIterator[AsyncIterator[bytes]]:
            async with transaction(resources.sessions) as session:
                store = AccessLogStore(session)
                await store.finish(folder.url, is_complete=False)
                assert await store.claim(folder.url, 60) is not None
                await store.add(folder.url, [key], ReadCounts())
            async with super().stream(bucket, key, info) as chunks:
                yield chunks

    objects = SlowStore(LOGS)
    await objects.put(LOGS, key, line(world.bucket, "a.csv").encode())
    assert await AccessLogCounter(resources.sessions, objects, AccessLogSettings()).count_new(folder) == 0
    assert "s3_read" not in await uses(world)
    async with transaction(resources.sessions) as session:
        assert await AccessLogStore(session).claim(folder.url, 60) is None


async def test_rare_extensions_are_counted_together_and_old_days_are_removed(
    world: RegistryWorld, resources: RegistryResources, counter: AccessLogCounter, write: Callable[[str, bytes], Any]
) -> None:
    many = [event(world.bucket, f"file.x{number}") for number in range(MAX_EXTENSIONS + 50)]
    await write(trail_key(), trail_file(*many, *[event(world.bucket, "a.csv")] * 2, event(world.bucket, "b.csv")))
    await counter.count_all()
    found = await world.graphql(COUNTS, bucket=world.bucket, name="amy/none", hash="latest", key="file.x1")
    groups = found["bucketAccessCounts"]["byExt"]
    assert found["bucketAccessCounts"]["combined"]["total"] == sum(each["counts"]["total"] for each in groups)
    assert len(groups) == MAX_EXTENSIONS
    assert groups[:2] == [{"ext": "", "counts": {"total": 52}}, {"ext": "csv", "counts": {"total": 2}}]
    assert found["objectAccessCounts"]["total"] == 1
    tomorrow = (NOW + timedelta(days=1)).date()
    async with transaction(resources.sessions) as session:
        await AccessLogStore(session).remove_before(tomorrow, NOW.date())
    found = await world.graphql(COUNTS, bucket=world.bucket, name="amy/none", hash="latest", key="file.x1")
    assert (found["objectAccessCounts"]["total"], found["bucketAccessCounts"]["combined"]["total"]) == (0, 152)


async def keys_of(reads: AsyncIterator[list[ObjectRead]]) -> list[str]:
    return [read.key async for found in reads for read in found]


async def chunks_of(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


FORGED = 'GET /x" 200 - 1 1 1 1 "-" "y" - z HTTP/1.1'


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (line("b", "a.csv"), ["a.csv"]),
        (line("b", "a%2Bb%20c", request="GET /b/a%2Bb%20c?versionId=1 HTTP/1.1"), ["a+b c"]),
        (line("b", "100%25", request="GET /b/100%25 HTTP/1.1"), ["100%"]),
        (line("b", "a.csv", agent='x" "y'), []),
        (line("b", "a.csv", request=FORGED, status="403 AccessDenied"), []),
        (line("b", "a.csv") + ' "', []),
        (line("b", "a.csv").replace(f"{NOW:%Y}:", "year:"), []),
        (line("b", "%FF%00"), []),
        (line("b", "%00"), []),
        (line("b", "k" * 1025), []),
        (line("b", "a.csv", operation="REST.PUT.OBJECT"), []),
        (line("b", "a.csv", agent=f"aiobotocore {USER_AGENT}"), []),
        ("", []),
        ("\x00\x01 not a record [", []),
        (line("b", "a.csv") + "\r\n" + line("b", "b.csv"), ["a.csv", "b.csv"]),
    ],
)
async def test_a_line_that_may_say_something_else_is_not_counted(body: str, keys: list[str]) -> None:
    for size in (7, 1 << 20):
        assert await keys_of(access_log_reads(chunks_of(body.encode(), size))) == keys


async def test_files_of_cloudtrail_are_read_in_pieces_and_broken_ones_are_refused() -> None:
    events = [event("b", f"{number}.csv", padding="é" * 900) for number in range(2 * PIECE_BYTES // 1800)]
    body = trail_file(*events)
    expected = [f"{number}.csv" for number in range(len(events))]
    for size in (1000, 1 << 20):
        assert await keys_of(cloudtrail_reads(chunks_of(body, size))) == expected
    odd = [
        event("b", "\ud800"),
        event("b", "\0"),
        event("b", "a", eventTime="yesterday"),
        {"eventName": "GetObject"},
        3,
    ]
    assert await keys_of(cloudtrail_reads(chunks_of(trail_file(*odd), 50))) == []  # type: ignore[arg-type]
    bad = [
        body[:-20],
        b"not gzip",
        gzip.compress(b'{"Records":[{}'),
        gzip.compress(b'{"digestS3Bucket": "x"}'),
        gzip.compress(b'{"Records":[{"a": ' + b"[" * 100_000),
        gzip.compress(b" " * (PIECE_BYTES * 2)),
        gzip.compress(b'{"Records":[]' + b" " * (2 << 20) + b"}"),
        gzip.compress(b'{"Records":["' + b"x" * (2 << 20)),
    ]
    for each in bad:
        with pytest.raises(LogUnreadable):
            await keys_of(cloudtrail_reads(chunks_of(each, 1 << 16)))
    with pytest.raises(LogUnreadable, match="too long"):
        await keys_of(access_log_reads(chunks_of(b"x" * (2 << 20), 1 << 16)))
    assert MAX_LOG_FILE_BYTES > 100 << 20


def test_log_files_are_known_by_their_names() -> None:
    at = datetime(2026, 11, 30, 17, 15, tzinfo=UTC)
    for key in (
        trail_key(at),
        line_key(at),
        f"x/111122223333/eu-central-1/source/2026/11/30/2026-11-30-17-15-00-{'A1' * 8}",
        f"prefix-2026-11-30-17-15-00-{'A1' * 8}",
    ):
        found = log_file(key)
        assert found is not None
        assert found.written_at == at
    for key in (
        f"{TRAIL}2026/11/30/111122223333_CloudTrail-Digest_eu-central-1_trail_eu-central-1_20261130T171500Z.json.gz",
        "AWSLogs/111122223333/CloudTrail/",
        f"2026-99-30-17-15-00-{'A1' * 8}",
        "2026-11-30-17-15-00-x",
        "data/a.csv",
    ):
        assert log_file(key) is None


@pytest.mark.parametrize(
    "locations",
    ["logs/x", "https://logs/x", "s3://logs", "s3://LOGS/", "s3://logs/a/,s3://logs/a/b/", "s3://logs/,s3://logs/"],
)
def test_folders_of_logs_must_be_addresses_that_do_not_overlap(locations: str) -> None:
    with pytest.raises(ValidationError):
        AccessLogSettings(locations=locations)
    assert AccessLogSettings().folders == []


async def test_a_bucket_that_no_log_tells_of_is_not_counted(world: RegistryWorld, counter: AccessLogCounter) -> None:
    top_hash = await world.package("amy/wine", entry("a.csv"))
    await counter.count_all()
    found = await world.graphql(COUNTS, bucket=world.bucket, name="amy/wine", hash=top_hash, key="a.csv")
    assert found["package"] == {"accessCounts": None, "revision": {"accessCounts": None}}
    assert (found["objectAccessCounts"], found["bucketAccessCounts"]) == (None, None)
    insight = await world.json(f"/api/v1/buckets/{world.bucket}/insight")
    assert ([each["kind"] for each in insight["uses"]], insight["reads_counted_since"]) == (
        ["preview", "archive", "gateway_read"],
        None,
    )
