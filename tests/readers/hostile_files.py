"""Files that somebody made to do harm, by name."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import h5py
import lz4.frame
import numpy as np
import zstandard
from astropy.io import fits
from PIL import Image
from support.data.office_97 import slides_until_2003, word_document
from typing_extensions import override

ZEROS = 512 << 20
_CHUNK = bytes(16 << 20)


def gzip_bomb(begin: bytes = b"", size: int = ZEROS) -> bytes:
    """One member with what it begins with, then zeros."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + deflated(begin, size) + bytes(8)


def deflated(begin: bytes, size: int, filling: bytes = b"\0") -> bytes:
    """The block of one piece is repeated, which takes less time than compressing all."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    first = compressor.compress(begin) + compressor.flush(zlib.Z_FULL_FLUSH)
    block = compressor.compress(filling * len(_CHUNK)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return first + block * (size // len(_CHUNK)) + compressor.flush()


def bzip2_bomb() -> bytes:
    """One stream of 16 MiB many times."""
    return bz2.compress(_CHUNK) * 32


def zstd_bomb() -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(_CHUNK) * 64


def zstd_window_bomb() -> bytes:
    """It asks for a window of 2 GiB."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, 0xA8]) + bytes([0x02, 0x00, 0x10, 0x00])


def lz4_bomb() -> bytes:
    compressed: bytes = lz4.frame.compress(_CHUNK)
    return compressed * 64


def xz_bomb() -> bytes:
    return lzma.compress(_CHUNK, preset=0) * 64


def many_gzip_members() -> bytes:
    return gzip.compress(b"") * 100_000


def zip_file(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def zip_with_bomb(name: str, begin: bytes) -> bytes:
    """A member that unpacks to 512 MiB, whatever the directory says."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr(name, deflated(begin, ZEROS, b" "))
    archive_bytes = bytearray(content.getvalue())
    for magic, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", archive_bytes, archive_bytes.rfind(magic) + place, zipfile.ZIP_DEFLATED)
    return bytes(archive_bytes)


def zip_of_false_counts() -> bytes:
    archive = bytearray(zip_file({"a.txt": b"text"}))
    at = archive.rfind(b"PK\x05\x06")
    struct.pack_into("<2H2L", archive, at + 8, 0xFFFE, 0xFFFE, 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(archive)


def zip_of_long_fields() -> bytes:
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFFFF, 0xFFFF, 0xFFFF, 0, 0, 0, 0)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), 4, 0)
    return b"PK\x03\x04" + entry + end


def document(xml: bytes, part: str = "word/document.xml") -> bytes:
    return zip_file({"[Content_Types].xml": b"<Types/>", part: xml})


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "lol">'
    + b"".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.encode() for n in range(1, 10))
    + b"]>"
)
EXTERNAL_ENTITY = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg width="&x;">&x;</svg>'


def slides_bomb() -> bytes:
    """Ten thousand entries of one slide."""
    slide = b"<sld><txBody><p><r><t>" + b"word " * 20_000 + b"</t></r></p></txBody></sld>"
    order = "".join(f'<sldId xmlns:r="r" id="{n}" r:id="rId1"/>' for n in range(10_000)).encode()
    return zip_file(
        {
            "[Content_Types].xml": b"<Types/>",
            "ppt/presentation.xml": b"<presentation>" + order + b"</presentation>",
            "ppt/_rels/presentation.xml.rels": b'<Relationships><Relationship Id="rId1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>',
            "ppt/slides/slide1.xml": slide,
        }
    )


def long_notebook() -> bytes:
    output = {"output_type": "display_data", "data": {"image/png": "A" * 400_000, "text/html": "<b>" * 1000}}
    cells = [{"cell_type": "code", "source": "x" * 1000, "outputs": [output] * 2}] * 30
    return json.dumps({"nbformat": 4, "cells": cells + [{"cell_type": "raw", "source": "x"}] * 5000}).encode()


def png_of(width: int, height: int) -> bytes:
    """The header of a picture of that size, and few data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


def saved(mode: str, size: tuple[int, int], kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    Image.new(mode, size).save(content, kind, **options)
    return content.getvalue()


def jpeg_of(width: int, height: int, *, progressive: bool) -> bytes:
    """A small picture with the size of a large one in its header."""
    content = bytearray(saved("RGB", (16, 16), "JPEG", progressive=progressive))
    at = content.find(b"\xff\xc2" if progressive else b"\xff\xc0")
    struct.pack_into(">2H", content, at + 5, height, width)
    return bytes(content)


def gif_of(width: int, height: int) -> bytes:
    content = bytearray(saved("P", (8, 8), "GIF"))
    struct.pack_into("<2H", content, 6, width, height)
    return bytes(content)


def gif_with_a_huge_frame() -> bytes:
    """A frame that is larger than the picture."""
    content = bytearray(gif_of(32, 32))
    place = content.index(b",")
    content[place + 5 : place + 9] = struct.pack("<2H", 65_000, 65_000)
    return bytes(content)


def tiff_of(entries: list[tuple[int, int, int, int]], after: int = 0, data: bytes = bytes(64)) -> bytes:
    fields = b"".join(struct.pack("<2H2I", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + fields + struct.pack("<I", after) + data


def huge_tiff() -> bytes:
    place = 200
    return tiff_of(
        [
            (256, 4, 1, 100_000),
            (257, 4, 1, 100_000),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, place),
            (278, 4, 1, 100_000),
            (279, 4, 1, 10),
        ]
    )


def tiff_in_a_circle() -> bytes:
    return tiff_of(
        [(256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8), (279, 4, 1, 100)], after=8
    )


def tiff_whose_second_page_follows_itself() -> bytes:
    entries = [(256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8), (279, 4, 1, 100)]
    second = 8 + 2 + 12 * len(entries) + 4
    page = struct.pack("<H2H2II", 1, 256, 4, 1, 1, second)
    return tiff_of(entries, after=second, data=page + bytes(64))


def tiff_of_many_pages() -> bytes:
    """Twenty thousand directories of one entry."""
    pages = (struct.pack("<H2H2II", 1, 256, 4, 1, 1, 8 + (number + 1) * 18) for number in range(20_000))
    return b"II*\0" + struct.pack("<I", 8) + b"".join(pages)


def tiff_of_false_lengths() -> bytes:
    return tiff_of(
        [
            (256, 4, 1, 10),
            (257, 4, 1, 10),
            (258, 3, 0xFFFFFFFF, 8),
            (270, 2, 0xFFFFFFF0, 8),
            (273, 4, 0x7FFFFFFF, 8),
            (279, 4, 0x7FFFFFFF, 8),
        ]
    )


def hdf5(fill: Callable[[h5py.File], None]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def _links(file: h5py.File) -> None:
    file["outside"] = h5py.ExternalLink("/etc/passwd", "/")
    file["nowhere"] = h5py.SoftLink("/missing")
    group = file.create_group("group")
    group["circle"] = file["/"]
    group["again"] = group
    file.create_dataset("elsewhere", (100,), "u1", external=[("/etc/passwd", 0, 100)])
    layout = h5py.VirtualLayout((100,), "u1")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (100,))
    file.create_virtual_dataset("virtual", layout)


def _many_groups(file: h5py.File) -> None:
    for number in range(6000):
        file.create_group(f"{number}")


def _deep_groups(file: h5py.File) -> None:
    group = file["/"]
    for _ in range(500):
        group = group.create_group("g")


def _huge_arrays(file: h5py.File) -> None:
    file.create_dataset("zeros", (1 << 40, 1 << 20), "f8", chunks=(1024, 1024), compression="gzip")
    file.create_dataset("text", data="x" * 10_000_000)
    file.attrs["long"] = "y" * 60_000


def hdf5_of_false_texts() -> bytes:
    """An array of texts of which the first says that it has 2 GiB."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        place = file.create_dataset("texts", data=["a"] * 20).id.get_offset()
    data = bytearray(content.getvalue())
    struct.pack_into("<I", data, place, 0x7FFFFFFF)
    return bytes(data)


def false_hdf5() -> bytes:
    content = bytearray(hdf5(_links))
    for place in range(8, len(content), 97):
        content[place] ^= 0xFF
    return bytes(content)


def npz_of_false_header() -> bytes:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"9" * 4000 + b",), }\n"
    nested = b"(" * 5000 + b"\n"
    magic = b"\x93NUMPY\x01\0"
    return zip_file(
        {f"{name}.npy": magic + struct.pack("<H", len(text)) + text for name, text in (("a", header), ("b", nested))}
    )


def fits_of(**cards: int) -> bytes:
    header = fits.Header([("SIMPLE", True), ("BITPIX", -64), ("NAXIS", 2), ("NAXIS1", 100_000), ("NAXIS2", 100_000)])
    header.update(cards)
    text: str = header.tostring()
    return text.encode() + bytes(2880)


def fits_table_of(rows: int, width: int) -> bytes:
    primary = fits.PrimaryHDU().header.tostring()
    header = fits.Header(
        [
            ("XTENSION", "BINTABLE"),
            ("BITPIX", 8),
            ("NAXIS", 2),
            ("NAXIS1", width),
            ("NAXIS2", rows),
            ("PCOUNT", 0),
            ("GCOUNT", 1),
            ("TFIELDS", 1),
            ("TFORM1", f"{width // 8}D"),
            ("TTYPE1", "x"),
        ]
    )
    text: str = primary + header.tostring()
    return text.encode() + bytes(2880)


def dicom_of(rows: int, columns: int) -> bytes:
    def element(group: int, number: int, kind: bytes, value: bytes) -> bytes:
        if kind == b"OW":
            return struct.pack("<2H2s2xI", group, number, kind, len(value)) + value
        return struct.pack("<2H2sH", group, number, kind, len(value)) + value

    meta = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1\0")
    short = struct.Struct("<H").pack
    body = (
        element(0x28, 2, b"US", short(1))
        + element(0x28, 4, b"CS", b"MONOCHROME2 ")
        + element(0x28, 0x10, b"US", short(rows))
        + element(0x28, 0x11, b"US", short(columns))
        + element(0x28, 0x100, b"US", short(16))
        + element(0x28, 0x101, b"US", short(16))
        + element(0x28, 0x102, b"US", short(15))
        + element(0x28, 0x103, b"US", short(0))
        + element(0x7FE0, 0x10, b"OW", bytes(100))
    )
    return bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + body


def deep_dicom() -> bytes:
    """Sequences of undefined length within each other."""
    sequence = struct.pack("<2H2s2xI", 8, 0x1140, b"SQ", 0xFFFFFFFF) + struct.pack("<2HI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    meta = struct.pack("<2H2sH", 2, 0x10, b"UI", 20) + b"1.2.840.10008.1.2.1\0"
    return bytes(128) + b"DICM" + struct.pack("<2H2sHI", 2, 0, b"UL", 4, len(meta)) + meta + sequence * 5000


def nifti_of(*shape: int) -> bytes:
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<2h", header, 70, 64, 64)
    struct.pack_into("<f", header, 108, 352.0)
    header[344:348] = b"n+1\0"
    return bytes(header)


def netcdf_of_false_counts() -> bytes:
    return b"CDF\x01" + struct.pack(">3I", 0, 10, 0x7FFFFFFF) + bytes(1000)


def gguf_of_false_counts() -> bytes:
    return b"GGUF" + struct.pack("<I2Q", 3, 1 << 60, 1 << 60) + struct.pack("<Q", 1 << 62) + bytes(1000)


def gguf_of_a_long_list() -> bytes:
    key = struct.pack("<Q", 1) + b"k" + struct.pack("<2IQ", 9, 9, 1 << 40)
    return b"GGUF" + struct.pack("<I2Q", 3, 0, 1) + key + struct.pack("<IQ", 9, 1 << 40) * 1000


def safetensors_of(length: int) -> bytes:
    return struct.pack("<Q", length) + b'{"a": ' + b"[" * 5000


def endless_onnx() -> bytes:
    return b"\x08\x07" + b"\x12\x04test" + b"\x3a\x80\x80\x80\x01" + b"\x0a\x00" * (1 << 20)


def pdf_of(body: str) -> bytes:
    return f"%PDF-1.4\n{body}\ntrailer<</Root 1 0 R>>\n%%EOF".encode()


def czi_of(xml: bytes) -> bytes:
    header = bytearray(512)
    header[:10] = b"ZISRAWFILE"
    struct.pack_into("<q", header, 92, 512)
    struct.pack_into("<q", header, 104, 512)
    segment = struct.pack("<16sqq", b"ZISRAWMETADATA", 0, 0) + struct.pack("<i", len(xml)) + bytes(252)
    return bytes(header) + segment + xml


def tar_of_false_headers() -> bytes:
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.XHDTYPE, 1 << 33
    return info.tobuf(tarfile.GNU_FORMAT) + b"99999999999 path=x\n" * 1000


def sparse_tar() -> bytes:
    info = tarfile.TarInfo("sparse")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 1 << 40
    return info.tobuf(tarfile.GNU_FORMAT) * 100


def seven_zip_of_false_header() -> bytes:
    start = struct.pack("<2QI", 0, 1 << 40, 0)
    return b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start


def seven_zip_of_nameless_members() -> bytes:
    """199,999 members in ten bytes."""
    header = b"\x01\x05" + bytes([0xC3, 0x3F, 0x0D]) + bytes(2)
    start = struct.pack("<2QI", 0, len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start + header


def slide_of(shapes: bytes, media: bytes = b"") -> bytes:
    relation = b'<Relationship Id="r1" Type="x/%s" Target="%s"/>'
    return zip_file(
        {
            "[Content_Types].xml": b"<Types/>",
            "ppt/presentation.xml": b'<presentation><sldIdLst><sldId id="r1"/></sldIdLst></presentation>',
            "ppt/_rels/presentation.xml.rels": b"<Relationships>"
            + relation % (b"slide", b"slides/slide1.xml")
            + b"</Relationships>",
            "ppt/slides/slide1.xml": b"<sld><cSld><spTree>" + shapes + b"</spTree></cSld></sld>",
            "ppt/slides/_rels/slide1.xml.rels": b"<Relationships>"
            + relation % (b"image", b"../media/a.png")
            + b"</Relationships>",
            "ppt/media/a.png": media,
        }
    )


PLACE = (
    b'<spPr><xfrm><off x="0" y="0"/><ext cx="%d" cy="%d"/></xfrm><solidFill><srgbClr val="00FF00"/></solidFill></spPr>'
)


def circular_document() -> bytes:
    """Each sector of a stream is followed by the first one."""
    content = bytearray(word_document([("text", True)]))
    for place in range(len(content) - 512, len(content) - 512 + 4 * 8, 4):
        struct.pack_into("<I", content, place, 0)
    return bytes(content)


class _Runs:
    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("open('/tmp/it-ran', 'w')",)


def _false_frame(file: h5py.File) -> None:
    """Columns that say that they have 10¹² values, of which none is stored."""
    group = file.create_group("obs")
    group.attrs.update({"_index": "name", "column-order": ["number", "kind", "none"]})
    group.create_dataset("name", (10**12,), h5py.string_dtype(), chunks=(1 << 16,))
    group.create_dataset("number", (10**12,), "f8", chunks=(1 << 16,))
    group.create_dataset("kind/codes", (10**12,), "i1", chunks=(1 << 16,))
    group.create_dataset("kind/categories", (10**12,), h5py.string_dtype(), chunks=(1 << 16,))


def _frame_in_a_circle(file: h5py.File) -> None:
    group = file.create_group("obs")
    group.attrs.update({"_index": "obs", "column-order": ["obs", "values"]})
    group["obs"] = group
    group["values"] = h5py.SoftLink("/obs")
    group["mask"] = h5py.ExternalLink("/etc/passwd", "/")
    file["var"] = h5py.ExternalLink("/etc/passwd", "/")


def cram_of_a_long_header() -> bytes:
    content = gzip.compress(bytes(31 << 20))
    sizes = b"".join(
        bytes([0xF0 | size >> 28, size >> 20 & 255, size >> 12 & 255, size >> 4 & 255, size & 15])
        for size in (len(content), 31 << 20)
    )
    return b"CRAM\3\0" + bytes(20) + bytes(4 + 4 + 1 + 1 + 1 + 1 + 4) + b"\1\0\0" + sizes + content


HOSTILE_FILES: dict[str, Callable[[], bytes]] = {
    "bomb.txt.gz": gzip_bomb,
    "bomb.nii.gz": gzip_bomb,
    "bomb.pdf.gz": lambda: gzip_bomb(b"%PDF-1.4\n", 16 << 20),
    "bomb.tar.gz": lambda: gzip_bomb(tarfile.TarInfo("a").tobuf()),
    "bomb.png.gz": lambda: gzip_bomb(png_of(100, 100)),
    "bomb.txt.bz2": bzip2_bomb,
    "bomb.txt.zst": zstd_bomb,
    "window.txt.zst": zstd_window_bomb,
    "bomb.txt.lz4": lz4_bomb,
    "bomb.txt.xz": xz_bomb,
    "members.txt.gz": many_gzip_members,
    "bomb.docx": lambda: zip_with_bomb("word/document.xml", b"<document><body><p><r><t>"),
    "bomb.pptx": lambda: zip_with_bomb("ppt/presentation.xml", b"<presentation>"),
    "slides.pptx": slides_bomb,
    "counts.zip": zip_of_false_counts,
    "fields.zip": zip_of_long_fields,
    "entities.docx": lambda: document(ENTITIES + b"<document><t>&a9;</t></document>"),
    "deep.docx": lambda: document(b"<a>" * 200_000),
    "attributes.docx": lambda: document(b"<a " + b" ".join(f'a{n}="x"'.encode() for n in range(100_000)) + b"/>"),
    "entities.svg": lambda: ENTITIES + b"<svg>&a9;</svg>",
    "outside.svg": lambda: EXTERNAL_ENTITY,
    "deep.ipynb": lambda: b'{"cells": ' + b"[" * 500_000,
    "long.ipynb": long_notebook,
    "deep.geojson": lambda: b'{"type": "Feature", "x": ' + b"[" * 500_000,
    ".zmetadata": lambda: b'{"metadata": ' + b'{"a": ' * 200_000,
    "deep.json": lambda: b"[" * (10 << 20),
    "a/.quilt/packages/" + "0" * 64: lambda: b'{"version": "v0", "user_meta": ' + b'{"a": ' * 100_000 + b"\n",
    "huge.png": lambda: png_of(40_000, 40_000),
    "widest.png": lambda: png_of(0x7FFFFFFF, 1),
    "huge.jpg": lambda: jpeg_of(65_000, 65_000, progressive=False),
    "progressive.jpg": lambda: jpeg_of(65_000, 65_000, progressive=True),
    "huge.gif": lambda: gif_of(65_000, 65_000),
    "frame.gif": gif_with_a_huge_frame,
    "huge.tif": huge_tiff,
    "circle.tif": tiff_in_a_circle,
    "second.tif": tiff_whose_second_page_follows_itself,
    "pages.tif": tiff_of_many_pages,
    "lengths.tif": tiff_of_false_lengths,
    "links.h5": lambda: hdf5(_links),
    "groups.h5": lambda: hdf5(_many_groups),
    "texts.h5": hdf5_of_false_texts,
    "deep.h5": lambda: hdf5(_deep_groups),
    "arrays.h5": lambda: hdf5(_huge_arrays),
    "false.h5": false_hdf5,
    "cut.h5": lambda: hdf5(_many_groups)[:20_000],
    "frame.h5ad": lambda: hdf5(_false_frame),
    "circle.h5ad": lambda: hdf5(_frame_in_a_circle),
    "header.bam": lambda: gzip.compress(b"BAM\1" + struct.pack("<i", 0x7FFFFFFF)),
    "references.bam": lambda: gzip.compress(b"BAM\1" + struct.pack("<2i", 0, 0x7FFFFFFF)),
    "record.bam": lambda: gzip.compress(b"BAM\1" + struct.pack("<3i", 0, 0, 0x7FFFFFFF) + bytes(1 << 20)),
    "bomb.bam": lambda: gzip_bomb(b"BAM\1" + struct.pack("<2i", 0, 0)),
    "header.cram": lambda: b"CRAM\3\0" + bytes(20) + b"\xff" * 4096,
    "bomb.cram": cram_of_a_long_header,
    "header.npz": npz_of_false_header,
    "huge.fits": fits_of,
    "widest.fits": lambda: fits_of(NAXIS1=2**40, NAXIS2=2**40),
    "rows.fits": lambda: fits_table_of(10**12, 8),
    "wide.fits": lambda: fits_table_of(10, 8 * 10**9),
    "huge.dcm": lambda: dicom_of(65_535, 65_535),
    "deep.dcm": deep_dicom,
    "huge.nii": lambda: nifti_of(32_767, 32_767, 32_767),
    "negative.nii": lambda: nifti_of(-1, -1, -1),
    "counts.nc": netcdf_of_false_counts,
    "counts.gguf": gguf_of_false_counts,
    "list.gguf": gguf_of_a_long_list,
    "length.safetensors": lambda: safetensors_of(1 << 62),
    "deep.safetensors": lambda: safetensors_of(5006),
    "endless.onnx": endless_onnx,
    "circle.pdf": lambda: pdf_of(
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj"
    ),
    "large-page.pdf": lambda: pdf_of(
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
        " 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 1000000000 1]>>endobj"
    ),
    "pages.pdf": lambda: pdf_of(
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 2000000000>>endobj"
    ),
    "entities.czi": lambda: czi_of(ENTITIES + b"<ImageDocument>&a9;</ImageDocument>"),
    "headers.tar": tar_of_false_headers,
    "sparse.tar": sparse_tar,
    "header.7z": seven_zip_of_false_header,
    "nameless.7z": seven_zip_of_nameless_members,
    "groups.pptx": lambda: slide_of(b"<grpSp>" * 900 + b"</grpSp>" * 900),
    "shapes.pptx": lambda: slide_of((b"<sp>" + PLACE % (1 << 40, 1 << 40) + b"</sp>") * 3_000),
    "picture.pptx": lambda: slide_of(
        b'<pic><blipFill><blip embed="r1"/></blipFill>' + PLACE % (9_000_000, 6_000_000) + b"</pic>",
        png_of(40_000, 40_000),
    ),
    "circle.doc": circular_document,
    "pieces.doc": lambda: word_document([("\x13" * 3_000, True)] * 4),
    "records.ppt": lambda: slides_until_2003("\r" * 3_000),
    "runs.pkl": lambda: pickle.dumps(_Runs()),
    "memo.pkl": lambda: b"\x80\x02" + b"r" + struct.pack("<I", 0xFFFFFFFF) + b".",
    "string.pkl": lambda: b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"x",
    "lists.pkl": lambda: b"\x80\x02" + b"]" * (4 << 20) + b".",
    "random.bin": lambda: np.random.default_rng(7).bytes(1 << 20),
}
