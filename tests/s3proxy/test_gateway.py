"""Search and previews for Quilt's web catalogs."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from support.data.signing import Key
from support.worlds.proxy_world import OpenProxy, ProxyWorld

from shared.schemas.principal import Level
from shared.settings import RateSettings
from shared.testing.auth import FakeAuth
from shared.testing.servers import Talk

WINE = "https://wine.s3.us-east-1.amazonaws.com"
MANIFEST = f"{WINE}/.quilt/packages/{'0' * 64}"


@pytest.fixture
def key(auth: FakeAuth) -> Key:
    """S3 credentials of a user who may read the bucket `wine`."""
    return vended(auth, {"wine": Level.READ})


def vended(auth: FakeAuth, permissions: dict[str, Level], **who: Any) -> Key:
    made = Key(f"ASIA{uuid4().hex.upper()}", uuid4().hex)
    auth.vend(auth.token_for("amy", permissions, **who), made.access_key_id, made.secret)
    return made


def holding(body: bytes, status: str = "200 OK") -> Talk:
    """A store that answers this to everything."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return talk


async def get(stage: ProxyWorld, target: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501 – there is no TLS
        return await client.get(stage.url + target, headers=headers)


Show = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def show(open_proxy: OpenProxy, key: Key) -> Show:
    """Asks for a preview of an object with this content."""

    async def shown(body: bytes, kind: str = "txt", url: str = f"{WINE}/a.txt", **more: str) -> httpx.Response:
        stage = await open_proxy(holding(body))
        asked = {"url": key.presigned(url), "input": kind, **more}
        return await get(stage, "/lambda/preview?" + "&".join(f"{n}={quote(v, safe='')}" for n, v in asked.items()))

    return shown


def signed(key: Key, url: str) -> dict[str, str]:
    """As the catalog's SDK does it, which quotes more than it then sends."""
    return key.headers("GET", url.replace("*", "%2A").replace(",", "%2C"), "execute-api")


async def test_the_catalog_of_2020_signs_the_host_without_its_port(open_proxy: OpenProxy, key: Key) -> None:
    stage = await open_proxy()
    target = "/lambda/search?index=wine&action=stats"
    without_port = key.headers("GET", f"http://127.0.0.1{target}", "execute-api")
    answer = await get(stage, target, without_port)
    assert (answer.status_code, answer.json()["caller"]) == (200, "amy")
    of_another_host = key.headers("GET", f"http://127.0.0.2{target}", "execute-api")
    assert (await get(stage, target, of_another_host)).status_code == 401


@pytest.mark.parametrize("target", ["/lambda/s3select/wine/a.csv", "/lambda/pkgselect", "/lambda/"])
async def test_a_missing_preview_is_an_error_that_catalogs_recognise(open_proxy: OpenProxy, target: str) -> None:
    answer = await get(await open_proxy(), target)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no_such_preview")
    assert answer.json()["error"] == "This kind of preview is not offered here"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_search_runs_with_the_rights_of_its_signer(open_proxy: OpenProxy, key: Key) -> None:
    stage = await open_proxy()
    target = "/lambda/search?index=*&action=search&query=a%20b"
    answer = await get(stage, target, signed(key, stage.url + target))
    # The catalog of 2020 knows no packages in `*` and takes any query for words.
    asked = {"index": "*,-*_packages", "action": "search", "query": "a b", "retry": "2"}
    assert (answer.status_code, answer.json()) == (200, {"caller": "amy", "asked": asked})
    target = "/lambda/search?index=wine,wine_packages*&action=search&query=a&retry=0"
    answer = await get(stage, target, signed(key, stage.url + target))
    assert answer.json()["asked"] == {"index": "wine,wine_packages*", "action": "search", "query": "a", "retry": "0"}


async def test_searches_with_a_bad_signature_are_refused(open_proxy: OpenProxy, auth: FakeAuth, key: Key) -> None:
    stage = await open_proxy()
    target = "/lambda/search?index=wine&action=stats"
    good = key.headers("GET", stage.url + target, "execute-api")
    pair = Key("PK0123456789ABCDEFGH", key.secret)  # of an API key, for the package gateway alone
    auth.vend(auth.token_for("bob", {"wine": Level.READ}), pair.access_key_id, pair.secret)
    old = {"X-Amz-Date": "20200101T000000Z"}
    forged = [
        {},
        {"Authorization": "Bearer x"},
        key.headers("GET", stage.url + target, "s3"),
        key.headers("GET", stage.url + target.replace("stats", "search"), "execute-api"),
        key.headers("GET", f"http://elsewhere{target}", "execute-api"),
        Key(key.access_key_id, "guessed").headers("GET", stage.url + target, "execute-api"),
        Key("ASIANOBODY", key.secret).headers("GET", stage.url + target, "execute-api"),
        pair.headers("GET", stage.url + target, "execute-api"),
        good | old,
        {name: value for name, value in good.items() if name != "X-Amz-Date"},
        good | {"Authorization": good["Authorization"].replace("x-amz-date;", "")},
    ]
    for headers in forged:
        answer = await get(stage, target, headers)
        assert (answer.status_code, "message" in answer.json()) == (401, True), headers
    assert (await get(stage, target, good)).status_code == 200
    auth.down = True
    stranger = vended(auth, {}).headers("GET", stage.url + target, "execute-api")
    assert (await get(stage, target, stranger)).status_code == 503
    auth.down = False


async def test_preflights_allow_the_headers_of_signatures(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    preflight = {
        "Origin": "http://catalog.test",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-amz-date,x-amz-security-token",
    }
    async with httpx.AsyncClient() as client:
        answer = await client.options(f"{stage.url}/lambda/search", headers=preflight)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == preflight["Access-Control-Request-Headers"]


async def test_a_text_preview_has_the_lines_of_the_file(show: Show) -> None:
    answer = await show(b"one\r\ntwo\n\xff\xe9three\n", line_count="2")
    assert answer.json() == {"info": {"data": {"head": ["one", "two"], "tail": []}}, "html": ""}
    assert (await show(b"")).json()["info"]["data"]["head"] == []
    assert (await show("酒".encode() + b"\xe9\x85")).json()["info"]["data"]["head"] == ["酒"]


async def test_a_preview_of_long_text_ends_with_a_whole_line(show: Show) -> None:
    body = b"".join(b"%07d\n" % number for number in range(100_000))
    head = (await show(body, max_bytes="20")).json()["info"]["data"]["head"]
    assert head[0] == "0000000"
    assert 1 < len(head) <= 512
    assert all(len(line) == 7 for line in head)
    assert len((await show(b"x" * 50_000, max_bytes="10")).json()["info"]["data"]["head"][0]) <= 8192


async def test_a_preview_decompresses_only_what_it_shows(show: Show) -> None:
    bomb = gzip.compress(b"a\n" + b"0" * 50_000_000)
    assert (await show(bomb, compression="gz", max_bytes="1000")).json()["info"]["data"]["head"] == ["a"]
    empty = gzip.compress(b"") * 20_000
    assert (await show(empty, compression="gz")).json()["detail"].endswith("too many small pieces of gzip data")
    members = b"".join(gzip.compress(b"%d\n" % number) for number in range(300))
    head = (await show(members, compression="gz")).json()["info"]["data"]["head"]
    assert head == [str(number) for number in range(300)]
    answer = await show(b"not packed", compression="gz")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unreadable")


async def test_a_table_preview_escapes_its_cells(show: Show) -> None:
    body = b'a,"<b>"\n1,"x\ny"\n2,\n<script>,&\n'
    answer = await show(body, "csv")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert "<script>" not in shown["html"]
    assert "<th>&lt;b&gt;</th>" in shown["html"]
    assert shown["html"].count("<tr") == 4
    assert shown["info"] == {"note": "", "warnings": ""}
    answer = await show(b"a\tb\n1\t2\n3\t4\n", "csv", sep="\t", line_count="1")
    assert answer.status_code == 200, answer.text
    tabs = answer.json()
    assert tabs["html"].count("<td>") == 2
    assert tabs["info"]["note"]


async def test_a_vcf_preview_has_header_rows_and_samples(show: Show) -> None:
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "NA1", "NA2"]
    body = "##fileformat=VCFv4.0\n" + "\t".join(columns) + "\n" + "\t".join("20" for _ in columns) + "\n"
    info = (await show(body.encode(), "vcf")).json()["info"]
    assert info["metadata"] == {"variants": ["NA1", "NA2"], "variant_count": 2}
    assert info["data"] == {"meta": ["##fileformat=VCFv4.0"], "header": columns[:9], "data": [["20"] * 9]}


async def test_a_manifest_preview_leaves_out_directories(show: Show) -> None:
    header = {"version": "v0", "message": "m", "user_meta": None}
    folder = {"logical_key": "a/", "meta": {"user_meta": {}}}
    file = {"logical_key": "a/b", "physical_keys": ["s3://wine/b"], "size": 1, "hash": None, "meta": {}}
    body = "\n".join(map(json.dumps, (header, folder, file))).encode()
    head = (await show(body, url=MANIFEST, line_count="502")).json()["info"]["data"]["head"]
    assert [json.loads(line) for line in head] == [header, file]
    assert len((await show(body)).json()["info"]["data"]["head"]) == 3


async def test_a_preview_asks_the_store_with_the_url_as_it_was_signed(open_proxy: OpenProxy, key: Key) -> None:
    stage = await open_proxy(holding(b"x"))
    url = key.presigned(f"{WINE}/a%20b/%C3%BC%2B//c.txt?versionId=null")
    answer = await get(stage, f"/lambda/preview?input=txt&url={quote(url, safe='')}")
    assert answer.status_code == 200
    assert stage.store.target == url.removeprefix(WINE)
    assert stage.store.headers["host"] == "wine.s3.us-east-1.amazonaws.com"
    assert {"authorization", "cookie", "x-amz-security-token"}.isdisjoint(stage.store.headers)


async def test_a_preview_passes_on_the_refusal_of_the_store(open_proxy: OpenProxy, key: Key) -> None:
    stage = await open_proxy(holding(b"<Code>NoSuchKey</Code>", "404 Not Found"))
    answer = await get(stage, f"/lambda/preview?input=txt&url={quote(key.presigned(f'{WINE}/a'), safe='')}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found", "text": "<Code>NoSuchKey</Code>"})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://wine.s3.us-east-1.amazonaws.com/a",
        "https://wine.s3.us-east-1.amazonaws.com.evil.test/a",
        "https://evil.test/wine.s3.us-east-1.amazonaws.com/a",
        "https://me@wine.s3.us-east-1.amazonaws.com/a",
        "https://wine.s3.us-east-1.amazonaws.com:22/a",
        "https://evil.amazonaws.com/wine/a",
        "https://169.254.169.254/latest/meta-data",
        "https://wine.s3.us-east-1.amazonaws.com/a b",
        "https://wine.s3.us-east-1.amazonaws.com/a\r\nX: y",
        "https://wine.s3.us-east-1.amazonaws.com/../other/a",
        "https://wine.s3.us-east-1.amazonaws.com/a#b",
        "file:///etc/passwd",
    ],
)
async def test_previews_of_other_urls_than_objects_are_refused(open_proxy: OpenProxy, url: str) -> None:
    stage = await open_proxy()
    answer = await get(stage, f"/lambda/preview?input=txt&url={quote(url, safe='')}")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid")
    assert not stage.store.heads


async def test_previews_of_buckets_that_the_signer_may_not_read_are_not_found(
    open_proxy: OpenProxy, auth: FakeAuth, key: Key
) -> None:
    stage = await open_proxy(service_bucket="service")
    everywhere = vended(auth, {"*": Level.READ_WRITE}, is_admin=True)
    elsewhere = vended(auth, {"elsewhere": Level.READ})
    asked = {
        key.presigned(f"{WINE.replace('wine', 'unregistered')}/a"): 404,
        everywhere.presigned(f"{WINE.replace('wine', 'service')}/catalog/secret"): 404,
        f"{WINE.replace('wine', 'service')}/catalog/settings.json": 404,
        elsewhere.presigned(f"{WINE}/a"): 404,
        Key("ASIANOBODY", "x").presigned(f"{WINE}/a"): 401,
    }
    for url, status in asked.items():
        answer = await get(stage, f"/lambda/preview?input=txt&url={quote(url, safe='')}")
        assert (answer.status_code, "message" in answer.json()) == (status, True), url
    assert not stage.store.heads


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("preview?input=parquet&url=x", 400),
        ("preview?input=txt&line_count=513&url=x", 400),
        ("preview?input=txt&line_count=-1&url=x", 400),
        ("preview?input=txt&max_bytes=no&url=x", 400),
        ("preview?input=csv&sep=abc&url=x", 400),
        ("preview?input=txt&compression=bz2&url=x", 400),
        ("preview", 400),
        ("thumbnail?url=x&size=w256h256", 400),
        ("tabular-preview?url=x&input=csv", 400),
        ("", 404),
        ("pkgselect", 404),
        ("search/../preview/x", 404),
    ],
)
async def test_unknown_gateway_paths_and_kinds_are_refused_in_json(
    open_proxy: OpenProxy, path: str, status: int
) -> None:
    stage = await open_proxy()
    answer = await get(stage, f"/lambda/{path}")
    assert (answer.status_code, "message" in answer.json()) == (status, True)
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_previews_are_limited_by_network_and_searches_by_their_signer_too(
    open_proxy: OpenProxy, auth: FakeAuth, key: Key
) -> None:
    stage = await open_proxy(
        holding(b"a\n"),
        rates=RateSettings(user_per_second=0.001, user_burst=1, network_per_second=0.001, network_burst=4),
    )
    search, preview = "/lambda/search?index=wine&action=stats", f"/lambda/preview?input=txt&url={quote(WINE)}/a.txt"

    async def searched(by: Key) -> int:
        return (await get(stage, search, by.headers("GET", stage.url + search, "execute-api"))).status_code

    assert [await searched(key), await searched(key), await searched(vended(auth, {}))] == [200, 429, 200]
    answers = [await get(stage, preview) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["type"] == "/problems/rate_exceeded"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 1000
