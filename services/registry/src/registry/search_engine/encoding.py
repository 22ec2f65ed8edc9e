"""Documents of the index as documents of tantivy."""

import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import tantivy

from registry.search_engine.schema import (
    POSITION_ID,
    POSITION_KIND,
    document_id,
    encodable,
    keyword_term,
    microseconds,
    newest,
    package_term,
    path_key,
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
from shared.index.search.metadata import date_of, metadata_texts, metadata_values, value_types
from shared.index.search.results import FacetValue
from shared.index.search.words import cut, fold
from shared.quilt.keys import LATEST


def key_of(document: SearchDocument) -> DocumentKey:
    if isinstance(document, ObjectDocument):
        return DocumentKey(DocumentKind.OBJECT, document.bucket, document.key)
    if isinstance(document, EntryDocument):
        return DocumentKey(DocumentKind.ENTRY, document.bucket, f"{document.package}/{document.key}")
    if document.tag == LATEST:
        return DocumentKey(DocumentKind.PACKAGE, document.bucket, document.name)
    return DocumentKey(DocumentKind.REVISION, document.bucket, f"{document.name}/{document.tag}")


def encoded(document: SearchDocument) -> tantivy.Document:
    key = key_of(document)
    identifier = document_id(key)
    name = document.name if isinstance(document, PackageDocument) else document.key
    made = _Encoder()
    made.add_text("id", identifier)
    made.add_unsigned("kind", int(key.kind))
    made.add_text("scope", scope_term(key.kind, key.bucket))
    made.add_text("bucket", key.bucket)
    made.add_text("name", name)
    made.add_words("name_words", name)
    made.add_text("grams", trigrams(name))
    for part in {name, *name.split("/")}:
        if part:
            made.add_text("parts", fold(part))
    made.add_integer("modified", microseconds(document.modified))
    made.add_integer("newest", newest(document.modified, identifier))
    match document:
        case ObjectDocument():
            _add_object(made, document)
        case PackageDocument():
            _add_package(made, document)
        case EntryDocument():
            made.add_text("package", package_term(document.bucket, document.package))
            made.add_text("extension", document.extension)
            made.add_integer("size", document.size)
            if document.object is not None:
                made.add_text("object", document.object)
    _add_meta(made, document.meta)
    return made.finish()


class _Encoder:
    """A document of tantivy, and the words that it has in all fields."""

    def __init__(self) -> None:
        self._document = tantivy.Document()
        self._words: set[str] = set()
        self.add_text = self._document.add_text
        self.add_integer = self._document.add_integer
        self.add_unsigned = self._document.add_unsigned
        self.add_json = self._document.add_json

    def add_words(self, field: str, text: str) -> None:
        if text and (words := cut(text)):
            self.add_text(field, " ".join(words))
            self._words.update(words)

    def finish(self) -> tantivy.Document:
        if stems := inflected_stems(self._words):
            self.add_text("stems", " ".join(stems))
        return self._document


def encoded_position(state: str) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("id", POSITION_ID)
    made.add_unsigned("kind", POSITION_KIND)
    made.add_text("state", state)
    return made


def _add_object(made: _Encoder, document: ObjectDocument) -> None:
    made.add_text("extension", document.extension)
    made.add_text("etag", document.etag)
    made.add_text("version_id", document.version_id or "null")
    made.add_integer("size", document.size)
    made.add_integer("indexed", microseconds(document.indexed_at))
    made.add_words("text", document.text)


def _add_package(made: _Encoder, document: PackageDocument) -> None:
    made.add_text("package", package_term(document.bucket, document.name))
    if document.root is not None:
        made.add_text("state", document.root.hex())
    made.add_text("top_hash", document.top_hash)
    made.add_text("tag", document.tag)
    made.add_text("pointer_id", f"ptr:{sha256(f'{document.name}/{document.tag}'.encode()).hexdigest()}")
    made.add_integer("size", document.total_bytes)
    made.add_integer("entries", document.total_entries)
    if document.manifest_modified is not None:
        made.add_integer("manifest_modified", microseconds(document.manifest_modified))
    if document.workflow is not None:
        made.add_text("workflow", document.workflow)
    if document.author is not None:
        made.add_text("author", document.author)
    made.add_words("message", document.message or "")
    made.add_words("readme", document.readme)


def _add_meta(made: _Encoder, meta: dict[str, Any]) -> None:
    typed: dict[str, dict[str, list[FacetValue]]] = defaultdict(lambda: defaultdict(list))
    paths, present = set(), set()
    for text in metadata_texts(meta):
        made.add_words("meta_words", text)
    for at, value in metadata_values(meta):
        pointer = encodable(at)
        key = path_key(pointer)
        present.add(pointer)
        for kind in value_types(value):
            paths.add(f"{kind}\0{pointer}")
            if kind != "text" and (written := _written(kind, value)) not in typed[kind][key]:
                typed[kind][key].append(written)
        if isinstance(value, str) and (words := cut(value)):
            typed["text"][key].append(" ".join(words))
    for type_, by_path in typed.items():
        made.add_json(f"meta_{type_}", dict(by_path))
    for path in paths:
        made.add_text("paths", path)
    for pointer in {above for below in present for above in _with_ancestors(below)}:
        made.add_text("present", pointer)


def _with_ancestors(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


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
