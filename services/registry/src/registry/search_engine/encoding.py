"""Documents of the index as the engine takes them."""

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, get_args

import orjson

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
from shared.index.search.results import FacetValue, ValueType
from shared.index.search.words import cut, fold, spaced
from shared.quilt.keys import LATEST

_MAX_EXACT = 2**53
"""Above it, each float is an integer."""
_MAX_DIGITS = 2**63


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


EncodedDocument = str | dict[str, Any]
"""JSON, or the fields of a document with a number that the engine would not read exactly from JSON. JSON is faster."""


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

    __slots__ = ("fields", "json_numbers", "words")

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.json_numbers: dict[str, dict[str, list[JsonNumber | None]]] | None = {}
        """Fields of fractions as JSON has them; None when one of them cannot be read exactly."""
        self.words: set[str] = set()

    def add_text(self, field: str, text: str) -> None:
        written = spaced(text)
        if words := written.split():
            self.fields[field] = written
            self.words.update(words)

    def add_texts(self, field: str, texts: Iterable[str]) -> None:
        """Add texts of which other documents often have some as well. No phrase goes from one to the next."""
        found = []
        for text in texts:
            written, words = _cut_again(text)
            if words:
                found.append(written)
                self.words.update(words)
        if found:
            self.fields[field] = found

    def finish(self) -> EncodedDocument:
        if stems := inflected_stems(self.words):
            self.fields["stems"] = " ".join(stems)
        if self.json_numbers is None:
            return self.fields
        return orjson.dumps(self.fields | self.json_numbers).decode()


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
    made.add_texts("meta_words", metadata_texts(meta))
    values: dict[ValueType, dict[str, list[FacetValue]]] = {}
    paths, present = set[str](), set[str]()
    for at, value in metadata_values(meta):
        path = _path(at)
        present.update(path.above)
        for kind, written in _typed_again(value) if isinstance(value, str) else _typed(value):
            paths.add(path.terms[kind])
            if written is not None:
                known = values.setdefault(kind, {}).setdefault(path.key, [])
                if written not in known:
                    known.append(written)
        if isinstance(value, str):
            text, words = _cut_again(value)
            if words:
                values.setdefault("text", {}).setdefault(path.key, []).append(text)
    for kind, of_kind in values.items():
        made.fields[f"meta_{kind}"] = of_kind
        if kind in {"number", "datetime"}:
            _add_json_numbers(made, f"meta_{kind}", of_kind)
    if paths:
        made.fields["paths"] = list(paths)
        made.fields["present"] = list(present)


def _add_json_numbers(made: _Encoder, field: str, values: Mapping[str, Sequence[FacetValue]]) -> None:
    if made.json_numbers is None:
        return
    written = made.json_numbers[field] = {}
    for key, numbers in values.items():
        written[key] = exact = [json_number(float(number)) for number in numbers]
        if None in exact:
            made.json_numbers = None
            return


@dataclass(frozen=True, slots=True)
class _Path:
    key: str
    """Key in the JSON fields."""
    above: list[str]
    """Pointer of the path, and pointers of what it stands in."""
    terms: dict[ValueType, str]
    """The term of the path with each type of value."""


@lru_cache(maxsize=10_000)
def _path(at: str) -> _Path:
    """The path of a JSON pointer, as it can be encoded."""
    pointer = above = encodable(at)
    ancestors = []
    while above:
        ancestors.append(above)
        above = above.rpartition("/")[0]
    return _Path(path_key(pointer), ancestors, {kind: f"{kind}\0{pointer}" for kind in get_args(ValueType)})


_MAX_REMEMBERED_CHARACTERS = 40
"""Characters of keys and values in metadata that other documents often have as well."""


def _cut_again(text: str) -> tuple[str, list[str]]:
    """The words of a key or value in metadata, with spaces between them and one by one."""
    return _cut_short(text) if len(text) <= _MAX_REMEMBERED_CHARACTERS else _cut(text)


def _cut(text: str) -> tuple[str, list[str]]:
    written = spaced(text)
    return written, written.split()


_cut_short = lru_cache(maxsize=5_000)(_cut)


def _typed(value: FacetValue) -> list[tuple[ValueType, FacetValue | None]]:
    """The types of a value of metadata, and the value as it is kept for each; None for the text, of which the words are kept."""
    return [(kind, None if kind == "text" else _written(kind, value)) for kind in value_types(value)]


def _typed_again(text: str) -> list[tuple[ValueType, FacetValue | None]]:
    return _typed_short(text) if len(text) <= _MAX_REMEMBERED_CHARACTERS else _typed(text)


_typed_short = lru_cache(maxsize=5_000)(_typed)


JsonNumber = float | orjson.Fragment
_POWERS = [10.0**exponent for exponent in range(23)]


def json_number(number: float) -> JsonNumber | None:
    """A number whose JSON the engine reads exactly; None when there is none.

    The engine takes all digits for an integer, makes a float of it, and divides that by a power of ten, so it rounds twice. Where
    this gives another number than the shortest digits stand for, other digits of the same number are tried.
    """
    if number.is_integer() and abs(number) < _MAX_EXACT / 10:  # one digit is the zero after the point
        return number
    whole, _, fraction = repr(number).partition(".")
    if "e" in fraction or not fraction:
        return None
    if float(whole + fraction) / _POWERS[len(fraction)] == number:
        return number
    for exponent in range(15, 20):
        digits = number * _POWERS[exponent]
        if _MAX_EXACT < abs(digits) < _MAX_DIGITS and digits / _POWERS[exponent] == number:
            text = f"{int(digits)}e-{exponent}"
            if float(text) == number:
                return orjson.Fragment(text)
    return None


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
