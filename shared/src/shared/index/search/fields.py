"""The fields by which packages and objects are searched: one row for each.

Clauses, query languages, orders, facets and the table in the documentation follow from FIELDS. User metadata has a field for
each path in it: `meta:` and a JSON pointer (RFC 6901), for instance `meta:/qc/level`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import pairwise
from typing import Literal

DocumentName = Literal["object", "package"]


class FieldKind(Enum):
    """How a field is compared."""

    TEXT = auto()
    """By its words."""
    KEYWORD = auto()
    """As a whole."""
    NUMBER = auto()
    DATE = auto()
    FLAG = auto()
    METADATA = auto()
    """By the type of each value."""


@dataclass(frozen=True, slots=True)
class FieldAlias:
    """Another name of a field, as Elasticsearch clients of Quilt use it."""

    name: str
    document: DocumentName | None = None
    """The alias means the field in documents of this kind only."""


@dataclass(frozen=True, slots=True)
class SearchField:
    name: str
    kind: FieldKind
    documents: tuple[DocumentName, ...]
    description: str
    sorts: bool = False
    facets: bool = False
    aliases: tuple[FieldAlias, ...] = ()
    column: str = ""
    """Name in the index of the search engine, where it is another one."""
    attributes: Mapping[DocumentName, str] = field(default_factory=dict)
    """Attributes of the documents that hold the values, where they have other names (`shared.index.search.documents`)."""

    @property
    def engine_field(self) -> str:
        return self.column or self.name

    def attribute(self, document: DocumentName) -> str:
        return self.attributes.get(document, self.name)


_OBJECT: tuple[DocumentName, ...] = ("object",)
_PACKAGE: tuple[DocumentName, ...] = ("package",)
_BOTH: tuple[DocumentName, ...] = ("package", "object")


def _of_packages(*names: str) -> tuple[FieldAlias, ...]:
    return tuple(FieldAlias(name, "package") for name in names)


def _of_objects(*names: str) -> tuple[FieldAlias, ...]:
    return tuple(FieldAlias(name, "object") for name in names)


_ROWS = (
    SearchField(
        "name",
        FieldKind.KEYWORD,
        _BOTH,
        "Name of the package (`AUTHOR/NAME`) or key of the object",
        sorts=True,
        aliases=_of_packages("ptr_name", "handle"),
    ),
    SearchField(
        "name_text",
        FieldKind.TEXT,
        _BOTH,
        "Words of the name or key",
        aliases=(*_of_objects("key_text"), *_of_packages("ptr_name.text", "handle_text")),
        column="name_words",
    ),
    SearchField("bucket", FieldKind.KEYWORD, _BOTH, "Name of the bucket", sorts=True, facets=True),
    SearchField("kind", FieldKind.KEYWORD, _BOTH, "`package` or `object`", sorts=True, facets=True),
    SearchField(
        "modified",
        FieldKind.DATE,
        _BOTH,
        "Time of the push, or of the object's last change",
        sorts=True,
        facets=True,
        aliases=(FieldAlias("last_modified"), *_of_packages("ptr_last_modified")),
    ),
    SearchField(
        "size",
        FieldKind.NUMBER,
        _BOTH,
        "Bytes of the object, or of all files in the package",
        sorts=True,
        facets=True,
        aliases=_of_packages("mnfst_stats.total_bytes", "package_stats.total_bytes"),
        attributes={"package": "total_bytes"},
    ),
    SearchField(
        "meta",
        FieldKind.TEXT,
        _BOTH,
        "Words of user metadata: its keys and values",
        aliases=(*_of_objects("user_meta"), *_of_packages("mnfst_metadata", "metadata")),
        column="meta_words",
    ),
    SearchField("key", FieldKind.KEYWORD, _OBJECT, "Key of the object", sorts=True, column="name"),
    SearchField(
        "ext",
        FieldKind.KEYWORD,
        _OBJECT,
        "Extension in lower case: `.csv`, `.tar.gz`",
        sorts=True,
        facets=True,
        column="extension",
        attributes={"object": "extension"},
    ),
    SearchField(
        "content",
        FieldKind.TEXT,
        _OBJECT,
        "Words of the text in the file",
        column="text",
        attributes={"object": "text"},
    ),
    SearchField("etag", FieldKind.KEYWORD, _OBJECT, "ETag", sorts=True),
    SearchField(
        "version_id",
        FieldKind.KEYWORD,
        _OBJECT,
        "Version, or `null` in a bucket without versions",
        sorts=True,
    ),
    SearchField(
        "updated",
        FieldKind.DATE,
        _OBJECT,
        "Time when the object was indexed",
        sorts=True,
        column="indexed",
        attributes={"object": "indexed_at"},
    ),
    SearchField(
        "deleted",
        FieldKind.FLAG,
        _OBJECT,
        "`true` for an object whose newest version is a delete marker. Such objects are found only by searches with this field",
        sorts=True,
        aliases=(FieldAlias("delete_marker"),),
    ),
    SearchField(
        "hash",
        FieldKind.KEYWORD,
        _PACKAGE,
        "Top hash of the revision",
        sorts=True,
        aliases=_of_packages("mnfst_hash"),
        column="top_hash",
        attributes={"package": "top_hash"},
    ),
    SearchField(
        "pointer",
        FieldKind.KEYWORD,
        _PACKAGE,
        "`latest`, or the Unix time of the push",
        sorts=True,
        aliases=_of_packages("ptr_tag", "pointer_file"),
        column="tag",
        attributes={"package": "tag"},
    ),
    SearchField(
        "message",
        FieldKind.TEXT,
        _PACKAGE,
        "Words of the commit message",
        aliases=_of_packages("mnfst_message", "comment"),
    ),
    SearchField("readme", FieldKind.TEXT, _PACKAGE, "Words of the README"),
    SearchField(
        "workflow",
        FieldKind.KEYWORD,
        _PACKAGE,
        "Workflow by which the revision was checked",
        sorts=True,
        facets=True,
        aliases=_of_packages("mnfst_workflow.id"),
    ),
    SearchField(
        "object",
        FieldKind.KEYWORD,
        _PACKAGE,
        "Address of an object, `s3://BUCKET/KEY`, to which a file of the package's latest revision points",
    ),
    SearchField("author", FieldKind.KEYWORD, _PACKAGE, "User who pushed, where known", sorts=True, facets=True),
    SearchField(
        "entries",
        FieldKind.NUMBER,
        _PACKAGE,
        "Number of files in the package",
        sorts=True,
        facets=True,
        aliases=_of_packages("mnfst_stats.total_files", "package_stats.total_files"),
        attributes={"package": "total_entries"},
    ),
    SearchField(
        "manifest_modified",
        FieldKind.DATE,
        _PACKAGE,
        "Time of the manifest's last change",
        sorts=True,
        aliases=_of_packages("mnfst_last_modified"),
    ),
)

FIELDS = {row.name: row for row in _ROWS}
ALIASES = {alias.name: (row, alias.document) for row in _ROWS for alias in row.aliases}

TEXT_FIELDS = tuple(row.name for row in _ROWS if row.kind is FieldKind.TEXT)
FACET_FIELDS = tuple(row.name for row in _ROWS if row.facets)

METADATA = "meta:"
MAX_POINTER = 1_000

MAX_FACET_VALUES = 100
"""Most frequent values in a facet."""
FACET_RANGES = 10
"""Ranges of equal width between the smallest and the largest number or time of a facet."""

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")


def metadata_field(parts: Iterable[str]) -> str:
    """The field of a path in user metadata: `["qc", "level"]` is `meta:/qc/level`."""
    return METADATA + pointer(parts)


def pointer(parts: Iterable[str]) -> str:
    return "".join(["/" + escaped(part) for part in parts])


def escaped(part: str) -> str:
    """A key as it stands in a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1") if "~" in part or "/" in part else part


def pointer_parts(text: str) -> list[str]:
    """Keys of a JSON pointer. Raises ValueError."""
    if not _POINTER.fullmatch(text) or len(text) > MAX_POINTER:
        raise ValueError(f"{text[:80]!r} is not a JSON pointer, for instance /qc/level")
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]


def pointer_of(field: str) -> str | None:
    """The JSON pointer of a metadata field; None for other fields."""
    return field.removeprefix(METADATA) if field.startswith(METADATA) else None


def facet_ranges(minimum: float, maximum: float) -> Sequence[tuple[float, float]]:
    """FACET_RANGES ranges of equal width; each includes its start, and the last includes its end. One when the bounds are equal."""
    if minimum == maximum:
        return [(minimum, maximum)]
    width = (maximum - minimum) / FACET_RANGES
    edges = [*(minimum + width * number for number in range(FACET_RANGES)), maximum]
    return list(pairwise(edges))
