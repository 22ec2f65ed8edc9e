"""Run by the tools' own Python: `s3_acts.py NAME` reads packages as an S3 endpoint with one library, and checks each answer.

On standard input, as JSON: `endpoint`, `bucket`, `prefix`, `files` (logical key: [size, SHA-256]), `large`, `csv`, `rows`.
The AWS_* variables have the credentials. What was done and the library's version are printed, as JSON.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def sha256(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()


class Given:
    def __init__(self, given: dict[str, Any]) -> None:
        self.endpoint: str = given["endpoint"]
        self.bucket: str = given["bucket"]
        self.prefix: str = given["prefix"]
        self.files: dict[str, list[Any]] = given["files"]
        self.large: str = given["large"]
        self.csv: str = given["csv"]
        self.rows: int = given["rows"]
        self.region = os.environ["AWS_REGION"]
        self.host = self.endpoint.split("://")[1]
        self.keys = sorted((self.prefix + key for key in self.files), key=lambda key: key.encode())
        self.sizes = {self.prefix + key: size for key, (size, _) in self.files.items()}

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def check(self, key: str, content: Any) -> None:
        size, digest = self.files[key]
        assert len(content) == size, f"{key}: {len(content)} bytes, not {size}"
        assert sha256(content) == digest, f"{key}: other bytes"

    def check_sizes(self, found: dict[str, int]) -> None:
        """`found`: sizes by whole key."""
        absent, strange = sorted(self.sizes.keys() - found.keys()), sorted(found.keys() - self.sizes.keys())
        assert (absent, strange) == ([], []), f"not listed: {absent}; listed and not there: {strange}"
        assert found == self.sizes

    def children(self, below: str = "") -> tuple[list[str], list[str]]:
        """Files and folders directly below, by whole key."""
        rest = [(key, key[len(self.prefix + below) :]) for key in self.keys if key.startswith(self.prefix + below)]
        files = [key for key, name in rest if "/" not in name]
        folders = sorted({f"{self.prefix}{below}{name.split('/')[0]}/" for _, name in rest if "/" in name})
        return files, folders


def act_boto3(given: Given) -> list[str]:
    client = _boto3_client(given)
    for operation in ("list_objects_v2", "list_objects"):
        pages = client.get_paginator(operation)
        for size in (1000, 7, 1):
            found = [
                item
                for page in pages.paginate(
                    Bucket=given.bucket, Prefix=given.prefix, PaginationConfig={"PageSize": size}
                )
                for item in page.get("Contents", [])
            ]
            assert [item["Key"] for item in found] == given.keys, f"{operation} in pages of {size}"
            assert {item["Key"]: item["Size"] for item in found} == given.sizes
    _list_folders(given, client)
    _read_objects(given, client)
    with TemporaryDirectory() as folder:
        target = Path(folder, "large")
        client.download_file(given.bucket, given.prefix + given.large, str(target))
        given.check(given.large, target.read_bytes())
    return [
        "list_objects_v2 and list_objects in pages of 1,000, 7 and 1",
        "delimiter, StartAfter, prefixes",
        "head_object, get_object, ranges, conditions, errors",
        "download_file in parallel parts",
    ]


def _boto3_client(given: Given) -> Any:
    config = import_module("botocore.config").Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return import_module("boto3").client("s3", endpoint_url=given.endpoint, config=config)


def status_of(call: Callable[..., Any], **parameters: Any) -> int:
    """HTTP status of an answer that is an error; 200 if it is none."""
    try:
        call(**parameters)
    except import_module("botocore.exceptions").ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 200


def _list_folders(given: Given, client: Any) -> None:
    for operation in ("list_objects_v2", "list_objects"):
        for size in (1000, 3, 1):
            pages = client.get_paginator(operation).paginate(
                Bucket=given.bucket, Prefix=given.prefix, Delimiter="/", PaginationConfig={"PageSize": size}
            )
            files, folders = [], []
            for page in pages:
                files += [item["Key"] for item in page.get("Contents", [])]
                folders += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
            assert (files, folders) == given.children(), f"{operation} with a delimiter, in pages of {size}"
    for after in [given.prefix + "a", *given.keys[::5], given.keys[-1]]:
        page = client.list_objects_v2(Bucket=given.bucket, Prefix=given.prefix, StartAfter=after)
        expected = [key for key in given.keys if key.encode() > after.encode()]
        assert [item["Key"] for item in page.get("Contents", [])] == expected, f"StartAfter={after!r}"
    for part in ("a", "a/", "a-", "emoji", "percent/1", "samples/000", "none"):
        page = client.list_objects_v2(Bucket=given.bucket, Prefix=given.prefix + part)
        expected = [key for key in given.keys if key.startswith(given.prefix + part)]
        assert [item["Key"] for item in page.get("Contents", [])] == expected, f"Prefix={part!r}"


def _read_objects(given: Given, client: Any) -> None:
    for key, (size, _) in given.files.items():
        where = {"Bucket": given.bucket, "Key": given.prefix + key}
        head = client.head_object(**where)
        answer = client.get_object(**where)
        given.check(key, answer["Body"].read())
        assert head["ContentLength"] == size
        assert head["ETag"] == answer["ETag"], key
    where = {"Bucket": given.bucket, "Key": given.prefix + given.large}
    whole = client.get_object(**where)["Body"].read()
    for asked, expected in (
        ("bytes=0-0", whole[:1]),
        ("bytes=1000-2000", whole[1000:2001]),
        ("bytes=-17", whole[-17:]),
        (f"bytes={len(whole) - 5}-", whole[-5:]),
    ):
        answer = client.get_object(**where, Range=asked)
        assert answer["Body"].read() == expected, asked
        assert answer["ContentRange"].endswith(f"/{len(whole)}"), asked
    tag = client.head_object(**where)["ETag"]
    for call, status in (
        (lambda: client.get_object(**where, Range=f"bytes={len(whole)}-"), 416),
        (lambda: client.get_object(**where, IfNoneMatch=tag), 304),
        (lambda: client.get_object(**where, IfMatch='"0"'), 412),
        (lambda: client.head_object(Bucket=given.bucket, Key=given.prefix + "none"), 404),
        (lambda: client.get_object(Bucket=given.bucket, Key=given.prefix + "none"), 404),
    ):
        assert status_of(call) == status


def act_boto3_writes(given: Given) -> list[str]:
    """Only for an endpoint that is read: every write is refused, and nothing changes."""
    client = _boto3_client(given)
    where = {"Bucket": given.bucket, "Key": given.prefix + "README.md"}
    writes: dict[str, dict[str, Any]] = {
        "put_object": {**where, "Body": b"x"},
        "delete_object": where,
        "create_multipart_upload": where,
        "copy_object": {**where, "CopySource": f"{given.bucket}/{given.prefix}a.txt"},
        "delete_objects": {"Bucket": given.bucket, "Delete": {"Objects": [{"Key": where["Key"]}]}},
        "put_object_tagging": {**where, "Tagging": {"TagSet": []}},
        "create_bucket": {"Bucket": "a-new-bucket"},
        "delete_bucket": {"Bucket": given.bucket},
    }
    for name, parameters in writes.items():
        status = status_of(getattr(client, name), **parameters)
        assert status in {403, 405}, f"{name}: {status}"
    given.check("README.md", client.get_object(**where)["Body"].read())
    return ["writes, deletions and copies are refused"]


def act_s3fs(given: Given) -> list[str]:
    files = import_module("s3fs").S3FileSystem(endpoint_url=given.endpoint)
    root = f"{given.bucket}/{given.prefix}"
    found = files.find(root.rstrip("/"), detail=True)
    given.check_sizes({path.split("/", 1)[1]: item["size"] for path, item in found.items()})
    here, folders = given.children()
    listed = sorted(item["name"].split("/", 1)[1] for item in files.ls(root.rstrip("/"), detail=True))
    assert listed == sorted([*here, *(name.rstrip("/") for name in folders)])
    for key in given.files:
        given.check(key, files.cat_file(root + key))
        assert files.info(root + key)["size"] == given.files[key][0]
    with files.open(root + given.large, block_size=1 << 20) as file:
        file.seek(10_000_000)
        part = file.read(1000)
    assert part == files.cat_file(root + given.large, start=10_000_000, end=10_001_000)
    with TemporaryDirectory() as folder:
        files.get(root.rstrip("/"), folder + "/all", recursive=True)
        for key in given.files:
            given.check(key, Path(folder, "all", key).read_bytes())
    assert not files.exists(root + "none")
    assert files.isdir(root + "a")
    assert [len(files.glob(f"{root}tables/*.parquet")), len(files.glob(f"{root}**/z"))] == [2, 1]
    return ["find, ls, glob, info, exists", "cat_file, open and seek", "get(recursive=True)"]


def act_fsspec(given: Given) -> list[str]:
    fsspec = import_module("fsspec")
    options = {"endpoint_url": given.endpoint}
    for key in (given.csv, "empty.dat", "a-b"):
        with fsspec.open(given.url(key), **options) as file:
            given.check(key, file.read())
    mapper = fsspec.get_mapper(given.url("").rstrip("/"), **options)
    assert sorted(mapper) == sorted(given.files)
    return ["open by s3:// address", "get_mapper"]


def act_obstore(given: Given) -> list[str]:
    obstore = import_module("obstore")
    store = import_module("obstore.store").S3Store(
        given.bucket, endpoint=given.endpoint, region=given.region, client_options={"allow_http": True}
    )
    found = {item["path"]: item["size"] for batch in obstore.list(store, given.prefix) for item in batch}
    given.check_sizes(found)
    here = obstore.list_with_delimiter(store, given.prefix.rstrip("/"))
    files, folders = given.children()
    assert sorted(item["path"] for item in here["objects"]) == sorted(files)
    assert sorted(here["common_prefixes"]) == sorted(name.rstrip("/") for name in folders)
    for key in given.files:
        given.check(key, bytes(obstore.get(store, given.prefix + key).bytes()))
        assert obstore.head(store, given.prefix + key)["size"] == given.files[key][0]
    large = given.prefix + given.large
    whole = bytes(obstore.get(store, large).bytes())
    parts = obstore.get_ranges(store, large, starts=[0, 5_000_000, 19_999_000], lengths=[10, 1000, 1003])
    assert [bytes(part) for part in parts] == [whole[:10], whole[5_000_000:5_001_000], whole[19_999_000:]]
    return ["list, list_with_delimiter, head", "get, get_ranges"]


def act_pyarrow(given: Given) -> list[str]:
    fs = import_module("pyarrow.fs")
    dataset = import_module("pyarrow.dataset")
    files = fs.S3FileSystem(endpoint_override=given.host, scheme="http", region=given.region)
    root = f"{given.bucket}/{given.prefix}"
    found = files.get_file_info(fs.FileSelector(root.rstrip("/"), recursive=True))
    given.check_sizes({item.path.split("/", 1)[1]: item.size for item in found if item.is_file})
    for key in given.files:
        with files.open_input_file(root + key) as file:
            given.check(key, file.read())
    for kind, below in (("parquet", "tables/part-0.parquet"), ("parquet", "tables/part-1.parquet"), ("csv", given.csv)):
        table = dataset.dataset(root + below, format=kind, filesystem=files)
        assert table.count_rows() == (given.rows if kind == "csv" else given.rows // 2)
    parts = [root + f"tables/part-{number}.parquet" for number in (0, 1)]
    filtered = dataset.dataset(parts, format="parquet", filesystem=files).to_table(
        columns=["id"], filter=dataset.field("id") >= given.rows - 10
    )
    assert filtered["id"].to_pylist() == list(range(given.rows - 10, given.rows))
    return ["get_file_info(recursive)", "open_input_file", "dataset of Parquet with a filter, dataset of CSV"]


def act_duckdb(given: Given) -> list[str]:
    duckdb = import_module("duckdb").connect()
    extension = import_module("duckdb_extensions")
    extension.import_extension("httpfs", con=duckdb)
    duckdb.execute("LOAD httpfs")
    duckdb.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{os.environ['AWS_ACCESS_KEY_ID']}', SECRET '{os.environ['AWS_SECRET_ACCESS_KEY']}', "
        f"SESSION_TOKEN '{os.environ.get('AWS_SESSION_TOKEN', '')}', REGION '{given.region}', "
        f"ENDPOINT '{given.host}', URL_STYLE 'path', USE_SSL false)"
    )
    one = duckdb.execute("SELECT count(*), min(id), max(id) FROM read_parquet(?)", [given.url("tables/*.parquet")])
    assert one.fetchone() == (given.rows, 0, given.rows - 1)
    some = duckdb.execute("SELECT sum(id) FROM read_parquet(?) WHERE id < 100", [given.url("tables/part-0.parquet")])
    assert some.fetchone() == (4950,)
    rows = duckdb.execute("SELECT count(*) FROM read_csv(?)", [given.url(given.csv)]).fetchone()
    assert rows == (given.rows,)
    globbed = duckdb.execute("SELECT file FROM glob(?)", [given.url("**")]).fetchall()
    names = sorted(name for (name,) in globbed)
    assert names == sorted(f"s3://{given.bucket}/{key}" for key in given.keys), names
    text = duckdb.execute("SELECT content FROM read_text(?)", [given.url("with space/and + plus.txt")]).fetchone()
    given.check("with space/and + plus.txt", text[0].encode())
    return ["read_parquet with a pattern, read_csv", "glob over all names", "read_text of a name with spaces"]


def act_pandas(given: Given) -> list[str]:
    pandas = import_module("pandas")
    options = {"endpoint_url": given.endpoint}
    table = pandas.read_parquet(given.url("tables/part-1.parquet"), storage_options=options)
    assert [len(table), int(table.id.max())] == [given.rows // 2, given.rows - 1]
    rows = pandas.read_csv(given.url(given.csv), storage_options=options)
    assert [len(rows), rows.city.nunique()] == [given.rows, 7]
    return ["read_parquet and read_csv by s3:// address"]


def act_polars(given: Given) -> list[str]:
    polars = import_module("polars")
    options = {
        "aws_endpoint_url": given.endpoint,
        "aws_region": given.region,
        "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": os.environ.get("AWS_SESSION_TOKEN"),
        "aws_allow_http": "true",
    }
    options = {name: value for name, value in options.items() if value}
    scan = polars.scan_parquet(given.url("tables/*.parquet"), storage_options=options)
    assert scan.filter(polars.col("id") < 10).collect()["id"].to_list() == list(range(10))
    assert scan.select(polars.len()).collect().item() == given.rows
    rows = polars.scan_csv(given.url(given.csv), storage_options=options).collect()
    assert rows.height == given.rows
    return ["scan_parquet with a pattern and a filter, scan_csv"]


ACTS: dict[str, Callable[[Given], list[str]]] = {
    name.removeprefix("act_"): value for name, value in globals().copy().items() if name.startswith("act_")
}

if __name__ == "__main__":
    named = sys.argv[1]
    did = ACTS[named](Given(json.load(sys.stdin)))
    made = {"version": version(named.removesuffix("_writes")), "did": did}
    sys.stdout.write(json.dumps(made) + "\n")
