"""The formats that can be looked into, from the readers and the names by which they are chosen."""

from support.docs.reference.markdown import code, page, table

from shared.readers.choice import COMPRESSION_SUFFIXES, SUFFIXES
from shared.readers.plain.languages import LANGUAGES
from shared.readers.registry import ENTRIES, Family

_FAMILIES: dict[Family, str] = {
    "tables": "Tables",
    "plain": "Text, notebooks and archives",
    "documents": "Documents",
    "pictures": "Pictures",
    "science": "Trees, molecules, sequences and models",
}
_BY_RULE = {"notebook": (".ipynb",), "manifest": (".quilt/packages/<top hash>",)}
_SHOWN = {
    "delimited": "rows; separator, quotes, header and types are found out, and said in `details`",
    "jsonlines": "rows, also of a `.json` whose content is an array of records",
    "parquet": "rows, and the row groups that they are in",
    "arrow": "rows",
    "orc": "rows",
    "spreadsheet": "rows of each sheet of Excel and OpenDocument files",
    "sas": "rows, with labels and formats",
    "stata": "rows, with labels",
    "spss": "rows, with labels",
    "numpy": "rows of one array",
    "fcs": "events of flow cytometry, with the keywords of the header",
    "vcf": "variants and samples",
    "bed": "regions",
    "gff": "features of a genome",
    "sam": "header and alignments",
    "bam": "header and alignments, of the first 64 MiB unpacked",
    "text": f"text of any encoding; {len(LANGUAGES)} languages are known by name or first line",
    "bytes": "the first 4 kB in hexadecimal, of files that nothing else reads, and what to do about mails of Outlook, data of R and others",
    "media": "the media type of audio and video, which browsers play",
    "archive": "the members of zip, tar and 7z archives, which can be opened (`member`), also those of archives within archives. Not those that are encrypted, and "
    "of 7z not those compressed by PPMd, Deflate64, BCJ2 or Brotli, or behind more than 512 MiB of others",
    "notebook": "cells with their outputs, of versions 3 and 4",
    "manifest": "message, metadata and files of a package of Quilt",
    "svg": "text and size; browsers draw it",
    "cram": "the header. Alignments cannot be shown: they are stored as differences from a reference sequence, which is not in the file, in codecs that no "
    "library reads without opening files",
    "raster": "a picture, upright; the first frame of an animation, and others by `page`",
    "tiff": "a picture of up to 64 bits; pages, channels, OME metadata, and the smallest level of a pyramid that is large enough",
    "dicom": "a frame in its window. No tag about patients, staff or places is shown",
    "nifti": "a slice of a volume",
    "czi": "metadata, and pictures by channel and by plane (depths, time after time), stored uncompressed, or as JPEG, JPEG XR or zstd; from the level that is "
    "large enough. Scenes are shown beside each other",
    "hdf5": "the tree with types, shapes, attributes and small values; AnnData with its shape and annotations. `obs` and `var` of AnnData, "
    "and lists of records, as rows (`table`)",
    "netcdf": "dimensions, variables and attributes, of the classic format and of netCDF 4",
    "zarr": "groups and arrays, from consolidated metadata all of them",
    "fits": "headers, the first table or a plane of the first picture",
    "arrays": "types and shapes of the arrays in it",
    "geojson": "text, with the number of features, geometries and properties",
    "molecule": "text, with the number of atoms, chains and molecules",
    "sequences": "text, with the number of records and letters",
    "pickle": "the classes and functions that it names. It is listed and never loaded",
    "model": "tensors with types and shapes; pickles in it are listed and never loaded",
    "pdf": "text of 20 pages, and each page as a picture",
    "docx": "text and pictures, by page as the program that saved it broke them",
    "pptx": "texts, pictures and notes of each slide, and the slide as a picture, drawn with one font. Charts, effects, and pictures in EMF or WMF are left out",
    "doc": "text of Word 6 to 2003, by the page breaks that somebody set; then footnotes, comments and text boxes",
    "ppt": "texts and notes of each slide of PowerPoint 97 to 2003",
}


def formats_page() -> str:
    compressions = " ".join(map(code, COMPRESSION_SUFFIXES))
    sections = [f"## {title}\n\n{_table(family)}" for family, title in _FAMILIES.items()]
    return page(
        "Formats",
        "`shared.readers`",
        "Files that [previews](../api/previews.md) look into. The first bytes tell the format, where it has such; the names below count "
        f"otherwise. Each can be compressed: {compressions}, or stored with such a `Content-Encoding`. Of compressed files, the first "
        "64 MiB of the content are read.",
        *sections,
    )


def _table(family: Family) -> str:
    rows = [
        (
            entry.name,
            _names(entry.name),
            _SHOWN[entry.name],
        )
        for entry in ENTRIES.values()
        if entry.family == family
    ]
    return table("reader", "names", "what is shown", rows=rows)


def _names(reader: str) -> str:
    return " ".join(
        [*map(code, _BY_RULE.get(reader, ())), *(code(end) for end, name in SUFFIXES.items() if name == reader)]
    )
