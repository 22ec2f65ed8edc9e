"""The reader of a file: by magic bytes, then by name, then by whether it is text. Only rules, no decoder but zlib."""

import re
import zlib
from collections.abc import Callable
from typing import Literal, NamedTuple

from shared.readers.registry import ENTRIES, ReaderEntry
from shared.readers.text_detection import is_text

Compression = Literal["gzip", "bzip2", "zstd", "lz4", "xz"]

HEAD_BYTES = 64 << 10
TAIL_BYTES = 64 << 10


class Choice(NamedTuple):
    reader: ReaderEntry
    """Reader of the content. Name and beginning tell it for a compressed file, which may turn out to hold another format."""
    compression: Compression | None


def choose(name: str, head: bytes, tail: bytes | None = None) -> Choice:
    """`name` is the key, `head` the first bytes (`HEAD_BYTES`, or all), `tail` the last ones, which tell zip files apart."""
    compression = compression_of(head)
    if compression is None:
        return Choice(_entry(_reader_name(name, head, tail)), None)
    inner = name_without_compression(name)
    return Choice(_entry(_inner_reader_name(inner, head, compression)), compression)


def compression_of(head: bytes) -> Compression | None:
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}:
        return "bzip2"
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if head.startswith(b"\x04\x22\x4d\x18"):
        return "lz4"
    return None


_SHORT_SUFFIXES = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar", ".svgz": ".svg"}
COMPRESSION_SUFFIXES = (".gz", ".bgz", ".bz2", ".zst", ".zstd", ".lz4", ".xz", ".gzip", ".z")


def name_without_compression(name: str) -> str:
    lowered = name.lower()
    for suffix, plain in _SHORT_SUFFIXES.items():
        if lowered.endswith(suffix):
            return name[: -len(suffix)] + plain
    for suffix in COMPRESSION_SUFFIXES:
        if lowered.endswith(suffix):
            return name[: -len(suffix)]
    return name


def _entry(name: str) -> ReaderEntry:
    return ENTRIES[name]


def _inner_reader_name(name: str, head: bytes, compression: Compression) -> str:
    if compression == "gzip":
        try:
            inner = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        except zlib.error:
            inner = b""
        if inner:
            return _reader_name(name, inner, None)
    return SUFFIXES.get(_suffix(name)) or "text"


def _reader_name(name: str, head: bytes, tail: bytes | None) -> str:
    if not head:
        return "text"
    if head[128:132] == b"DICM":  # behind bytes that may be another format, too
        return "dicom"
    for magic, reader in _MAGIC:
        if head.startswith(magic) and not (magic in _WORDS and is_text(head)):
            return reader
    for found in (rule(name, head, tail) for rule in _RULES):
        if found:
            return found
    by_name = SUFFIXES.get(_suffix(name))
    if is_text(head):
        return by_name if by_name in _TEXT_READERS or by_name in _PERHAPS_TEXT else "text"
    return "bytes" if by_name is None or by_name in _TEXT_READERS else by_name


def _suffix(name: str) -> str:
    base = name.rpartition("/")[2].lower()
    if base in _FILE_NAMES:
        return base
    return "." + base.rpartition(".")[2] if "." in base else ""


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"ARROW1\0\0", "arrow"),
    (b"FEA1", "arrow"),
    (b"ORC", "orc"),
    (b"\x93NUMPY", "numpy"),
    (b"FCS2.0", "fcs"),
    (b"FCS3.", "fcs"),
    (b"$FL2", "spss"),
    (b"$FL3", "spss"),
    (b"<stata_dta>", "stata"),
    (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0\x09\xc7\x31\x8c\x18\x1f\x10\x11", "sas"),
    (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "sas"),
    (b"##fileformat=VCF", "vcf"),
    (b"##gff-version", "gff"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "raster"),
    (b"\xff\xd8\xff", "raster"),
    (b"GIF87a", "raster"),
    (b"GIF89a", "raster"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0\x08\0", "tiff"),
    (b"MM\0+\0\x08", "tiff"),
    (b"8BPS\0\x01", "raster"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "raster"),
    (b"\xff\x4f\xff\x51", "raster"),
    (b"ZISRAWFILE", "czi"),
    (b"SIMPLE  =", "fits"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"CDF\x01", "netcdf"),
    (b"CDF\x02", "netcdf"),
    (b"CDF\x05", "netcdf"),
    (b"GGUF", "model"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"BAM\x01", "bam"),
    (b"CRAM\x02", "cram"),
    (b"CRAM\x03", "cram"),
    (b"OggS", "media"),
    (b"fLaC", "media"),
    (b"ID3", "media"),
    (b"\x1a\x45\xdf\xa3", "media"),
)

_WORDS = frozenset({b"PAR1", b"PARE", b"FEA1", b"ORC", b"GGUF", b"OggS", b"fLaC", b"ID3"})
"""Magic bytes with which a text may begin, too."""
_BRANDS_OF_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"mif1")


def _zip(name: str, head: bytes, tail: bytes | None) -> str | None:
    """Office documents, arrays and models are zip files. The list of members at the end tells them apart, and else the name."""
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return None
    names = head + (tail or b"")
    if b"application/vnd.oasis.opendocument.spreadsheet" in head[:200]:
        return "spreadsheet"
    if b"[Content_Types].xml" in names:
        for part, reader in (
            (b"word/document", "docx"),
            (b"ppt/presentation", "pptx"),
            (b"xl/workbook", "spreadsheet"),
        ):
            if part in names:
                return reader
    suffix = _suffix(name)
    if b"/data.pkl" in names or suffix in {".pt", ".pth", ".ckpt"}:
        return "model"
    by_name = SUFFIXES.get(suffix)
    return by_name if by_name in {"spreadsheet", "docx", "pptx", "arrays"} else "archive"


def _tar(_: str, head: bytes, __: bytes | None) -> str | None:
    return "archive" if is_tar_header(head) else None


def is_tar_header(head: bytes) -> bool:
    """Old archives have no magic bytes, but all have a checksum."""
    if head[257:262] == b"ustar":
        return True
    field = head[148:156].strip(b" \0")
    if len(head) < 512 or not head[0] or not re.fullmatch(rb"[0-7]+", field):
        return False
    return sum(head[:148]) + sum(head[156:512]) + 8 * 32 == int(field, 8)


def _riff(_: str, head: bytes, __: bytes | None) -> str | None:
    if head[:4] not in {b"RIFF", b"RIFX", b"RF64"}:
        return None
    return "raster" if head[8:12] == b"WEBP" else "media" if head[8:12] in {b"WAVE", b"AVI "} else None


def _iso_media(_: str, head: bytes, __: bytes | None) -> str | None:
    if head[4:8] != b"ftyp":
        return None
    return "raster" if head[8:12] in _BRANDS_OF_PICTURES else "media"


def _transport_stream(_: str, head: bytes, __: bytes | None) -> str | None:
    for first, length in ((0, 188), (4, 192)):
        marks = head[first : 8 * length : length]
        if len(marks) >= 5 and marks.count(0x47) == len(marks):
            return "media"
    return None


def _mpeg_audio(name: str, head: bytes, _: bytes | None) -> str | None:
    is_frame = head[0] == 0xFF and len(head) > 1 and head[1] & 0xE0 == 0xE0 and head[1] & 0x06
    return "media" if is_frame and _suffix(name) in {".mp3", ".mp2", ".aac"} else None


def _bitmap(_: str, head: bytes, __: bytes | None) -> str | None:
    is_bitmap = head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in _BITMAP_HEADERS
    return "raster" if is_bitmap else None


_BITMAP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _nifti(_: str, head: bytes, __: bytes | None) -> str | None:
    is_one = head[344:348] in {b"n+1\0", b"ni1\0"} and head[:4] in {b"\x5c\x01\0\0", b"\0\0\x01\x5c"}
    is_two = head[4:8] in {b"n+2\0", b"ni2\0"} and head[:4] in {b"\x1c\x02\0\0", b"\0\0\x02\x1c"}
    return "nifti" if is_one or is_two else None


def _hdf5_behind_user_block(_: str, head: bytes, __: bytes | None) -> str | None:
    places = (512, 1024, 2048, 4096, 8192)
    return "hdf5" if any(head[place : place + 8] == b"\x89HDF\r\n\x1a\n" for place in places) else None


def _pickle(_: str, head: bytes, __: bytes | None) -> str | None:
    return "pickle" if head[0] == 0x80 and len(head) > 1 and 2 <= head[1] <= 5 and not is_text(head) else None


def _safetensors(_: str, head: bytes, __: bytes | None) -> str | None:
    return "model" if head[8:10] in {b'{"', b"{}"} and 2 <= int.from_bytes(head[:8], "little") <= 1 << 30 else None


def _vector_graphic(name: str, head: bytes, _: bytes | None) -> str | None:
    beginning = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_svg = beginning.startswith(b"<svg") or (
        beginning.startswith((b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in beginning
    )
    return "svg" if is_svg and _suffix(name) not in {".html", ".htm", ".md"} else None


def _manifest(name: str, head: bytes, _: bytes | None) -> str | None:
    """A manifest of Quilt: its first line is a header, all others are files."""
    by_name = bool(_MANIFEST_NAME.search(name))
    first = head[:4096].lstrip()
    is_header = first.startswith(b"{") and _MANIFEST_VERSION.match(first) and b'"logical_key"' in head
    return "manifest" if (by_name or is_header) and first.startswith(b"{") else None


_MANIFEST_NAME = re.compile(r"(^|/)\.quilt/packages/[0-9a-f]{64}$")
_MANIFEST_VERSION = re.compile(rb"\{[^{}]*(\{[^\n]*\}[^{}]*)?\"version\": ?\"v0\"")


def _geojson(name: str, head: bytes, _: bytes | None) -> str | None:
    is_feature = _suffix(name) in {".json", ".geojson"} and _GEOJSON.search(head[:4096])
    return "geojson" if is_feature else None


_GEOJSON = re.compile(
    rb'^\s*\{[^{\[]*"type"\s*:\s*"(FeatureCollection|Feature|GeometryCollection|(Multi)?(Point|LineString|Polygon))"'
)


def _json_records(name: str, head: bytes, _: bytes | None) -> str | None:
    """A JSON array whose first item is an object."""
    return "jsonlines" if _suffix(name) == ".json" and _JSON_RECORDS.match(head) and is_text(head) else None


_JSON_RECORDS = re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{\s*\"")


def _notebook(name: str, head: bytes, _: bytes | None) -> str | None:
    return "notebook" if _suffix(name) == ".ipynb" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else None


def _separated_by_controls(name: str, head: bytes, _: bytes | None) -> str | None:
    """Tables of Hive and others, whose separators no text has."""
    has_separators = SUFFIXES.get(_suffix(name)) == "delimited" and (b"\x01" in head or b"\x1f" in head)
    return "delimited" if has_separators and is_text(head.translate(_WITHOUT_SEPARATORS)) else None


_WITHOUT_SEPARATORS = bytes.maketrans(b"\x01\x1f", b",,")

_Rule = Callable[[str, bytes, bytes | None], str | None]
_RULES: tuple[_Rule, ...] = (
    _zip,
    _tar,
    _riff,
    _iso_media,
    _transport_stream,
    _mpeg_audio,
    _bitmap,
    _nifti,
    _hdf5_behind_user_block,
    _pickle,
    _safetensors,
    _vector_graphic,
    _manifest,
    _geojson,
    _json_records,
    _notebook,
    _separated_by_controls,
)

SUFFIXES: dict[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv"), "delimited"),
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines"), "jsonlines"),
    **dict.fromkeys((".parquet", ".pq", ".parq"), "parquet"),
    **dict.fromkeys((".feather", ".arrow", ".ipc", ".arrows"), "arrow"),
    ".orc": "orc",
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "spreadsheet"),
    **dict.fromkeys((".sas7bdat", ".xpt"), "sas"),
    ".dta": "stata",
    **dict.fromkeys((".sav", ".zsav", ".por"), "spss"),
    ".npy": "numpy",
    ".fcs": "fcs",
    ".vcf": "vcf",
    **dict.fromkeys((".bed", ".bedgraph"), "bed"),
    **dict.fromkeys((".gff", ".gff3", ".gtf"), "gff"),
    ".sam": "sam",
    ".bam": "bam",
    ".cram": "cram",
    ".pdf": "pdf",
    **dict.fromkeys((".docx", ".docm"), "docx"),
    **dict.fromkeys((".pptx", ".pptm"), "pptx"),
    **dict.fromkeys((".doc", ".dot"), "doc"),
    **dict.fromkeys((".ppt", ".pps", ".pot"), "ppt"),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".dib", ".ico", ".avif"), "raster"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".tga", ".pcx", ".psd"), "raster"),
    **dict.fromkeys((".tif", ".tiff", ".svs", ".ndpi", ".lsm", ".btf", ".qptiff", ".scn"), "tiff"),
    ".svg": "svg",
    ".czi": "czi",
    **dict.fromkeys((".dcm", ".dicom"), "dicom"),
    **dict.fromkeys((".nii", ".hdr"), "nifti"),
    **dict.fromkeys((".fits", ".fit", ".fts"), "fits"),
    **dict.fromkeys((".h5", ".hdf5", ".hdf", ".h5ad", ".h5mu", ".loom", ".nwb", ".he5"), "hdf5"),
    **dict.fromkeys((".nc", ".nc4", ".cdf"), "netcdf"),
    **dict.fromkeys((".zgroup", ".zarray", ".zattrs", ".zmetadata", "zarr.json"), "zarr"),
    ".npz": "arrays",
    ".geojson": "geojson",
    **dict.fromkeys((".pdb", ".ent", ".pdbqt", ".cif", ".mmcif", ".sdf", ".mol", ".mol2"), "molecule"),
    **dict.fromkeys((".fasta", ".fa", ".fna", ".faa", ".ffn", ".fas", ".fastq", ".fq"), "sequences"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), "pickle"),
    **dict.fromkeys((".safetensors", ".gguf", ".onnx", ".pt", ".pth"), "model"),
    **dict.fromkeys((".zip", ".jar", ".whl", ".tar", ".7z"), "archive"),
    **dict.fromkeys((".mp3", ".mp2", ".aac", ".wav", ".flac", ".ogg", ".oga", ".opus", ".m4a"), "media"),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".m2ts", ".m2t", ".mts"), "media"),
}
"""Names of readers by the end of a file's name. Magic bytes count more."""
_TEXT_READERS = frozenset(
    {
        "delimited", "jsonlines", "vcf", "bed", "gff", "sam", "svg", "zarr", "geojson", "molecule", "sequences", "notebook",
    }
)  # fmt: skip
"""Readers that a name chooses only for text."""
_PERHAPS_TEXT = frozenset({"raster", "pickle", "spss"})
"""Formats of which some kinds are text: PPM, and pickles of protocol 0."""
_FILE_NAMES = frozenset({"zarr.json"})
