"""Fields of the index, and how documents become its terms.

Metadata is kept by the type of each value, in a JSON field for each type, whose keys are encoded JSON pointers. So a path has
one type in each field, and no value is mistaken for another.
"""

import base64
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.metadata import version
from zlib import crc32

import tantivy

from shared.index.search.documents import DocumentKey, DocumentKind
from shared.index.search.fields import FIELDS, FieldKind

SCHEMA = 6
"""Raised with every change of the fields or of what is written to them."""
FORMAT = f"{SCHEMA}-{version('tantivy')}"
"""An index of one format is never opened by a release with another."""

POSITION_ID = "position"
POSITION_KIND = 9
"""Kind of the document that holds the position in the feed. No scope contains it."""

_MARK = "\x01"
_NEWEST_BITS = 21
_MAX_MILLISECONDS = (1 << 42) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ENTRIES_PER_SAMPLE = 512
"""One of this many entries of packages is in the sample."""

COMPUTED = frozenset({"kind", "deleted"})
"""Fields that follow from the kind of a document."""


def _of_kinds(*kinds: FieldKind) -> tuple[str, ...]:
    rows = [row for row in FIELDS.values() if row.kind in kinds and row.name not in COMPUTED]
    return tuple(dict.fromkeys(row.engine_field for row in rows))


TEXT_FIELDS = _of_kinds(FieldKind.TEXT)
"""Fields of words, searched together when a search names none."""
DATE_FIELDS = _of_kinds(FieldKind.DATE)
NUMBER_FIELDS = _of_kinds(FieldKind.NUMBER, FieldKind.DATE)
HIDDEN_FIELDS = ("scope", "parts", "pointer_id", "present", "object")
"""Keywords that are only looked up."""
KEYWORD_FIELDS = tuple(name for name in _of_kinds(FieldKind.KEYWORD) if name not in HIDDEN_FIELDS)


@cache
def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("state", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("kind", indexed=True, fast=True)
    for name in ("package", "paths", *KEYWORD_FIELDS):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in HIDDEN_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*TEXT_FIELDS, "grams"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("stems", tokenizer_name="whitespace", index_option="basic")
    for name in (*NUMBER_FIELDS, "newest"):
        builder.add_integer_field(name, fast=True, indexed=False)
    builder.add_json_field("meta_number", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("meta_datetime", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("meta_keyword", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("meta_boolean", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("meta_text", tokenizer_name="whitespace", index_option="position")
    return builder.build()


def document_id(key: DocumentKey) -> str:
    return id_of(key.kind, key.bucket, key.name)


def id_of(kind: DocumentKind, bucket: str, name: str) -> str:
    return f"{int(kind)}\0{bucket}\0{name}"


def key_of_id(identifier: str) -> DocumentKey:
    kind, bucket, name = identifier.split("\0", 2)
    return DocumentKey(DocumentKind(int(kind)), bucket, name)


def package_term(bucket: str, name: str) -> str:
    """The term that a package shares with its revisions and entries."""
    return f"{bucket}\0{name}"


def sample_term(bucket: str) -> str:
    """The term of the entries of a bucket's packages that are in the sample, beside that of all."""
    return f"{scope_term(DocumentKind.ENTRY, bucket)}\0sample"


def is_sampled(newest: int) -> bool:
    """The digest in a number of `newest` decides, so the sample is the same in every index."""
    return newest % ENTRIES_PER_SAMPLE == 0


@lru_cache(maxsize=10_000)
def scope_term(kind: DocumentKind, bucket: str) -> str:
    return f"{int(kind)}\0{bucket}"


def microseconds(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def newest(modified: datetime, identifier: str) -> int:
    """A number that orders documents by age, and those of one millisecond by their ids."""
    return newest_of(microseconds(modified), identifier)


def newest_of(modified: int, identifier: str) -> int:
    """The same for a time in microseconds."""
    milliseconds = min(max(modified // 1_000, 0), _MAX_MILLISECONDS)
    return (milliseconds << _NEWEST_BITS) | (crc32(identifier.encode()) >> (32 - _NEWEST_BITS))


def modified_of(newest: int) -> datetime:
    """The time in a number of `newest`, in milliseconds."""
    return datetime.fromtimestamp((newest >> _NEWEST_BITS) / 1e3, UTC)


@lru_cache(maxsize=10_000)
def path_key(pointer: str) -> str:
    """A JSON pointer as a key of the JSON fields: letters and digits only, so that no syntax of paths applies to it."""
    return "p" + base64.b32encode(pointer.encode()).decode().rstrip("=")


def keyword_term(value: str) -> str:
    """A keyword in `meta_keyword`. tantivy would take a string like a time for a time, so such strings get a mark at their end."""
    is_like_time = value[4:5] == "-" and "T" in value.upper()
    return f"{value}{_MARK}" if is_like_time or value.endswith(_MARK) else value


def keyword_of_term(term: str) -> str:
    return term.removesuffix(_MARK)


def encodable(text: str) -> str:
    """The text without lone surrogates, which JSON may have and UTF-8 has not."""
    return text.encode("utf-8", "replace").decode()
