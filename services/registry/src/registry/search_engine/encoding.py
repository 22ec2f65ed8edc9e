"""Documents of the index as documents of tantivy, in JSON."""

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
import tantivy

from registry.search_engine.schema import (
    COMPUTED,
    POSITION_ID,
    POSITION_KIND,
    encodable,
    id_of,
    is_sampled,
    keyword_term,
    microseconds,
    newest_of,
    package_term,
    path_key,
    sample_term,
    schema,
    scope_term,
)
from registry.search_engine.stems import inflected_stems
from registry.search_engine.trigrams import trigrams
from shared.index.search.documents import (
    DocumentKey,
    DocumentKind,
    EntryDocument,
    ObjectDocument,
    PackageDocument,
    SearchDocument,
)
from shared.index.search.fields import FIELDS, DocumentName, FieldKind
from shared.index.search.metadata import date_of, metadata_texts, metadata_values, value_types
from shared.index.search.results import FacetValue
from shared.index.search.words import cut, fold, spaced
from shared.quilt.keys import LATEST

_MAX_EXACT = 2**53


def key_of(document: SearchDocument) -> DocumentKey:
    return DocumentKey(*_identity(document))


def _identity(document: SearchDocument) -> tuple[DocumentKind, str, str]:
    """Kind, bucket and name of a document's key."""
    if isinstance(document, ObjectDocument):
        return DocumentKind.OBJECT, document.bucket, document.key
    if isinstance(document, EntryDocument):
        return DocumentKind.ENTRY, document.bucket, f"{document.package}/{document.key}"
    if document.tag == LATEST:
        return DocumentKind.PACKAGE, document.bucket, document.name
    return DocumentKind.REVISION, document.bucket, f"{document.name}/{document.tag}"


EncodedDocument = str | tantivy.Document
"""JSON, from which tantivy makes a document faster than from Python's values; but it reads many fractions a bit off."""


def encoded(document: SearchDocument) -> EncodedDocument:
    kind, bucket, full_name = _identity(document)
    identifier = id_of(kind, bucket, full_name)
    if isinstance(document, ObjectDocument) and document.deleted:
        kind = DocumentKind.DELETED
    name = document.name if isinstance(document, PackageDocument) else document.key
    folded = fold(name)
    modified = microseconds(document.modified)
    made = _Encoder(
        {
            "id": identifier,
            "kind": int(kind),
            "scope": scope_term(kind, bucket),
            "bucket": bucket,
            "name": name,
            "grams": trigrams(folded),
            "modified": modified,
            "newest": newest_of(modified, identifier),
        }
    )
    made.add_text("name_words", name)
    if parts := _parts_of_words(folded):
        made.fields["parts"] = parts
    if isinstance(document, ObjectDocument):
        made.fields["version_id"] = document.version_id or "null"
        _add_columns(made, document, _OBJECT_COLUMNS)
    elif isinstance(document, PackageDocument):
        _add_package(made, document)
    else:
        _add_entry(made, document)
    if document.meta:
        _add_meta(made, document.meta)
    return made.finish()


def _parts_of_words(folded: str) -> list[str]:
    """The parts of a name that are words with single spaces between them, as the words of a search are looked for among the parts."""
    return [part for part in {*folded.split("/")} if part and _is_of_words(part)]


def _is_of_words(part: str) -> bool:
    return part.isalnum() if part.isascii() and " " not in part else part == " ".join(cut(part))


class _Encoder:
    """Fields of a document, and the words that it has in all of them."""

    __slots__ = ("fields", "is_exact_as_json", "words")

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.is_exact_as_json = True
        self.words: set[str] = set()

    def add_text(self, field: str, text: str) -> None:
        written = spaced(text)
        if words := written.split():
            self.fields[field] = written
            self.words.update(words)

    def add_texts(self, field: str, texts: Iterable[str]) -> None:
        """Add texts of which other documents often have some as well. No phrase goes from one to the next."""
        found = [words for text in texts if (words := _cut_again(text))]
        if found:
            self.fields[field] = [" ".join(words) for words in found]
            self.words.update(*found)

    def finish(self) -> EncodedDocument:
        if stems := inflected_stems(self.words):
            self.fields["stems"] = " ".join(stems)
        if self.is_exact_as_json:
            return orjson.dumps(self.fields).decode()
        return tantivy.Document.from_dict(self.fields, schema())


def encoded_position(state: str) -> str:
    return orjson.dumps({"id": POSITION_ID, "kind": POSITION_KIND, "state": state}).decode()


_MADE = frozenset({"name", "name_words", "bucket", "modified", "meta_words", "version_id", "object"})
"""Columns that documents have in another way than by an attribute with their value."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Columns of a kind of document, with the attributes that have their values."""

    texts: list[tuple[str, str]]
    dates: list[tuple[str, str]]
    values: list[tuple[str, str]]

    @classmethod
    def of(cls, document: DocumentName) -> "_Columns":
        made = cls([], [], [])
        groups = {FieldKind.TEXT: made.texts, FieldKind.DATE: made.dates}
        for row in FIELDS.values():
            if document in row.documents and row.name not in COMPUTED and row.engine_field not in _MADE:
                groups.get(row.kind, made.values).append((row.engine_field, row.attribute(document)))
        return made


_OBJECT_COLUMNS, _PACKAGE_COLUMNS = _Columns.of("object"), _Columns.of("package")


def _add_columns(made: _Encoder, document: SearchDocument, columns: _Columns) -> None:
    for column, attribute in columns.texts:
        if text := getattr(document, attribute):
            made.add_text(column, text)
    for column, attribute in columns.dates:
        if (at := getattr(document, attribute)) is not None:
            made.fields[column] = microseconds(at)
    for column, attribute in columns.values:
        if (value := getattr(document, attribute)) is not None:
            made.fields[column] = value


def _add_entry(made: _Encoder, document: EntryDocument) -> None:
    fields = made.fields
    if is_sampled(fields["newest"]):
        fields["scope"] = [fields["scope"], sample_term(document.bucket)]
    fields["package"] = package_term(document.bucket, document.package)
    fields["extension"] = document.extension
    fields["size"] = document.size
    if document.object is not None:
        fields["object"] = document.object


def _add_package(made: _Encoder, document: PackageDocument) -> None:
    made.fields["package"] = package_term(document.bucket, document.name)
    made.fields["pointer_id"] = f"ptr:{sha256(f'{document.name}/{document.tag}'.encode()).hexdigest()}"
    if document.root is not None:
        made.fields["state"] = document.root.hex()
    _add_columns(made, document, _PACKAGE_COLUMNS)


def _add_meta(made: _Encoder, meta: dict[str, Any]) -> None:
    typed: dict[str, dict[str, list[FacetValue]]] = {}
    paths, present = set[str](), set[str]()
    made.add_texts("meta_words", metadata_texts(meta))
    for at, value in metadata_values(meta):
        pointer, key, ancestors = _path(at)
        present.update(ancestors)
        for kind in value_types(value):
            paths.add(f"{kind}\0{pointer}")
            if kind != "text":
                values = typed.setdefault(f"meta_{kind}", {}).setdefault(key, [])
                if (written := _written(kind, value)) not in values:
                    values.append(written)
                if isinstance(written, float) and not (written.is_integer() and abs(written) < _MAX_EXACT):
                    made.is_exact_as_json = False
        if isinstance(value, str) and (words := _cut_again(value)):
            typed.setdefault("meta_text", {}).setdefault(key, []).append(" ".join(words))
    made.fields |= typed
    if paths:
        made.fields["paths"] = list(paths)
        made.fields["present"] = list(present)


@lru_cache(maxsize=10_000)
def _path(at: str) -> tuple[str, str, list[str]]:
    """A JSON pointer that can be encoded, its key in the JSON fields, and the pointer with those above it."""
    pointer = above = encodable(at)
    ancestors = []
    while above:
        ancestors.append(above)
        above = above.rpartition("/")[0]
    return pointer, path_key(pointer), ancestors


_MAX_REMEMBERED_CHARACTERS = 40
_cut_short = lru_cache(maxsize=5_000)(cut)


def _cut_again(text: str) -> Sequence[str]:
    """Words of a key or value in metadata, which other documents often have as well."""
    return _cut_short(text) if len(text) <= _MAX_REMEMBERED_CHARACTERS else cut(text)


def _written(kind: str, value: FacetValue) -> FacetValue:
    match kind:
        case "number":
            try:
                number = float(value)
            except OverflowError:
                return math.copysign(sys.float_info.max, int(value))
            return number if math.isfinite(number) else math.copysign(sys.float_info.max, number)
        case "datetime":
            at = date_of(str(value))
            return at.timestamp() if at else 0.0
        case "keyword":
            return keyword_term(encodable(str(value)))
        case _:
            return value
