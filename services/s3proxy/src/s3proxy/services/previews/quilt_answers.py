"""Answers of readers in the forms that Quilt's web catalogs expect. Pure."""

import base64
import csv
import io
import json
import struct
from collections.abc import Callable
from typing import Any

from s3proxy.services.previews import html
from s3proxy.services.previews.errors import Unreadable
from shared.readers.choice import name_without_compression
from shared.readers.row_parameters import MAX_ROWS

Answer = dict[str, Any]

MAX_NAME_CHARACTERS = 100
TAB = "\t"
TRUNCATED = "Rows and columns truncated for preview"
_MAX_VARIANT_COLUMNS = 9
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_SUFFIXES = {"csv": (".csv", ".tsv", ".tab"), "tsv": (".csv", ".tsv", ".tab"), "jsonl": (".jsonl", ".ndjson")}


def read_as(key: str, kind: str, separator: str) -> str:
    """The name by which a reader is chosen: the key, with a suffix where it has none of the kind that the catalog sees in it."""
    suffixes = _SUFFIXES.get(kind)
    if suffixes is None or name_without_compression(key).lower().endswith(suffixes):
        return key
    return f"{name_without_compression(key)}{'.tsv' if kind == 'tsv' or separator == TAB else suffixes[0]}"


def text(lines: list[str]) -> Answer:
    return {"info": {"data": {"head": lines, "tail": []}}, "html": ""}


def variants(lines: list[str]) -> Answer:
    """VCF: comments, the header, and rows. Each column beyond the ninth is a sample."""
    meta = [line for line in lines if line.startswith("##")]
    rows = [line.split("\t") for line in lines if line and not line.startswith("##")]
    header = rows.pop(0) if rows and rows[0][0].startswith("#") else []
    samples = header[_MAX_VARIANT_COLUMNS:]
    short = [row[:_MAX_VARIANT_COLUMNS] for row in rows]
    data = {"meta": meta, "header": header[:_MAX_VARIANT_COLUMNS], "data": short}
    return {"info": {"data": data, "metadata": {"variants": samples, "variant_count": len(samples)}}, "html": ""}


OF_LINES: dict[str, Callable[[list[str]], Answer]] = {"txt": text, "bed": text, "vcf": variants}
"""By the name of the input, for answers that only cut text."""


def entries_only(lines: list[str]) -> list[str]:
    """The header and files of a manifest. The metadata of its directories is left out, since the catalog of 2020 cannot read it."""
    return [line for index, line in enumerate(lines) if index == 0 or not _is_directory(line)]


def _is_directory(line: str) -> bool:
    if '"physical_keys"' in line:
        return False
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and "logical_key" in entry


def table(body: bytes, kind: str) -> Answer:
    """A data frame as HTML, with what the catalogs show beside a Parquet or FCS file. Raises Unreadable."""
    shown = _read(body, "table")
    columns = [column["name"] for column in shown["columns"]]
    is_cut = shown["total"] is None or shown["total"] > len(shown["rows"]) or len(columns) > html.MAX_COLUMNS
    info: Answer = {"note": TRUNCATED if is_cut else "", "warnings": "\n".join(shown["notes"])}
    details = shown["details"]
    if kind == "parquet":
        info |= parquet_details(shown) | {"metadata": details.get("metadata", {})}
    elif kind == "fcs":
        info["metadata"] = {str(name): str(value) for name, value in details.get("metadata", details).items()}
    return {"info": info, "html": html.table(columns, shown["rows"])}


def parquet_details(shown: Answer, max_names: int | None = None) -> Answer:
    details, columns = shown["details"], [column["name"] for column in shown["columns"]]
    return {
        "created_by": str(details.get("created_by", ""))[:MAX_NAME_CHARACTERS],
        "format_version": details.get("format_version", ""),
        "num_row_groups": details.get("row_groups", 0),
        "schema": {"names": [name[:MAX_NAME_CHARACTERS] for name in columns[:max_names]]},
        "serialized_size": details.get("metadata_bytes", 0),
        "shape": [shown["total"] or 0, details.get("columns", len(columns))],
    }


def annotated_data(shown: Answer, max_names: int) -> Answer:
    """Numbers of cells and genes, and names of what AnnData says of them."""
    details = shown["details"]
    cells, genes = details.get("shape") or (None, None)
    keys = {
        f"h5ad_{part}_keys": [str(name)[:MAX_NAME_CHARACTERS] for name in details.get(part, [])[:max_names]]
        for part in ("obs", "var", "uns", "obsm", "varm", "layers")
    }
    return {"meta_only": False, "n_cells": cells, "n_genes": genes, **keys}


def lines(body: bytes, max_lines: int) -> list[str]:
    shown = _read(body, "text")
    found: list[str] = shown["text"].split("\n")
    if found[-1] == "" or (not shown["complete"] and len(found) > 1):
        found.pop()  # empty, or an incomplete line
    return found[:max_lines]


def notebook(body: bytes, *, with_outputs: bool) -> Answer:
    shown = _read(body, "notebook")
    info = {} if with_outputs else {"warnings": "Omitted cell outputs to reduce notebook size"}
    return {"info": info, "html": html.notebook(shown["cells"], with_outputs=with_outputs)}


class DelimitedText:
    """Pages of rows as CSV, up to `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)
        self.is_cut = False
        """There are more rows than were added."""

    def add(self, page: bytes) -> bool:
        """Add a page, the answer of `rows`. Returns whether the next one is needed."""
        shown = json.loads(page)
        if shown["offset"] == 0:
            self._writer.writerow(column["name"] for column in shown["columns"])
        for row in shown["rows"]:
            end = self._text.tell()
            self._writer.writerow(row_of_csv(row))
            if self._text.tell() > self._max_bytes:
                self._text.seek(end)
                self._text.truncate()
                self.is_cut = True
                return False
        end = shown["offset"] + len(shown["rows"])
        is_full = len(shown["rows"]) >= MAX_ROWS
        self.is_cut = is_full if shown["total"] is None else shown["total"] > end
        return self.is_cut and is_full

    def text(self) -> bytes:
        return self._text.getvalue().encode()


def row_of_csv(row: list[Any]) -> list[Any]:
    return [json.dumps(cell) if isinstance(cell, list | dict) else cell for cell in row]


def _read(body: bytes, kind: str) -> Answer:
    shown: Answer = json.loads(body)
    if shown["kind"] != kind:
        raise Unreadable(f"The file is a {shown['kind']} and no {kind}")
    return shown


def picture_size(media_type: str, picture: bytes) -> tuple[int, int]:
    """Width and height of a picture that a reader made; zeros if its beginning does not have them."""
    if media_type == "image/png" and picture[12:16] == b"IHDR":
        width, height = struct.unpack(">II", picture[16:24])
        return width, height
    if media_type == "image/webp":
        return _webp_size(picture)
    if media_type == "image/jpeg":
        return _jpeg_size(picture)
    return 0, 0


def _webp_size(picture: bytes) -> tuple[int, int]:
    form, start = picture[12:16], picture[20:30]
    if form == b"VP8X" and len(start) == 10:
        return 1 + int.from_bytes(start[4:7], "little"), 1 + int.from_bytes(start[7:10], "little")
    if form == b"VP8L" and len(start) >= 5:
        bits = int.from_bytes(start[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 " and len(start) == 10:
        return int.from_bytes(start[6:8], "little") & 0x3FFF, int.from_bytes(start[8:10], "little") & 0x3FFF
    return 0, 0


def _jpeg_size(picture: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        mark, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4], "big")
        if 0xC0 <= mark <= 0xCF and mark not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", picture[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return 0, 0


def thumbnail_info(media_type: str, picture: bytes, about: bytes | None) -> Answer:
    """`about`: the preview of the same file."""
    info: Answer = {
        "thumbnail_format": _FORMATS.get(media_type, ""),
        "thumbnail_size": list(picture_size(media_type, picture)),
    }
    if about is not None:
        shown = json.loads(about)
        if shown["kind"] == "document":
            info["page_count"] = shown["total_pages"]
        elif shown["kind"] == "image":
            info["original_size"] = [shown["height"], shown["width"], len(shown["channels"])]
    return info


def thumbnail_document(info: Answer, picture: bytes) -> Answer:
    return {"info": info, "thumbnail": base64.b64encode(picture).decode()}
