"""The first bytes of a file that nothing else reads, with what to do about those that people often have."""

from shared.readers import compound_files
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import BytesPreview

_MAX_SHOWN_BYTES = 4096
_MAIL = "This is a mail of Outlook, which is not read. Saved as .eml or .txt, it is shown"
_KNOWN: tuple[tuple[bytes, str], ...] = (
    (b"RDX2\n", "This is data of R, which only R reads. A table that is written as CSV or Parquet is shown"),
    (b"RDX3\n", "This is data of R, which only R reads. A table that is written as CSV or Parquet is shown"),
    (b"X\n\0\0\0", "This is an object of R, which only R reads. A table that is written as CSV or Parquet is shown"),
    (b"MATLAB 5.0 MAT-file", "These are variables of MATLAB before 7.3. Saved with -v7.3, they are shown as a tree"),
    (b"Rar!\x1a\x07", "This is a RAR archive, which is not read. Members of zip, tar and 7z archives are shown"),
    (b"BCF\2", "These are variants in BCF, which is not read. VCF is shown, compressed as well"),
    (b"BAI\1", "This is the index of a BAM file"),
    (b"TBI\1", "This is the index of a table that is compressed by bgzip"),
    (b"CSI\1", "This is the index of a BAM file, or of a table that is compressed by bgzip"),
    (b"SQLite format 3\0", "This is a database of SQLite, which is not read. A table that is written as CSV or Parquet is shown"),
)  # fmt: skip
"""First bytes, and a sentence for people."""


def preview_bytes(source: RangeSource, name: str, options: PreviewOptions) -> BytesPreview:
    limit = min(options.max_bytes, _MAX_SHOWN_BYTES)
    data = source.read(0, limit + 1)
    advice = _advice(name.lower(), data)
    return BytesPreview(
        **blank(complete=len(data) <= limit, notes=[advice] if advice else []), hexadecimal=data[:limit].hex()
    )


def _advice(name: str, data: bytes) -> str | None:
    if data.startswith(compound_files.MAGIC):
        other = "This is a document of Office until 2003, or of another program that keeps files so"
        return _MAIL if name.endswith(".msg") else other
    return next((said for magic, said in _KNOWN if data.startswith(magic)), None)


READER = Reader("bytes", 2, "plain", preview_bytes)
