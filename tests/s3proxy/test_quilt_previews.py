"""Previews in the forms that Quilt's web catalogs of 2020, 2022 and 2026 ask for."""

import base64
import bz2
import csv
import gzip
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from PIL import Image
from support.data.signing import Key
from support.worlds.previews_world import PreviewsWorld, opened
from support.worlds.servers import Aws

from s3proxy.services.previews.html import harmless
from s3proxy.services.previews.quilt_answers import picture_size
from shared.testing.auth import FakeAuth

CORPUS = Path(__file__).parents[1] / "readers" / "corpus"
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": "# Wine <b>"},
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 7,
            "source": "print('<i>')",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "a & b"},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {
                        "text/html": "<table onclick='x'><tr><td colspan='2'>cell</td></tr></table><script>alert(1)</script>"
                    },
                },
            ],
        },
    ],
}


def parquet(rows: int) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table({"n": range(rows), "name": [f"r {n}" for n in range(rows)]}), made)
    return made.getvalue()


def picture(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 128, np.uint8)).save(made, "PNG")
    return made.getvalue()


def workbook() -> bytes:
    """The least that is an Excel file."""
    main, relations = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def text(place: str, value: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'

    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Wines" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1">{text("A1", "variety")}{text("B1", "price")}</row>'
        f'<row r="2">{text("A2", "riesling")}<c r="B2"><v>12</v></c></row></sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture(scope="module")
async def world(aws: Aws) -> AsyncIterator[PreviewsWorld]:
    async with opened(aws, FakeAuth()) as world:
        world.vend_root()
        await world.put("wine.csv", b"variety,price\nriesling,12\nmerlot,9\n")
        await world.put("wine.xlsx", workbook())
        await world.put("wine.parquet", parquet(3_000))
        await world.put("wine.jsonl", b'{"a": 1, "b": [1, 2]}\n{"a": 2, "b": null}\n')
        await world.put("label.png", picture(400, 200))
        await world.put("notes.ipynb", json.dumps(NOTEBOOK).encode())
        await world.put("film.mp4", b"\0\0\0\x18ftypmp42")
        await world.put("film.avi", b"RIFF\0\0\0\0AVI ")
        yield world


async def ask(world: PreviewsWorld, what: str, key: str, **query: str) -> httpx.Response:
    url = world.presigned(key)
    named = "&".join(f"{name}={quote(value, safe='')}" for name, value in {"url": url, **query}.items())
    return await world.client.get(f"/lambda/{what}?{named}")


def rows_of(answer: httpx.Response) -> list[list[str]]:
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return list(csv.reader(io.StringIO(answer.text)))


def info_of(answer: httpx.Response) -> Any:
    assert "X-Quilt-Info" in answer.headers["access-control-expose-headers"]
    return json.loads(answer.headers["x-quilt-info"])


@pytest.mark.parametrize("kind", ["csv", "excel"])
async def test_a_table_is_shown_as_html(world: PreviewsWorld, kind: str) -> None:
    key = {"csv": "wine.csv", "excel": "wine.xlsx"}[kind]
    shown = (await ask(world, "preview", key, input=kind)).json()
    assert "<th>variety</th>" in shown["html"]
    assert "<td>riesling</td>" in shown["html"]
    assert "12" in shown["html"]


async def test_a_parquet_file_is_shown_with_what_its_footer_says(world: PreviewsWorld) -> None:
    info = (await ask(world, "preview", "wine.parquet", input="parquet")).json()["info"]
    assert (info["num_row_groups"], info["schema"], info["shape"]) == (1, {"names": ["n", "name"]}, [3_000, 2])
    assert "parquet-cpp" in info["created_by"]
    assert info["note"]


async def test_a_notebook_is_shown_without_anything_that_runs(world: PreviewsWorld) -> None:
    html = (await ask(world, "preview", "notes.ipynb", input="ipynb")).json()["html"]
    assert "# Wine &lt;b&gt;" in html
    assert "In&nbsp;[7]:" in html
    assert "print(&#x27;&lt;i&gt;&#x27;)" in html
    assert '<table><tr><td colspan="2">cell</td></tr></table>' in html
    assert "a &amp; b" in html
    for danger in ("script", "onclick", "alert"):
        assert danger not in html
    bare = (await ask(world, "preview", "notes.ipynb", input="ipynb", exclude_output="true")).json()
    assert "cell</td>" not in bare["html"]
    assert bare["info"]["warnings"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p style='x'>a<br/>b</p>", "<p>a<br>b</p>"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<a href='javascript:alert(1)'>a</a>", "a"),
        ("<style>p{}</style><svg><p>x</p></svg>y", "y"),
        ("<td colspan='2\" onload=x'>", "<td>"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<<script>script>alert(1)</script>", "&lt;"),
        ("<p", "&lt;p"),
    ],
)
def test_html_of_others_keeps_only_what_lays_out_text(given: str, kept: str) -> None:
    assert harmless(given) == kept


async def test_rows_of_texts_come_as_arrow(world: PreviewsWorld) -> None:
    columns = {"n": range(3_000), "name": [f"r {n}" for n in range(3_000)], "day": ["2026-11-30"] * 3_000}
    for kind, separator in (("csv", ","), ("tsv", "\t")):
        lines = [
            separator.join(columns),
            *(separator.join(map(str, row)) for row in zip(*columns.values(), strict=True)),
        ]
        await world.put(f"long.{kind}", "\n".join(lines).encode())
        answer = await ask(world, "tabular-preview", f"long.{kind}", input=kind, size="small")
        assert answer.headers["content-type"] == "application/vnd.apache.arrow.file"
        found = pa.ipc.open_file(answer.content).read_all()
        assert [str(field.type) for field in found.schema] == ["int64", "string", "date32[day]"]
        assert (found.num_rows, found["name"][999].as_py(), info_of(answer)) == (1_000, "r 999", {"truncated": True})
        whole = await ask(world, "tabular-preview", f"long.{kind}", input=kind, size="medium")
        assert pa.ipc.open_file(whole.content).read_all()["n"].to_pylist() == list(columns["n"])
        assert info_of(whole) == {"truncated": False}
        assert len(whole.content) < 500_000


async def test_a_file_of_arrow_is_cut_to_its_bytes(world: PreviewsWorld) -> None:
    await world.put("wide.csv", b"a,b\n" + b"".join(b"%d,%s\n" % (n, b"x" * 1_000) for n in range(1_000)))
    answer = await ask(world, "tabular-preview", "wide.csv", input="csv", size="small")
    assert info_of(answer) == {"truncated": True}
    assert 0 < pa.ipc.open_file(answer.content).read_all().num_rows < 1_000


@pytest.mark.parametrize("kind", ["excel", "parquet", "jsonl"])
async def test_rows_come_as_csv(world: PreviewsWorld, kind: str) -> None:
    key = {"excel": "wine.xlsx", "parquet": "wine.parquet", "jsonl": "wine.jsonl"}[kind]
    answer = await ask(world, "tabular-preview", key, input=kind, size="small")
    rows, info = rows_of(answer), info_of(answer)
    expected = {
        "excel": ["riesling", "12"],
        "parquet": ["0", "r 0"],
        "jsonl": ["1", "[1, 2]"],
    }
    assert rows[1] == expected[kind]
    assert info["truncated"] is (kind == "parquet")
    if kind == "parquet":
        assert len(rows) == 1_001
        assert info["meta"]["shape"] == [3_000, 2]
        assert rows[-1] == ["999", "r 999"]
        more = await ask(world, "tabular-preview", key, input=kind, size="medium")
        assert rows_of(more)[-1] == ["2999", "r 2999"]
        assert (len(rows_of(more)), info_of(more)["truncated"]) == (3_001, False)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br"])
async def test_an_object_that_is_stored_in_an_encoding_is_shown(world: PreviewsWorld, encoding: str) -> None:
    pack = {"gzip": gzip.compress, "zstd": zstandard.compress, "br": brotli.compress}[encoding]
    content = b"variety,price\nriesling,12\nmerlot,9\n"
    await world.put(f"{encoding}.csv", pack(content), ContentEncoding=encoding)
    assert "<td>riesling</td>" in (await ask(world, "preview", f"{encoding}.csv", input="csv")).json()["html"]
    text = (await ask(world, "preview", f"{encoding}.csv", input="txt", line_count="2")).json()
    assert text["info"]["data"]["head"] == ["variety,price", "riesling,12"]
    await world.put(f"{encoding}.png", pack(picture(400, 200)), ContentEncoding=encoding)
    answer = await ask(world, "thumbnail", f"{encoding}.png", size="w64h64")
    assert Image.open(io.BytesIO(answer.content)).size == (64, 32)


async def test_lines_of_a_text_that_is_compressed_by_bzip2_are_shown(world: PreviewsWorld) -> None:
    await world.put("lines.txt.bz2", bz2.compress(b"a\nb\nc\n"))
    shown = (await ask(world, "preview", "lines.txt.bz2", input="txt", compression="bz2", line_count="2")).json()
    assert shown["info"]["data"]["head"] == ["a", "b"]


async def test_a_thumbnail_fits_into_the_size(world: PreviewsWorld) -> None:
    answer = await ask(world, "thumbnail", "label.png", size="w64h64")
    assert answer.headers["content-type"].startswith("image/")
    assert info_of(answer)["thumbnail_size"] == [64, 32]
    assert Image.open(io.BytesIO(answer.content)).size == (64, 32)
    described = (await ask(world, "thumbnail", "label.png", size="w64h64", output="json")).json()
    assert described["info"]["original_size"] == [200, 400, 3]
    assert base64.b64decode(described["thumbnail"]) == answer.content


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ("w32h32", (32, 16)),
        ("w64h64", (64, 32)),
        ("w128h128", (128, 64)),
        ("w256h256", (256, 128)),
        ("w480h320", (400, 200)),
        ("w640h480", (400, 200)),
        ("w960h640", (400, 200)),
        ("w1024h768", (400, 200)),
        ("w2048h1536", (400, 200)),
    ],
)
async def test_each_size_of_the_catalogs_is_offered_and_no_picture_is_enlarged(
    world: PreviewsWorld, size: str, shown: tuple[int, int]
) -> None:
    answer = await ask(world, "thumbnail", "label.png", size=size)
    assert Image.open(io.BytesIO(answer.content)).size == shown
    assert info_of(answer)["thumbnail_size"] == list(shown)


async def test_pages_of_a_document_are_counted_and_as_wide_as_asked_for(world: PreviewsWorld) -> None:
    await world.put("pages.pdf", (CORPUS / "documents" / "pdflatex-outline.pdf").read_bytes())
    first = await ask(world, "thumbnail", "pages.pdf", size="w256h256", input="pdf", countPages="true")
    info = info_of(first)
    assert info["page_count"] > 1
    assert info["thumbnail_size"][0] == 256
    assert info["thumbnail_size"][1] > 256
    assert Image.open(io.BytesIO(first.content)).size == tuple(info["thumbnail_size"])
    last = await ask(world, "thumbnail", "pages.pdf", size="w256h256", input="pdf", page=str(info["page_count"]))
    assert "page_count" not in info_of(last)
    assert last.content != first.content
    beyond = await ask(world, "thumbnail", "pages.pdf", size="w256h256", input="pdf", page=str(info["page_count"] + 1))
    assert (beyond.status_code, beyond.json()["type"]) == (422, "/problems/unreadable")


async def test_slides_are_counted_and_drawn(world: PreviewsWorld) -> None:
    await world.put("talk.pptx", (CORPUS / "documents" / "sld-notes.pptx").read_bytes())
    slide = await ask(world, "thumbnail", "talk.pptx", size="w256h256", input="pptx", page="1", countPages="true")
    assert info_of(slide)["page_count"] == 2
    assert Image.open(io.BytesIO(slide.content)).size == tuple(info_of(slide)["thumbnail_size"]) == (256, 192)


async def test_annotations_of_annotated_data_come_as_arrow(world: PreviewsWorld) -> None:
    await world.put("iris.h5ad", (CORPUS / "science" / "iris.h5ad").read_bytes())
    answer = await ask(world, "tabular-preview", "iris.h5ad", input="h5ad", size="small")
    assert pa.ipc.open_file(answer.content).read_all()["_index"].to_pylist() == [
        "sepalLength",
        "sepalWidth",
        "petalLength",
        "petalWidth",
    ]
    meta = info_of(answer)["meta"]
    assert (meta["n_cells"], meta["n_genes"], meta["h5ad_var_keys"]) == (50, 4, ["mean", "unit"])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_size_of_a_picture_is_in_its_beginning(form: str) -> None:
    for mode, options in (("RGB", {}), ("RGB", {"lossless": True}), ("RGBA", {})):
        if form == "JPEG" and mode == "RGBA":
            continue
        made = io.BytesIO()
        Image.new(mode, (321, 123)).save(made, form, **options)
        assert picture_size(f"image/{form.lower()}", made.getvalue()) == (321, 123)
        assert picture_size(f"image/{form.lower()}", made.getvalue()[:11]) == (0, 0)


async def test_media_that_browsers_play_are_redirected_to(world: PreviewsWorld) -> None:
    answer = await ask(world, "transcode", "film.mp4", format="video/mp4", width="640")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"/{world.bucket}.s3.us-east-1.amazonaws.com/film.mp4?X-Amz-")
    refused = await ask(world, "transcode", "film.avi", format="video/mp4")
    assert (refused.status_code, refused.json()["error"]) == (422, "This is not offered for files of this kind")


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("preview", {"input": "csv", "line_count": "0"}),
        ("preview", {"input": "csv", "compression": "zip"}),
        ("preview", {"input": "csv", "sep": "abc"}),
        ("tabular-preview", {"input": "csv", "size": "huge"}),
        ("tabular-preview", {"input": "png"}),
        ("thumbnail", {"size": "w1h1"}),
        ("thumbnail", {"size": "w64h64", "input": "pdf", "page": "0"}),
        ("transcode", {"format": "video/avi"}),
    ],
)
async def test_arguments_that_no_catalog_sends_are_refused(
    world: PreviewsWorld, what: str, query: dict[str, str]
) -> None:
    answer = await ask(world, what, "wine.csv", **query)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid")


@pytest.mark.parametrize("what", ["preview?input=csv", "tabular-preview?input=csv", "thumbnail?size=w64h64"])
async def test_the_store_decides_on_the_signature(world: PreviewsWorld, what: str) -> None:
    forged = Key(world.root.access_key_id, "guessed", None).presigned(world.address("wine.csv"))
    answer = await world.client.get(f"/lambda/{what}&url={quote(forged, safe='')}")
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    missing = world.root.presigned(world.address("missing.csv"))
    answer = await world.client.get(f"/lambda/{what}&url={quote(missing, safe='')}")
    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
    assert "NoSuchKey" in answer.json()["text"]
