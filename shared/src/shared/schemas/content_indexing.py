"""Contents of objects that can be searched: which extensions are read as text, and how many bytes."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

DEFAULT_CONTENT_BYTES = 64 << 10
MAX_CONTENT_BYTES = 10 << 20

DEFAULT_EXTENSIONS = frozenset(
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
"""Extensions that are read as text unless a bucket has its own. Of compressed files, the extension before `.gz` counts."""

_NOT_TEXT = frozenset(
    [
        ".bam",
        ".bmp",
        ".bz2",
        ".docx",
        ".fcs",
        ".gif",
        ".gz",
        ".h5",
        ".h5ad",
        ".jpeg",
        ".jpg",
        ".orc",
        ".parquet",
        ".pdf",
        ".png",
        ".pptx",
        ".tar",
        ".tif",
        ".tiff",
        ".xls",
        ".xlsx",
        ".zip",
    ]
)


def _text_extension(given: str) -> str:
    extension = f".{given.lower().removeprefix('.')}"
    if extension in _NOT_TEXT:
        raise ValueError(f"{extension} files are not text, and have no searchable content here")
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
        description="Extensions of files whose content can be searched; compressed with gzip as well. Null: those of text files.",
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
