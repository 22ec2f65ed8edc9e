"""Listings of packages over HTTP: ListObjects, ListObjectsV2, ListObjectVersions, ListBuckets, and what is asked about buckets."""

import itertools
import re
from urllib.parse import quote, urlencode
from xml.sax.saxutils import unescape

import pytest
from botocore.exceptions import ClientError
from support.worlds.packages_world import PackagesWorld
from support.worlds.registry_world import FIRST_PUSH

from shared.schemas.principal import Level

from .conftest import WINE
from .test_objects import code

LATEST = sorted(
    [
        *(f"amy/wine/latest/{path}" for path in WINE),
        "amy/wine-list/latest/a.csv",
        "bob/beer/latest/b.csv",
        "carl/empty-handed/latest/x/y.txt",
    ],
    key=str.encode,
)


@pytest.fixture(scope="module")
async def listed(packages: PackagesWorld) -> PackagesWorld:
    """With a package that has nothing, and one more."""
    await packages.push("carl/empty-handed", {"x/y.txt": b"1"})
    await packages.push("carl/nothing", {})
    return packages


async def keys(world: PackagesWorld, *, size: int = 1000, **asked: str) -> tuple[list[str], list[str]]:
    """Keys and common prefixes of all pages of ListObjectsV2. `asked`: parameters with underscores."""
    found: list[str] = []
    prefixes: list[str] = []
    query = {name.replace("_", "-"): value for name, value in asked.items()} | {"list-type": "2", "max-keys": str(size)}
    while True:
        answer = await world.get(f"/{world.bucket}?{urlencode(query, quote_via=quote, safe='')}")
        assert answer.status_code == 200, answer.text
        found += map(unescape, re.findall("<Contents><Key>(.*?)</Key>", answer.text))
        prefixes += map(unescape, re.findall("<CommonPrefixes><Prefix>(.*?)</Prefix>", answer.text))
        token = re.search("<NextContinuationToken>(.*?)</NextContinuationToken>", answer.text)
        assert ("<IsTruncated>true</IsTruncated>" in answer.text) is bool(token)
        if token is None:
            return found, prefixes
        query["continuation-token"] = token[1]


async def test_a_bucket_lists_the_latest_revisions_in_the_order_of_their_keys(listed: PackagesWorld) -> None:
    for size in (1, 3, 1000):
        assert await keys(listed, size=size) == (LATEST, [])
    assert await keys(listed, prefix="amy/") == ([key for key in LATEST if key.startswith("amy/")], [])
    assert await keys(listed, prefix="amy/wine") == ([key for key in LATEST if key.startswith("amy/wine")], [])
    assert await keys(listed, prefix="amy/wine/la") == ([key for key in LATEST if key.startswith("amy/wine/")], [])
    assert await keys(listed, prefix="amy/wine/1") == ([], [])


async def test_folders_are_authors_packages_revisions_and_directories(listed: PackagesWorld) -> None:
    times = [f"amy/wine/{FIRST_PUSH + number}/" for number in (1, 2)]
    expected = {
        "": ["amy/", "bob/", "carl/"],
        "a": ["amy/"],
        "amy/": ["amy/wine-list/", "amy/wine/"],
        "amy/wine": ["amy/wine-list/", "amy/wine/"],
        "amy/wine-": ["amy/wine-list/"],
        "carl/": ["carl/empty-handed/", "carl/nothing/"],
        "amy/wine/": [*times, "amy/wine/latest/"],
        "amy/wine/17": times,
        "amy/wine/latest/": ["amy/wine/latest/data/", "amy/wine/latest/notes/"],
        "amy/wine/latest/data/a": ["amy/wine/latest/data/a-b/", "amy/wine/latest/data/a/"],
        "nobody/": [],
        "nobody/nothing/": [],
    }
    for prefix, folders in expected.items():
        for size in (1, 1000):
            found = await keys(listed, size=size, prefix=prefix, delimiter="/")
            assert found[1] == folders, prefix
    assert (await keys(listed, prefix="amy/wine/latest/", delimiter="/"))[0] == ["amy/wine/latest/README.md"]
    assert (await keys(listed, prefix=f"amy/wine/{FIRST_PUSH + 1}/"))[0] == [f"amy/wine/{FIRST_PUSH + 1}/README.md"]


def expected_page(prefix: str, delimiter: str, after: str) -> tuple[list[str], list[str]]:
    """From the definition of S3, for a start-after."""
    found: list[str] = []
    prefixes: list[str] = []
    for key in LATEST:
        if not key.startswith(prefix) or key <= after:
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            found.append(key)
        elif (folder := key[: at + len(delimiter)]) not in prefixes:
            prefixes.append(folder)
    return found, prefixes


async def test_listings_above_revisions_are_those_of_the_sorted_keys(listed: PackagesWorld) -> None:
    """The delimiter `/` is left out: it shows revisions, which are no keys of this list."""
    delimiters = ["", "-", "t/", "/latest/"]
    starts = ["", "amy/wine-list/latest/a.csv", "amy/wine/", "amy/wine/latest/data/a", "amy/wine0", "bob/beer/m"]
    for prefix, delimiter, start in itertools.product(["", "amy/w"], delimiters, starts):
        size = 1000 if start else 2
        found = await keys(listed, size=size, prefix=prefix, delimiter=delimiter, start_after=start)
        assert found == expected_page(prefix, delimiter, start), (prefix, delimiter, start)


async def test_the_first_version_goes_on_from_markers(listed: PackagesWorld) -> None:
    async with listed.client() as client:
        for prefix, delimiter in (("", ""), ("amy/wine/latest/", "/"), ("amy/", "/"), ("amy/wine/latest/data/", "a")):
            shown, marker = [], ""
            while True:
                page = await client.list_objects(
                    Bucket=listed.bucket, Prefix=prefix, Delimiter=delimiter, Marker=marker, MaxKeys=1
                )
                shown += [each["Key"] for each in page.get("Contents", [])]
                shown += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
                if not page["IsTruncated"]:
                    break
                marker = page["NextMarker"]
            whole = await keys(listed, prefix=prefix, delimiter=delimiter)
            assert shown == sorted(whole[0] + whole[1], key=str.encode), (prefix, delimiter)
        owners = await client.list_objects(Bucket=listed.bucket)
        assert {each["Owner"]["ID"] for each in owners["Contents"]} == {"patchwork"}
        without = await client.list_objects_v2(Bucket=listed.bucket)
        assert not any("Owner" in each for each in without["Contents"])
        fetched = await client.list_objects_v2(Bucket=listed.bucket, FetchOwner=True)
        assert all("Owner" in each for each in fetched["Contents"])


async def test_every_key_is_the_only_version_of_itself(listed: PackagesWorld) -> None:
    async with listed.client() as client:
        found = []
        pages = client.get_paginator("list_object_versions").paginate(
            Bucket=listed.bucket, PaginationConfig={"PageSize": 3}
        )
        async for page in pages:
            found += page.get("Versions", [])
        assert [each["Key"] for each in found] == LATEST
        assert {(each["VersionId"], each["IsLatest"]) for each in found} == {("null", True)}


async def test_sizes_of_pages_are_bounded(listed: PackagesWorld) -> None:
    async with listed.client() as client:
        none = await client.list_objects_v2(Bucket=listed.bucket, MaxKeys=0)
        assert (none["KeyCount"], none["IsTruncated"], none["MaxKeys"]) == (0, False, 0)
        assert (await client.list_objects_v2(Bucket=listed.bucket, MaxKeys=5000))["MaxKeys"] == 1000
    refused = {
        "?list-type=2&max-keys=-1": "InvalidArgument",
        "?list-type=2&max-keys=many": "InvalidArgument",
        "?list-type=2&max-keys=99999999999": "InvalidArgument",
        "?list-type=2&encoding-type=base64": "InvalidArgument",
        "?list-type=2&continuation-token=": "InvalidArgument",
        "?list-type=2&continuation-token=x": "InvalidArgument",
        "?list-type=2&continuation-token=1%2F%2F": "InvalidArgument",
        f"?prefix={'p' * 5000}": "InvalidArgument",
        f"?delimiter={'d' * 5000}": "InvalidArgument",
        "?versions&version-id-marker=null": "InvalidArgument",
    }
    for query, refusal in refused.items():
        answer = await listed.get(f"/{listed.bucket}{query}")
        assert (answer.status_code, code(answer)) == (400, refusal), query[:50]
    for query in (
        "?list-type=2&prefix=%00",
        "?list-type=2&start-after=a%00b",
        "?prefix=a%00%2Fb%2Fc%2F",
        "?marker=%00",
    ):
        assert (await listed.get(f"/{listed.bucket}{query}")).status_code == 200, query


async def test_names_are_encoded_when_it_is_asked_for(listed: PackagesWorld) -> None:
    query = "?list-type=2&prefix=amy%2Fwine%2Flatest%2Fnotes%2F&delimiter=%2F"
    plain = await listed.get(f"/{listed.bucket}{query}")
    assert "<Key>amy/wine/latest/notes/Größe + 100%.txt</Key>" in plain.text
    encoded = await listed.get(f"/{listed.bucket}{query}&encoding-type=url")
    assert "<Key>amy/wine/latest/notes/Gr%C3%B6%C3%9Fe%20%2B%20100%25.txt</Key>" in encoded.text
    assert plain.headers["x-patchwork-top-hash"] == encoded.headers["x-patchwork-top-hash"]


async def test_buckets_are_those_in_which_the_caller_sees_packages(listed: PackagesWorld) -> None:
    both = {listed.bucket: Level.READ, listed.other: Level.READ_WRITE}
    for caller, rights, seen in (
        ("reader", None, [listed.bucket]),
        ("of both", both, sorted(both)),
        ("of nothing", {}, []),
    ):
        async with listed.client(listed.key(caller, rights)) as client:
            assert [each["Name"] for each in (await client.list_buckets())["Buckets"]] == seen
    async with listed.client(listed.key("of both")) as client:
        first = await client.list_buckets(MaxBuckets=1)
        second = await client.list_buckets(MaxBuckets=1, ContinuationToken=first["ContinuationToken"])
        assert [each["Name"] for each in first["Buckets"] + second["Buckets"]] == sorted(both)
        assert "ContinuationToken" not in second
        assert len((await client.list_buckets(Prefix=listed.other))["Buckets"]) == 1


async def test_a_bucket_answers_what_clients_ask_about_buckets(listed: PackagesWorld) -> None:
    async with listed.client() as client:
        head = await client.head_bucket(Bucket=listed.bucket)
        assert head["BucketRegion"] == "us-east-1"
        assert (await client.get_bucket_location(Bucket=listed.bucket))["LocationConstraint"] is None
        assert "Status" not in await client.get_bucket_versioning(Bucket=listed.bucket)
        assert (await client.get_bucket_request_payment(Bucket=listed.bucket))["Payer"] == "BucketOwner"
        assert "Uploads" not in await client.list_multipart_uploads(Bucket=listed.bucket)
        for ask, refusal in (
            (client.get_bucket_policy, "NoSuchBucketPolicy"),
            (client.get_bucket_cors, "NoSuchCORSConfiguration"),
            (client.get_bucket_tagging, "NoSuchTagSet"),
            (client.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError"),
            (client.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"),
            (client.get_bucket_acl, "NotImplemented"),
        ):
            with pytest.raises(ClientError) as error:
                await ask(Bucket=listed.bucket)
            assert error.value.response["Error"]["Code"] == refusal


async def test_a_bucket_may_stand_before_the_host(listed: PackagesWorld) -> None:
    """Virtual-hosted style: the signature covers this Host."""
    key, host = listed.key(), f"{listed.bucket}.{listed.host}"
    for path, status in (
        ("/amy/wine/latest/README.md", 200),
        ("/?list-type=2&prefix=amy%2Fwine%2Flatest%2F", 200),
        ("/?location", 200),
        (f"/{listed.bucket}/amy/wine/latest/README.md", 404),
    ):
        headers = key.headers("GET", f"http://{host}{path}")
        answer = await listed.send(path, headers | {"Host": host})
        assert answer.status_code == status, (path, answer.text)
    elsewhere = key.headers("GET", f"http://{listed.other}.{listed.host}/?list-type=2")
    answer = await listed.send("/?list-type=2", elsewhere | {"Host": f"{listed.other}.{listed.host}"})
    assert (answer.status_code, code(answer)) == (404, "NoSuchBucket")
