"""Small real uses of the libraries of the readers. Each is a family: a worker imports one library, uses it once, and is locked in."""

# ruff: noqa: PLC0415, S608 – a worker imports one library only

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from shared.readers.source import RangeSource


class NoArguments(msgspec.Struct):
    pass


def duckdb() -> str:
    import duckdb as library

    with library.connect(config={"threads": 2, "memory_limit": "128MB", "enable_external_access": False}) as connection:
        rows = connection.sql(
            "SELECT i % 7 AS k, count(*) AS n FROM range(2_000_000) t(i) GROUP BY k ORDER BY k"
        ).fetchall()
        numbers = connection.sql("SELECT range AS x FROM range(1000)").to_arrow_table()
        connection.register("numbers", numbers)
        return f"{connection.sql('SELECT sum(x) FROM numbers').fetchall()} {rows[6]}"


def pyarrow() -> str:
    import pyarrow as pa
    from pyarrow import compute, feather, orc, parquet

    table = pa.table({"x": list(range(5_000)), "y": [str(i) for i in range(5_000)]})
    sums = []
    for codec in ("snappy", "zstd", "gzip", "lz4", "brotli"):
        written = io.BytesIO()
        parquet.write_table(table, written, compression=codec, row_group_size=1_000)
        sums.append(
            compute.sum(
                parquet.ParquetFile(io.BytesIO(written.getvalue()), pre_buffer=True).read(use_threads=True)["x"]
            ).as_py()
        )
    written = io.BytesIO()
    feather.write_feather(table, written)
    sums.append(compute.sum(feather.read_table(io.BytesIO(written.getvalue()))["x"]).as_py())
    written = io.BytesIO()
    orc.write_table(table, written)
    sums.append(compute.sum(orc.ORCFile(io.BytesIO(written.getvalue())).read()["x"]).as_py())
    return str(set(sums))


def numpy() -> str:
    import numpy as np

    with ThreadPoolExecutor(4) as threads:
        products = list(
            threads.map(lambda seed: np.linalg.norm(np.ones((200, 200)) @ np.full((200, 200), seed)), range(4))
        )
    return str([round(float(each)) for each in products])


def pillow() -> str:
    from PIL import Image

    sizes = []
    for name in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF"):
        written = io.BytesIO()
        Image.new("RGB", (64, 48), (200, 10, 10)).save(written, name)
        with Image.open(io.BytesIO(written.getvalue())) as picture:
            picture.load()
            sizes.append(picture.size)
    return str(set(sizes))


def h5py() -> str:
    import h5py as library

    written = io.BytesIO()
    with library.File(written, "w") as file:
        file.create_dataset("a/b", data=list(range(1000)), compression="gzip", chunks=(100,))
        file["a"].attrs["unit"] = "mm"
    with library.File(io.BytesIO(written.getvalue()), "r") as file:
        return f"{file['a/b'][10:13].tolist()} {file['a'].attrs['unit']}"


def pypdfium2() -> str:
    import pypdfium2 as library

    document = library.PdfDocument.new()
    document.new_page(200, 100)
    written = io.BytesIO()
    document.save(written)
    again = library.PdfDocument(io.BytesIO(written.getvalue()))
    picture = again[0].render(scale=1).to_pil()
    return f"{len(again)} {picture.size} {again[0].get_textpage().get_text_bounded()!r}"


def tifffile() -> str:
    import numpy as np
    import tifffile as library

    shapes = set()
    for codec in ("zlib", "lzw", "zstd", "jpeg", "jpeg2000", "webp", "lzma", "packbits", None):
        written = io.BytesIO()
        pixels = np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)
        library.imwrite(written, pixels, compression=codec, photometric="rgb", tile=(32, 32))
        with library.TiffFile(io.BytesIO(written.getvalue())) as file:
            shapes.add(file.pages[0].asarray(maxworkers=2).shape)
    return str(shapes)


def lxml() -> str:
    from lxml import etree  # type: ignore[import-untyped]

    return str(etree.fromstring(b"<a><b>x</b></a>").findtext("b"))


def calamine() -> str:
    import zipfile

    import python_calamine as library

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"

    def relation(kind: str, target: str) -> str:
        return f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/{kind}" Target="{target}"/></Relationships>'

    sheets = '<sheets><sheet name="one" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">{sheets}</workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1"><v>7</v></c></row></sheetData></worksheet>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for path, text in parts.items():
            file.writestr(path, text)
    book = library.CalamineWorkbook.from_filelike(io.BytesIO(written.getvalue()))
    return str(book.get_sheet_by_name("one").to_python())


USES: dict[str, Callable[[], str]] = {
    each.__name__: each for each in (duckdb, pyarrow, numpy, pillow, h5py, pypdfium2, tifffile, lxml, calamine)
}


def load_family(name: str) -> None:
    """Use the library once: many parts of them are imported at first use."""
    USES[name]()


def use(_source: RangeSource, name: str, _arguments: NoArguments) -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", USES[name]().encode()


OPERATIONS = {"use": (NoArguments, use)}
