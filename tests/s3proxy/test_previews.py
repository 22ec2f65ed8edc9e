"""Contents of files: previews, rows, statistics and thumbnails of objects and of files in packages."""

import gzip
import io
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import brotli
import pyarrow as pa
import pytest
import zstandard
from PIL import Image
from support.worlds.previews_world import PreviewsWorld, opened
from support.worlds.servers import Aws

from s3proxy.services.previews.arguments import parse_size
from s3proxy.services.previews.cache import PreviewCache
from s3proxy.services.previews.objects import ObjectName, RangedObject
from s3proxy.services.previews.stored_answers import StoredAnswers
from shared.aws.process_credentials import ChainedKeys
from shared.errors import AppError, Invalid
from shared.readers.row_parameters import MAX_CONDITIONS, parse_conditions, parse_names
from shared.settings import RateSettings
from shared.testing.auth import FakeAuth

CSV = b"name,price\nriesling,12\nmerlot,9\nsilvaner,10\n"
ARROW = "application/vnd.apache.arrow.stream"


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 150), "red").save(made, "PNG")
    return made.getvalue()


LABEL = picture()


@pytest.fixture(scope="module")
async def world(aws: Aws) -> AsyncIterator[PreviewsWorld]:
    async with opened(aws, FakeAuth()) as world:
        await world.put("wine.csv", CSV)
        await world.put("wine.csv.gz", gzip.compress(CSV))
        await world.put("empty.txt", b"")
        await world.put("damaged.parquet", b"PAR1" + bytes(range(256)) * 4 + b"PAR1")
        await world.put("label.png", LABEL)
        yield world


async def test_a_preview_says_what_an_object_holds(world: PreviewsWorld) -> None:
    for key, compression in (("wine.csv", None), ("wine.csv.gz", "gzip")):
        answer = await world.get("preview", key=key)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert (shown["kind"], shown["rows"][0], shown["total"]) == ("table", ["riesling", 12], 3)
        assert shown["compression"] == compression
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"]


ENCODINGS = {"gzip": gzip.compress, "zstd": zstandard.compress, "br": brotli.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_an_object_that_is_stored_in_an_encoding_is_decoded(world: PreviewsWorld, encoding: str) -> None:
    key = f"stored-{encoding}.csv"
    await world.put(key, ENCODINGS[encoding](CSV), ContentEncoding=encoding)
    shown = (await world.get("preview", key=key)).json()
    assert (shown["kind"], shown["rows"][0], shown["total"]) == ("table", ["riesling", 12], 3)
    assert (await world.get("rows", key=key, sort="price", limit="1")).json()["rows"] == [["merlot", 9]]
    assert (await world.get("stats", key=key, columns="price")).json()["columns"][0]["max"] == 12
    picture = f"stored-{encoding}.png"
    await world.put(picture, ENCODINGS[encoding](LABEL), ContentEncoding=encoding)
    answer = await world.get("thumbnail", key=picture, size="100")
    assert Image.open(io.BytesIO(answer.content)).size == (100, 50)


@pytest.mark.parametrize("encoding", ["gzip", "br", "utf-8"])
async def test_an_encoding_that_the_content_does_not_have_changes_nothing(world: PreviewsWorld, encoding: str) -> None:
    await world.put(f"wrong-{encoding}.csv", CSV, ContentEncoding=encoding)
    assert (await world.get("preview", key=f"wrong-{encoding}.csv")).json()["total"] == 3


async def test_records_in_a_json_array_are_a_table_and_a_text(world: PreviewsWorld) -> None:
    records = [{"name": f"n{number}", "price": number} for number in range(500)]
    content = json.dumps(records, indent=1).encode()
    await world.put("records.json", content)
    shown = (await world.get("preview", key="records.json")).json()
    assert (shown["kind"], shown["format"], shown["total"]) == ("table", "json", 500)
    page = (await world.get("rows", key="records.json", sort="-price", limit="1")).json()
    assert (page["rows"], page["total"]) == ([["n499", 499]], 500)
    assert (await world.get("stats", key="records.json")).json()["total"] == 500
    text = (await world.get("preview", key="records.json", **{"as": "text"})).json()
    assert (text["kind"], text["language"], text["text"]) == ("text", "json", content.decode())


async def test_an_empty_object_is_an_empty_text(world: PreviewsWorld) -> None:
    shown = (await world.get("preview", key="empty.txt")).json()
    assert (shown["kind"], shown["text"], shown["size"]) == ("text", "", 0)


async def test_head_is_the_answer_without_its_body(world: PreviewsWorld) -> None:
    answer, head = await world.get("rows", key="wine.csv"), await world.get("rows", method="HEAD", key="wine.csv")
    assert (head.status_code, head.headers["content-type"]) == (200, "application/json")
    assert head.headers["content-length"] == str(len(answer.content))


async def test_rows_are_chosen_sorted_and_paged(world: PreviewsWorld) -> None:
    async def rows(**query: str) -> Any:
        answer = await world.get("rows", key="wine.csv", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    assert await rows(sort="-price", columns="name") == [["riesling"], ["silvaner"], ["merlot"]]
    assert await rows(columns='["price","name"]', offset="1", limit="1") == [[9, "merlot"]]
    assert await rows(where=json.dumps([["price", ">", 9], ["name", "!=", "riesling"]])) == [["silvaner", 10]]
    assert await rows(where=json.dumps([["name", "in", ["merlot"]]])) == [["merlot", 9]]


async def test_rows_come_as_arrow_for_those_who_ask_for_it(world: PreviewsWorld) -> None:
    headers = {"Authorization": f"Bearer {world.token()}", "Accept": ARROW}
    query = {"bucket": world.bucket, "key": "wine.csv"}
    answer = await world.client.get("/-/rows", params=query, headers=headers)
    assert (answer.headers["content-type"], answer.headers["vary"]) == (ARROW, "Accept")
    assert pa.ipc.open_stream(answer.content).read_all()["name"].to_pylist() == ["riesling", "merlot", "silvaner"]


async def test_statistics_describe_each_column(world: PreviewsWorld) -> None:
    found = (await world.get("stats", key="wine.csv")).json()
    price = next(column for column in found["columns"] if column["name"] == "price")
    assert (found["total"], price["count"], price["min"], price["max"]) == (3, 3, 9, 12)


async def test_a_thumbnail_keeps_the_shape_of_the_picture(world: PreviewsWorld) -> None:
    for size, expected in (("100", (100, 50)), ("w60h20", (40, 20))):
        answer = await world.get("thumbnail", key="label.png", size=size)
        assert answer.headers["content-type"].startswith("image/"), answer.text
        assert Image.open(io.BytesIO(answer.content)).size == expected


@pytest.mark.parametrize(
    ("operation", "query", "status", "slug"),
    [
        ("rows", {"key": "label.png"}, 422, "no_such_reader"),
        ("thumbnail", {"key": "wine.csv"}, 422, "no_such_reader"),
        ("rows", {"key": "damaged.parquet"}, 422, "unreadable"),
        ("rows", {"key": "wine.csv", "columns": "vintage"}, 422, "unreadable"),
        ("rows", {"key": "wine.csv", "limit": "1001"}, 422, "malformed"),
        ("rows", {"key": "wine.csv", "offset": "-1"}, 422, "malformed"),
        ("rows", {"key": "wine.csv", "where": "{"}, 400, "invalid"),
        ("rows", {"key": "wine.csv", "where": '[["a", "like", "b"]]'}, 400, "invalid"),
        ("thumbnail", {"key": "label.png", "size": "4000"}, 400, "invalid"),
        ("preview", {"key": "missing.csv"}, 404, "not_found"),
        ("preview", {"key": "wine.csv", "version_id": "nonsense"}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(
    world: PreviewsWorld, operation: str, query: dict[str, str], status: int, slug: str
) -> None:
    answer = await world.get(operation, **query)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_file_of_a_package_is_the_object_that_was_pushed(world: PreviewsWorld) -> None:
    await world.put("pushed.bin", CSV)
    world.package("amy/wine", "data/wine.csv", "pushed.bin", len(CSV))
    shown = (await world.get("preview", package="amy/wine", path="data/wine.csv")).json()
    assert (shown["kind"], shown["total"]) == ("table", 3)  # the name in the package chooses the reader
    assert world.registry.asked_entries[-1].revision == "latest"
    world.package("amy/wine", "replaced.csv", "pushed.bin", len(CSV) - 1)
    answer = await world.get("preview", package="amy/wine", path="replaced.csv")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/object_changed")


async def test_an_object_that_changes_while_it_is_read_is_a_conflict(world: PreviewsWorld) -> None:
    await world.put("changing.csv", CSV)
    requests, keys = world.resources.requests, world.keys
    make = requests.signed(ObjectName(world.bucket, "changing.csv"), keys)
    head = await requests.head(make)
    source = RangedObject(requests, make, head)
    assert await source.read(0, 4) == CSV[:4]
    await world.put("changing.csv", b"x" * len(CSV))
    with pytest.raises(AppError) as changed:
        await source.read(4, 4)
    assert (changed.value.status, changed.value.slug) == (409, "object_changed")


async def test_the_newest_content_is_shown_and_an_older_version_stays_readable(world: PreviewsWorld) -> None:
    await world.keep_versions(world.other)
    first = await world.put("v.txt", b"one", bucket=world.other)
    second = await world.put("v.txt", b"two", bucket=world.other)
    for version, text in ((first, "one"), (second, "two")):
        answer = await world.get("preview", "stranger", bucket=world.other, key="v.txt", version_id=version)
        assert answer.json()["text"] == text
    assert (await world.get("preview", "stranger", bucket=world.other, key="v.txt")).json()["text"] == "two"


@pytest.mark.parametrize(
    ("storage", "state"),
    [("GLACIER", "archived"), ("DEEP_ARCHIVE", "archived")],
)
async def test_an_archived_object_says_so(world: PreviewsWorld, storage: str, state: str) -> None:
    await world.put(f"{storage}.csv", CSV, StorageClass=storage)
    answer = await world.get("preview", key=f"{storage}.csv")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/archived")
    assert (problem["storage_class"], problem["state"]) == (storage, state)


async def test_expensive_requests_are_limited_and_answers_from_memory_are_not(aws: Aws) -> None:
    rates = RateSettings(user_per_second=0.001, user_burst=2)
    async with opened(aws, FakeAuth(), rates=rates) as world:
        for key in ("a.txt", "b.txt", "c.txt"):
            await world.put(key, key.encode())
        assert [(await world.get("preview", key=key)).status_code for key in ("a.txt", "b.txt", "c.txt")] == [
            200,
            200,
            429,
        ]
        assert [(await world.get("preview", key="a.txt")).status_code for _ in range(5)] == [200] * 5


async def test_without_sts_the_proxy_reads_with_its_own_keys_what_the_role_permits(aws: Aws) -> None:
    async with opened(aws, FakeAuth(), sts=False) as world:
        await world.put("a.txt", b"riesling")
        await world.put("b.txt", b"secret", bucket=world.other)
        assert (await world.get("preview", key="a.txt")).json()["text"] == "riesling"
        assert (await world.get("preview", bucket=world.other, key="b.txt")).status_code == 404
        assert not world.auth.vended_for


async def test_answers_that_took_long_are_kept_in_the_service_bucket(aws: Aws) -> None:
    async with aws.root("s3") as s3:
        await s3.create_bucket(Bucket="previews-service")
    async with opened(aws, FakeAuth(), service_bucket="previews-service") as world:
        await world.put("wine.csv", CSV)
        first = await world.get("stats", key="wine.csv")  # the start of a worker takes long
        async with aws.root("s3") as s3:
            (stored,) = (await s3.list_objects_v2(Bucket="previews-service", Prefix="previews/"))["Contents"]
            body = await (await s3.get_object(Bucket="previews-service", Key=stored["Key"]))["Body"].read()
        assert json.loads(body) == first.json()
        other = StoredAnswers(world.resources.requests, "previews-service", ChainedKeys(aws.settings))
        replica = world.resources.previews.cache = PreviewCache(1 << 20, other)
        assert (await world.get("stats", key="wine.csv")).json() == first.json()
        assert replica.results == {"bucket": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[1]",
        '[["a"]]',
        '[["a", "="]]',
        '[["a", "=", [1]]]',
        '[["a", "in", 1]]',
        '[["a", "in", [[1]]]]',
        '[[1, "=", 1]]',
        '[["a", "=", {"b": 1}]]',
        '[["a", "null", 1]]',
        "[" * 100_000,
        json.dumps([["a", "=", 1]] * (MAX_CONDITIONS + 1)),
    ],
)
def test_conditions_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_conditions(text)


def test_conditions_and_names_are_read_as_they_stand() -> None:
    text = (
        '[["a", "=", 1], ["b", "in", ["x", null]], ["c", "null"], ["d", "null", false], ["e", "contains", "\\u00e9"]]'
    )
    assert parse_conditions(text) == [
        ("a", "=", 1),
        ("b", "in", ["x", None]),
        ("c", "null", True),
        ("d", "null", False),
        ("e", "contains", "é"),
    ]
    assert parse_names("columns", "a,-b,") == ["a", "-b"]
    assert parse_names("columns", '["a,b", "[c]"]') == ["a,b", "[c]"]
    assert (parse_size("7"), parse_size("w2048h1")) == ((7, 7), (2048, 1))
    for wrong in ("0", "2049", "w1", "1x1", "-1", "w0h5", "²"):
        with pytest.raises(Invalid):
            parse_size(wrong)
