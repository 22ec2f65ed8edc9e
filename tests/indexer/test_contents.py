"""Contents of objects that are searched: by the rules of their bucket, and decompressed."""

import gzip
import json

from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld

TEXTS = "SELECT key, text FROM object ORDER BY key"


async def put_files(stage: IndexWorld) -> None:
    for key in ("README", "a.csv", "b.fasta", "c.fasta.gz", "d.png"):
        body = f"text of {key} " + "x" * 100
        await stage.put(key, gzip.compress(body.encode()) if key.endswith(".gz") else body)
    await stage.work_off_queue()


async def texts(stage: IndexWorld) -> dict[str, str]:
    await stage.worker.buckets.sync_registered()
    await stage.worker.reading.read_all()
    return {str(key): str(text).removesuffix("x" * 100).strip() for key, text in await stage.rows(TEXTS) if text}


async def test_a_change_of_a_buckets_extensions_and_bytes_is_applied_to_the_objects_that_it_has(
    stage: IndexWorld,
) -> None:
    await put_files(stage)
    assert await texts(stage) == {"README": "text of README", "a.csv": "text of a.csv"}
    stage.registry.file_extensions_to_index = [".fasta"]
    assert await texts(stage) == {
        "README": "text of README",
        "b.fasta": "text of b.fasta",
        "c.fasta.gz": "text of c.fasta.gz",
    }
    assert await stage.found("object", "csv:D") == []
    stage.registry.index_content_bytes = 9
    assert await texts(stage) == {"README": "text of R", "b.fasta": "text of b", "c.fasta.gz": "text of c"}
    stage.registry.file_extensions_to_index = []
    assert await texts(stage) == {}
    stage.registry.file_extensions_to_index = stage.registry.index_content_bytes = None
    assert await texts(stage) == {"README": "text of README", "a.csv": "text of a.csv"}
    before = stage.s3.calls
    await texts(stage)
    assert stage.s3.calls == before


async def test_the_bytes_of_a_bucket_may_be_more_than_the_default(stage: IndexWorld) -> None:
    stage.registry.index_content_bytes = 10 << 20
    words = "".join(f"word{number} " for number in range(200_000))
    for key in ("large.txt", "larger.txt", "small.txt"):
        await stage.put(key, f"{words}last" if key != "small.txt" else "small")
    await stage.put("largest.txt", "x" * (10 << 20) + "cut off")
    await stage.work_off_queue()
    rows = await stage.rows("SELECT key, length(text), right(text, 4) FROM object ORDER BY key")
    whole = len(words) + 4
    expected = [
        ("large.txt", whole, "last"),
        ("larger.txt", whole, "last"),
        ("largest.txt", 10 << 20, "xxxx"),
        ("small.txt", 5, "mall"),
    ]
    assert rows == expected


async def test_events_follow_the_rules_of_their_bucket(stage: IndexWorld) -> None:
    stage.registry.file_extensions_to_index = [".png"]
    await put_files(stage)
    assert await texts(stage) == {"README": "text of README", "d.png": "text of d.png"}


async def test_what_is_stored_with_a_content_encoding_is_found_by_its_text(stage: IndexWorld) -> None:
    bodies = {
        "enc/small.csv": gzip.compress(b"a,b\n1,2\n3,zqgzword\n"),
        "enc/small.json": gzip.compress(b'{"a": "zqgzjson"}'),
        "wrong.csv": b"a,zqwrong\n",
    }
    for key, body in bodies.items():
        await stage.put(key, body)
        stage.s3.encode(BUCKET, key, "UTF-8" if key == "wrong.csv" else "gzip")
    await stage.put("packed.csv.gz", gzip.compress(b"zqpacked"))
    notebook = {
        "cells": [{"source": ["# zqcell\n"], "outputs": [{"text": "zqoutput"}, {"data": {"image/png": "zqno"}}]}]
    }
    await stage.put("a.ipynb", json.dumps(notebook))
    await stage.put("a.html", "<p>zqpage</p><script>zqno</script>")
    await stage.work_off_queue()
    found = {
        word: await stage.found("object", f"{word}:D")
        for word in ("zqgzword", "zqgzjson", "zqwrong", "zqpacked", "zqcell", "zqoutput", "zqpage", "zqno")
    }
    assert found == {
        "zqgzword": ["enc/small.csv"],
        "zqgzjson": ["enc/small.json"],
        "zqwrong": ["wrong.csv"],
        "zqpacked": ["packed.csv.gz"],
        "zqcell": ["a.ipynb"],
        "zqoutput": ["a.ipynb"],
        "zqpage": ["a.html"],
        "zqno": [],
    }


async def test_a_readme_that_gzip_holds_is_found_by_its_text(stage: IndexWorld) -> None:
    await stage.put("amy/wine/README.md", gzip.compress(b"# About zqgzmd"))
    stage.s3.encode(BUCKET, "amy/wine/README.md", "gzip")
    await stage.push("amy/wine", "1785312000", *manifest(entry("README.md", at=f"s3://{BUCKET}/amy/wine/README.md")))
    await stage.work_off_queue()
    assert await stage.found("package", "zqgzmd") == ["amy/wine"]
