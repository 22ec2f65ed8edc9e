"""Small tables and documents that hold a given word, made by the libraries of their formats where they write."""

import io
import zipfile
from collections.abc import Callable

import docx
import flowio
import numpy as np
import pptx
import pyarrow as pa
from astropy.io import fits
from pyarrow import feather, parquet
from support.data.office_97 import slides_until_2003, word_document

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def parquet_with(word: str) -> bytes:
    written = io.BytesIO()
    parquet.write_table(pa.table({"name": [word, "other"], f"{word}column": [1, 2]}), written)
    return written.getvalue()


def feather_with(word: str) -> bytes:
    written = io.BytesIO()
    feather.write_feather(pa.table({"name": [word, "other"]}), written)
    return written.getvalue()


def workbook_with(word: str) -> bytes:
    def relation(kind: str, target: str) -> str:
        link = f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{_PACKAGE}">{link}</Relationships>'

    cell = f'<c r="A1" t="inlineStr"><is><t>{word}</t></is></c>'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1">{cell}</row></sheetData></worksheet>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for path, text in parts.items():
            file.writestr(path, text)
    return written.getvalue()


def word_document_with(word: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(f"A paragraph about {word}")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def slides_with(word: str) -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[0])
    slide.shapes.title.text = word
    written = io.BytesIO()
    presentation.save(written)
    return written.getvalue()


def pdf_with(word: str) -> bytes:
    stream = f"BT /F1 24 Tf 20 50 Td ({word}) Tj ET".encode()
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 100] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        font,
    ]
    written = b"%PDF-1.4\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (count, table, trailer)


def flow_cytometry_with(word: str) -> bytes:
    written = io.BytesIO()
    flowio.create_fcs(written, np.arange(8.0), [word, "SSC"])
    return written.getvalue()


def fits_with(word: str) -> bytes:
    unit = fits.PrimaryHDU(np.zeros((2, 2), dtype=np.int16))
    unit.header["OBJECT"] = word
    written = io.BytesIO()
    unit.writeto(written)
    return written.getvalue()


MAKERS: dict[str, Callable[[str], bytes]] = {
    ".doc": lambda word: word_document([(word, True)]),
    ".docx": word_document_with,
    ".fcs": flow_cytometry_with,
    ".feather": feather_with,
    ".fits": fits_with,
    ".parquet": parquet_with,
    ".pdf": pdf_with,
    ".ppt": slides_until_2003,
    ".pptx": slides_with,
    ".xlsx": workbook_with,
}
"""By extension."""
