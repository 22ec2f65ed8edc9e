"""Readers by name: what each can do, and which family of workers it belongs to.

A process imports the readers of one family, because the libraries of all of them are large:
`load_family` imports them, and everything that they need later, before the process gives up its rights.
"""

import codecs
import encodings
import pkgutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, NamedTuple

from shared.readers.errors import WrongFamily
from shared.readers.queries import ArrowFileQuery, PreviewOptions, RecordsQuery, RowsQuery, ThumbnailQuery
from shared.readers.source import RangeSource
from shared.schemas.previews import Preview, RowsPage, TableStatistics

Family = Literal["tables", "pictures", "documents", "science", "plain"]

FAMILIES: tuple[Family, ...] = ("tables", "pictures", "documents", "science", "plain")


class Picture(NamedTuple):
    media_type: str
    content: bytes


class ArrowFile(NamedTuple):
    content: bytes
    is_cut: bool
    """Rows are missing."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Functions for one kind of file. They raise UnreadableFile and SourceError, and set neither `reader`, `size`, `read_bytes`
    nor `compression` of their answers (`blank`): the operations do.

    A name is the key of the file, without the suffix of a compression that was unwrapped.
    """

    name: str
    version: int
    family: Family
    preview: Callable[[RangeSource, str, PreviewOptions], Preview]
    rows: Callable[[RangeSource, str, RowsQuery], RowsPage | bytes] | None = None
    """Bytes are an Arrow IPC stream."""
    statistics: Callable[[RangeSource, str, RowsQuery], TableStatistics] | None = None
    arrow_file: Callable[[RangeSource, str, ArrowFileQuery], ArrowFile] | None = None
    records: Callable[[RangeSource, str, RecordsQuery], bytes] | None = None
    """JSON: `{"total": …, "rows": […]}`. Times are milliseconds since 1970."""
    thumbnail: Callable[[RangeSource, str, ThumbnailQuery], Picture] | None = None
    has_regions: bool = False
    """Its thumbnails can be of a part of the picture."""
    texts: Callable[[RangeSource, str, int], str] | None = None
    """Text for the search, of about the wanted number of bytes."""


def blank(*, complete: bool, notes: list[str] | None = None) -> dict[str, Any]:
    """The fields that all answers share. The operations fill in what readers do not know."""
    return {"reader": "", "size": 0, "read_bytes": 0, "complete": complete, "notes": notes or []}


@dataclass(frozen=True, slots=True)
class ReaderEntry:
    """The part of a reader that is known without importing it."""

    name: str
    version: int
    family: Family
    module: str
    """Its `READER` is the reader, or its `READERS` hold it. `warm_up()`, if it has one, makes libraries load what they load late."""

    @property
    def label(self) -> str:
        return f"{self.name}/{self.version}"


def _entries(family: Family, *rows: tuple[str, int, str]) -> dict[str, ReaderEntry]:
    return {
        name: ReaderEntry(name, version, family, f"shared.readers.{family}.{module}") for name, version, module in rows
    }


ENTRIES: dict[str, ReaderEntry] = {
    **_entries(
        "tables",
        # name, version, module
        ("delimited", 1, "delimited"),
        ("jsonlines", 2, "jsonlines"),
        ("parquet", 1, "parquet"),
        ("arrow", 1, "arrow"),
        ("orc", 1, "orc"),
        ("spreadsheet", 1, "spreadsheet"),
        ("sas", 1, "statistical"),
        ("stata", 1, "statistical"),
        ("spss", 1, "statistical"),
        ("numpy", 1, "numpy_arrays"),
        ("fcs", 1, "fcs"),
        ("vcf", 1, "genomics"),
        ("bed", 1, "genomics"),
        ("gff", 1, "genomics"),
        ("sam", 1, "genomics"),
        ("bam", 1, "bam"),
    ),
    **_entries(
        "plain",
        ("text", 1, "text"),
        ("bytes", 2, "hexadecimal"),
        ("media", 1, "media"),
        ("archive", 2, "archives"),
        ("notebook", 1, "notebooks"),
        ("manifest", 1, "manifests"),
        ("svg", 1, "svg"),
        ("cram", 1, "cram"),
    ),
    **_entries(
        "pictures",
        ("raster", 1, "raster"),
        ("tiff", 2, "tiff"),
        ("dicom", 1, "dicom"),
        ("nifti", 1, "nifti"),
        ("czi", 3, "czi"),
    ),
    **_entries(
        "science",
        ("hdf5", 2, "hdf5"),
        ("netcdf", 1, "netcdf"),
        ("zarr", 1, "zarr"),
        ("fits", 1, "fits"),
        ("arrays", 1, "arrays"),
        ("geojson", 2, "text_formats"),
        ("molecule", 1, "text_formats"),
        ("sequences", 1, "text_formats"),
        ("pickle", 1, "pickles"),
        ("model", 1, "models"),
    ),
    **_entries(
        "documents",
        ("pdf", 1, "pdf"),
        ("docx", 2, "office"),
        ("pptx", 2, "office"),
        ("doc", 1, "office_97"),
        ("ppt", 1, "office_97"),
    ),
}


_loaded: dict[str, Reader] = {}
_loaded_modules: set[str] = set()


def load_family(family: str) -> None:
    """Import the readers of a family and what they need at any time. Raises ValueError when a reader differs from its entry."""
    _load_encodings()
    for entry in ENTRIES.values():
        if entry.family == family and entry.module not in _loaded_modules:
            module = import_module(entry.module)
            for reader in getattr(module, "READERS", None) or (module.READER,):
                expected = ENTRIES[reader.name]
                if (reader.version, reader.family) != (expected.version, expected.family):
                    raise ValueError(f"The reader {reader.name} differs from its entry")
                _loaded[reader.name] = reader
            if hasattr(module, "warm_up"):
                module.warm_up()
            _loaded_modules.add(entry.module)


def _load_encodings() -> None:
    """Python imports each on its first use."""
    for module in pkgutil.iter_modules(encodings.__path__):
        with suppress(ImportError, LookupError):  # some are of other systems
            import_module(f"encodings.{module.name}")
            codecs.lookup(module.name)


def loaded_reader(entry: ReaderEntry) -> Reader:
    """Raises WrongFamily."""
    reader = _loaded.get(entry.name)
    if reader is None:
        raise WrongFamily(entry.family)
    return reader
