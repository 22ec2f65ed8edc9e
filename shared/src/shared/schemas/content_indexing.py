"""Contents of objects that can be searched: files with which extensions are read, and how many bytes."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

DEFAULT_CONTENT_BYTES = 64 << 10
MAX_CONTENT_BYTES = 10 << 20

TEXT_EXTENSIONS = frozenset(
    {
        ".bib",
        ".cfg",
        ".conf",
        ".css",
        ".csv",
        ".geojson",
        ".htm",
        ".html",
        ".ini",
        ".ipynb",
        ".java",
        ".jl",
        ".js",
        ".json",
        ".jsonl",
        ".log",
        ".m",
        ".markdown",
        ".md",
        ".ndjson",
        ".py",
        ".r",
        ".rmd",
        ".rst",
        ".sh",
        ".sql",
        ".tab",
        ".tex",
        ".text",
        ".toml",
        ".ts",
        ".tsv",
        ".txt",
        ".vcf",
        ".xml",
        ".yaml",
        ".yml",
    }
)

READER_EXTENSIONS = frozenset(
    {
        ".arrow",
        ".doc",
        ".docx",
        ".fcs",
        ".feather",
        ".fits",
        ".ods",
        ".parquet",
        ".pdf",
        ".ppt",
        ".pptx",
        ".xls",
        ".xlsm",
        ".xlsx",
    }
)
"""Extensions of tables and documents, whose content a reader finds. All others are read as text."""

DEFAULT_EXTENSIONS = TEXT_EXTENSIONS | READER_EXTENSIONS
"""Extensions whose content can be searched unless a bucket has its own. Of compressed files, the extension before `.gz` counts."""

_WITHOUT_TEXT = frozenset(
    [
        ".bam",
        ".bmp",
        ".bz2",
        ".gif",
        ".gz",
        ".h5",
        ".h5ad",
        ".jpeg",
        ".jpg",
        ".orc",
        ".png",
        ".tar",
        ".tif",
        ".tiff",
        ".zip",
    ]
)


def _text_extension(given: str) -> str:
    extension = f".{given.lower().removeprefix('.')}"
    if extension in _WITHOUT_TEXT:
        raise ValueError(f"{extension} files have no content that can be searched")
    return extension


FileExtension = Annotated[
    str,
    StringConstraints(pattern=r"^\.?\w{1,16}$", strip_whitespace=True),
    AfterValidator(_text_extension),
    Field(examples=[".csv"]),
]
FileExtensions = Annotated[
    list[FileExtension],
    Field(
        max_length=100,
        examples=[[".csv", ".md", ".txt"]],
        description="Extensions of files whose content can be searched; compressed with gzip as well. Null: those of text files, tables and documents.",
    ),
]
ContentBytes = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_CONTENT_BYTES,
        examples=[DEFAULT_CONTENT_BYTES],
        description="Bytes of content, at its beginning, that can be searched. Null: 65,536.",
    ),
]
