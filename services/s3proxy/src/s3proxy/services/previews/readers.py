"""Readers of previews: each makes the answer that Quilt's web catalogs expect from the first lines of an object."""

import json
from collections.abc import Callable
from typing import Any

from s3proxy.services.previews.tables import table

_TRUNCATED = "Rows and columns truncated for preview"
_MAX_VARIANT_COLUMNS = 9

Preview = dict[str, Any]


def text(lines: list[str], _: str, *, more: bool) -> Preview:  # noqa: ARG001 – all readers have one signature
    return {"info": {"data": {"head": lines, "tail": []}}, "html": ""}


def delimited(lines: list[str], separator: str, *, more: bool) -> Preview:
    html, warnings = table(lines, separator)
    return {"info": {"note": _TRUNCATED if more else "", "warnings": warnings}, "html": html}


def variants(lines: list[str], _: str, *, more: bool) -> Preview:  # noqa: ARG001 – all readers have one signature
    """VCF: comments, the header, and rows. Each column beyond the ninth is a sample."""
    meta = [line for line in lines if line.startswith("##")]
    rows = [line.split("\t") for line in lines if line and not line.startswith("##")]
    header = rows.pop(0) if rows and rows[0][0].startswith("#") else []
    samples = header[_MAX_VARIANT_COLUMNS:]
    short = [row[:_MAX_VARIANT_COLUMNS] for row in rows]
    data = {"meta": meta, "header": header[:_MAX_VARIANT_COLUMNS], "data": short}
    return {"info": {"data": data, "metadata": {"variants": samples, "variant_count": len(samples)}}, "html": ""}


READERS: dict[str, Callable[..., Preview]] = {"txt": text, "bed": text, "csv": delimited, "vcf": variants}


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
