"""FITS: headers, the first picture or table, and planes of cubes as pictures."""

import io
from typing import Any

import numpy as np
from astropy.io import fits
from PIL import Image

from shared.readers.errors import UnreadableFile
from shared.readers.pictures.rendering import MAX_DECODED_BYTES, encode_picture, reduced, stretched
from shared.readers.queries import PreviewOptions, RowsQuery, ThumbnailQuery
from shared.readers.registry import Picture, Reader, blank
from shared.readers.science.values import json_value
from shared.readers.source import BytesSource, RangeSource, binary_file
from shared.schemas.previews import ColumnDescription, ImagePreview, RowsPage, TablePreview, TreeNode, TreePreview

_MAX_UNITS = 200
"""Header-data units that are looked at."""
_MAX_CARDS = 500
_MAX_TABLE_BYTES = 64 << 20
_MAX_ROWS = 1000
_LEFT_OUT = "Columns with arrays of variable length are left out"
_HIDDEN_CARDS = frozenset({"COMMENT", "HISTORY", ""})
_TYPES = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "c": "string", "S": "string", "U": "string"}


def preview_fits(source: RangeSource, _name: str, options: PreviewOptions) -> ImagePreview | TablePreview | TreePreview:
    units = _open(source)
    listing, notes = _listing(units)
    unit = _wanted_unit(units, options.table)
    header = _header(unit if unit is not None else units[0])
    details: dict[str, Any] = {"units": listing, "header": header}
    if unit is None:
        nodes = [TreeNode(path=key, kind="value", value=value) for key, value in header.items()]
        return TreePreview(**blank(complete=not notes, notes=notes), format="fits", nodes=nodes, details=details)
    if isinstance(unit, fits.BinTableHDU | fits.TableHDU) and not isinstance(unit, fits.CompImageHDU):
        return _preview_table(source, unit, listing, details, options.max_rows)
    shape = unit.shape
    return ImagePreview(
        **blank(complete=not notes, notes=notes),
        format="fits",
        width=int(shape[-1]),
        height=int(shape[-2]) if len(shape) > 1 else 1,
        channels=["grey"],
        bits=abs(int(unit.header.get("ZBITPIX", unit.header["BITPIX"]))),
        pages=int(np.prod(shape[:-2], dtype=np.int64)) if len(shape) > 2 else 1,
        details=details,
    )


def rows_of_fits(source: RangeSource, _name: str, query: RowsQuery) -> RowsPage:
    if query.sort or query.where or query.arrow:
        raise UnreadableFile("Tables of FITS files can be read row by row only, not sorted or filtered")
    unit = _wanted_table(_open(source), query.table)
    columns, rows, complete = _read_rows(source, unit, query.offset, min(query.limit, _MAX_ROWS), query.columns)
    return RowsPage(
        **blank(complete=complete, notes=[] if complete else [_LEFT_OUT]),
        columns=columns,
        rows=rows,
        offset=query.offset,
        total=int(unit.header["NAXIS2"]),
    )


def thumbnail_of_fits(source: RangeSource, _name: str, query: ThumbnailQuery) -> Picture:
    unit = _wanted_unit(_open(source), None)
    if unit is None or not hasattr(unit, "section"):
        raise UnreadableFile("The file holds no picture")
    shape = unit.shape
    height, width = (int(size) for size in (shape[-2:] if len(shape) > 1 else (1, shape[-1])))
    if width * height * 8 > MAX_DECODED_BYTES:
        raise UnreadableFile(f"The picture is too large to be shown: {width:,} × {height:,} pixels")
    outer = shape[:-2]
    count = int(np.prod(outer, dtype=np.int64)) if outer else 1
    page = query.page or (count // 2 + 1 if count > 1 else 1)
    if not 1 <= page <= count:
        raise UnreadableFile(f"The file has {count:,} planes")
    where = tuple(int(place) for place in np.unravel_index(page - 1, outer)) if outer else ()
    plane = np.asarray(unit.section[(*where, slice(None), slice(None))] if len(shape) > 1 else unit.section[:][None, :])
    upright = np.flip(reduced(plane, query), 0)  # the first row is at the bottom
    return encode_picture(Image.fromarray(np.ascontiguousarray(stretched(upright))), query)


def texts_of_fits(source: RangeSource, _name: str, max_bytes: int) -> str:
    """The cards of all headers."""
    parts: list[str] = []
    length = 0
    for unit in _units(_open(source)):
        parts += [str(card).rstrip() for card in unit.header.cards[:_MAX_CARDS]]
        length += sum(map(len, parts))
        if length > max_bytes:
            break
    return "\n".join(parts)


def _open(source: RangeSource) -> Any:
    try:
        return fits.open(
            binary_file(source), mode="readonly", memmap=False, lazy_load_hdus=True, ignore_missing_simple=True
        )
    except OSError as error:
        raise UnreadableFile(f"The FITS file is damaged or empty: {error}") from error


def _units(units: Any) -> Any:
    """They are found one after another, as far as wanted."""
    for index in range(_MAX_UNITS):
        try:
            yield units[index]
        except IndexError:
            return


def _listing(units: Any) -> tuple[list[dict[str, Any]], list[str]]:
    found = []
    for unit in _units(units):
        shape = getattr(unit, "shape", None) if getattr(unit, "is_image", False) else None
        kind = "table" if shape is None and "NAXIS2" in unit.header else "image" if shape else "header"
        size = [int(side) for side in shape] if shape else [unit.header.get("NAXIS2", 0), unit.header.get("TFIELDS", 0)]
        found.append({"name": unit.name, "kind": kind, "shape": size if kind != "header" else []})
    notes = [f"The first {_MAX_UNITS} parts are shown"] if len(found) == _MAX_UNITS else []
    return found, notes


def _wanted_unit(units: Any, name: str | None) -> Any:
    """The part of that name or number, or the first with data."""
    for index, unit in enumerate(_units(units)):
        if name is not None:
            if name in {unit.name, str(index)}:
                return unit
        elif int(unit.header.get("NAXIS", 0)) > 0 and unit.size and not isinstance(unit, fits.GroupsHDU):
            return unit
    if name is not None:
        raise UnreadableFile(f"The file has no part {name}")
    return None


def _wanted_table(units: Any, name: str | None) -> Any:
    for unit in _units(units):
        if isinstance(unit, fits.BinTableHDU | fits.TableHDU) and name in {None, unit.name}:
            return unit
    raise UnreadableFile("The file holds no such table")


def _header(unit: Any) -> dict[str, Any]:
    return {
        card.keyword: json_value(card.value)
        for card in unit.header.cards[:_MAX_CARDS]
        if card.keyword not in _HIDDEN_CARDS and not isinstance(card.value, fits.card.Undefined)
    }


def _preview_table(
    source: RangeSource, unit: Any, listing: list[dict[str, Any]], details: dict[str, Any], max_rows: int
) -> TablePreview:
    total = int(unit.header["NAXIS2"])
    columns, rows, complete = _read_rows(source, unit, 0, max_rows, None)
    tables = [each["name"] for each in listing if each["kind"] == "table"]
    return TablePreview(
        **blank(complete=complete and len(rows) == total, notes=[] if complete else [_LEFT_OUT]),
        format="fits",
        columns=columns,
        rows=rows,
        total=total,
        tables=tables,
        table=unit.name,
        details=details,
    )


def _read_rows(
    source: RangeSource, unit: Any, offset: int, limit: int, wanted: list[str] | None
) -> tuple[list[ColumnDescription], list[list[Any]], bool]:
    """Rows by range: only their bytes are read. Whether all is shown: arrays of variable length stand elsewhere."""
    width, total = int(unit.header["NAXIS1"]), int(unit.header["NAXIS2"])
    count = max(min(limit, total - offset, _MAX_TABLE_BYTES // max(width, 1)), 0)
    raw = source.read(unit.fileinfo()["datLoc"] + offset * width, count * width)
    if len(raw) < count * width:
        raise UnreadableFile("The table is cut off")
    header = unit.header.copy()
    header["NAXIS2"], header["PCOUNT"] = count, 0
    padded = raw + b"\0" * (-len(raw) % 2880)
    part = type(unit).fromstring(header.tostring().encode("ascii") + padded)
    shown = [
        column for column in unit.columns if (wanted is None or column.name in wanted) and not _is_elsewhere(column)
    ]
    cells = [part.data[column.name] for column in shown]
    rows = [[json_value(values[index]) for values in cells] for index in range(count)]
    columns = [
        ColumnDescription(name=column.name, type=_type_name(values), source_type=str(column.format))
        for column, values in zip(shown, cells, strict=True)
    ]
    return columns, rows, not any(_is_elsewhere(column) for column in unit.columns)


def _is_elsewhere(column: Any) -> bool:
    return "P" in str(column.format) or "Q" in str(column.format)


def _type_name(values: Any) -> str:
    return "list" if values.ndim > 1 else _TYPES.get(values.dtype.kind, "string")


def warm_up() -> None:
    Image.init()
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("a", "E", array=[1.0, 2.0]),
            fits.Column("b", "5A", array=["x", "y"]),
            fits.Column("c", "L", array=[1, 0]),
        ]
    )
    text_table = fits.TableHDU.from_columns([fits.Column("a", "I5", array=[1, 2], ascii=True)])
    picture = fits.CompImageHDU(np.zeros((64, 64), np.int16), compression_type="RICE_1")
    cube = fits.PrimaryHDU(np.zeros((2, 8, 8), np.float32))
    for units in (
        [cube, table],
        [fits.PrimaryHDU(), table],
        [fits.PrimaryHDU(), text_table],
        [fits.PrimaryHDU(), picture],
    ):
        content = io.BytesIO()
        fits.HDUList(units).writeto(content)
        source = BytesSource(content.getvalue())
        preview_fits(source, "sample.fits", PreviewOptions())
        texts_of_fits(source, "sample.fits", 100)
        if units[-1] is picture or units[0] is cube:
            thumbnail_of_fits(source, "sample.fits", ThumbnailQuery())


READER = Reader("fits", 1, "science", preview_fits, rows=rows_of_fits, thumbnail=thumbnail_of_fits, texts=texts_of_fits)
