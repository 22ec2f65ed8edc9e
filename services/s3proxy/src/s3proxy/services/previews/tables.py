"""Delimited text as the HTML table that web catalogs show. The content of every cell is escaped."""

import csv
from collections.abc import Iterator
from html import escape

from s3proxy.services.previews.errors import Unreadable

_MAX_COLUMNS = 100
_MAX_CELL_CHARACTERS = 500


def table(lines: list[str], separator: str) -> tuple[str, str]:
    """The HTML, and warnings about lines with too many cells."""
    rows = _rows(lines, separator)
    header = next(rows, [])
    warnings: list[str] = []
    body: list[list[str]] = []
    for number, row in enumerate(rows, 2):
        if len(row) > len(header):
            warnings.append(f"Skipping line {number}: expected {len(header)} fields, saw {len(row)}")
        elif row:
            body.append([*row, *[""] * (len(header) - len(row))])
    if len(header) > _MAX_COLUMNS:
        warnings.append(f"Only the first {_MAX_COLUMNS} of {len(header)} columns are shown")
    head = "".join(_cells("th", ["", *header[:_MAX_COLUMNS]]))
    shown = "\n".join(
        f"<tr>{''.join(_cells('th', [str(index)]))}{''.join(_cells('td', row[:_MAX_COLUMNS]))}</tr>"
        for index, row in enumerate(body)
    )
    html = (
        f'<div>\n<table border="1" class="dataframe">\n<thead>\n<tr style="text-align: right;">{head}</tr>\n</thead>\n'
        f"<tbody>\n{shown}\n</tbody>\n</table>\n</div>"
    )
    return html, "\n".join(warnings)


def _rows(lines: list[str], separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=separator)
    except (csv.Error, ValueError, TypeError) as error:
        raise Unreadable(f"It cannot be read as a table: {error}") from error


def _cells(kind: str, values: list[str]) -> Iterator[str]:
    return (f"<{kind}>{escape(_truncated(value))}</{kind}>" for value in values)


def _truncated(value: str) -> str:
    return value if len(value) <= _MAX_CELL_CHARACTERS else f"{value[:_MAX_CELL_CHARACTERS]}…"
