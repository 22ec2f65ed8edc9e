"""A search backend that looks at every document. It defines what the others must find, count and sort."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import assert_never

from registry.search_engine.stems import stem
from shared.errors import Invalid
from shared.index.records import Hit, ManifestRecord, ObjectRecord, PackageRecord
from shared.index.search.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Equals,
    Everything,
    Ids,
    Like,
    Not,
    Nothing,
    Phrase,
    Present,
    Starts,
    Value,
    names_field,
    phrases,
)
from shared.index.search.documents import EntryDocument, ObjectDocument, PackageDocument
from shared.index.search.entry_clauses import entry_part
from shared.index.search.fields import (
    FACET_FIELDS,
    FIELDS,
    MAX_FACET_VALUES,
    TEXT_FIELDS,
    FieldKind,
    facet_ranges,
    pointer_of,
)
from shared.index.search.metadata import date_of, metadata_texts, metadata_values, value_types
from shared.index.search.results import (
    MAX_EXTENSIONS,
    ExtensionTotals,
    Extents,
    Facet,
    FacetValue,
    FoundField,
    PackageKey,
    RangeCount,
    SearchOrder,
    SearchPosition,
    SearchResult,
    SearchScope,
    ValueCount,
    ValueType,
)
from shared.index.search.words import cut, fold
from shared.index.tables import ManifestState
from shared.quilt.keys import LATEST

Document = ObjectDocument | PackageDocument
FieldValue = str | float | datetime | bool

MAX_NEAR_WORDS = 5
_WEIGHTS = {"name_text": 8.0, "message": 4.0, "meta": 3.0, "readme": 2.0, "content": 1.0}
_PACKAGES, _OBJECTS = 0, 1


@dataclass
class BruteForceSearch:
    """Implements `SearchBackend` over a list of documents, which a test may change between two searches."""

    documents: list[Document] = field(default_factory=list)
    entries: list[EntryDocument] = field(default_factory=list)
    as_of: datetime = field(default_factory=lambda: datetime.now(UTC))
    complete: bool = True
    waited_for: list[int] = field(default_factory=list)

    async def wait_for(self, position: int) -> None:
        self.waited_for.append(position)

    async def search(
        self,
        clause: Clause,
        scope: SearchScope,
        *,
        limit: int,
        offset: int = 0,
        after: SearchPosition | None = None,
        order: SearchOrder | None = None,
        with_text: bool = False,
    ) -> SearchResult:
        found = [(_score(clause, each), each) for each in self.matches(clause, scope)]
        found.sort(key=lambda pair: _relevance_key(*pair))
        if order:
            found = _sorted_by(found, order)
        rest = found
        if after:
            rest = [pair for pair in found if _relevance_key(*pair) > _position_key(after)]
        page = rest[offset : offset + limit]
        more = len(rest) > offset + limit
        return SearchResult(
            [
                replace(
                    hit_of(document, with_text=with_text),
                    score=score,
                    sorted_by=_sort_value(document, order) if order else None,
                )
                for score, document in page
            ],
            total=len(found),
            packages=sum(isinstance(document, PackageDocument) for _, document in found),
            more=more,
            last=_position(*page[-1]) if page and more else None,
        )

    async def count(self, clause: Clause, scope: SearchScope) -> int:
        return len(self.matches(clause, scope))

    async def facets(self, clause: Clause, scope: SearchScope, fields: Sequence[str]) -> list[Facet]:
        found = self.matches(clause, scope)
        return [facet for name in fields for facet in _facets(name, found)]

    async def fields(self, clause: Clause, scope: SearchScope) -> list[FoundField]:
        """The most frequent first."""
        counted: Counter[tuple[str, ValueType]] = Counter()
        for each in self.matches(clause, scope):
            if isinstance(each, PackageDocument):
                counted.update(
                    {(path, type_) for path, value in metadata_values(each.meta) for type_ in value_types(value)}
                )
        ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return [FoundField(path, type_, packages) for (path, type_), packages in ranked]

    async def near_words(self, word: str, scope: SearchScope) -> list[str]:
        frequency: Counter[str] = Counter()
        for each in self.documents:
            if _is_in(each, scope):
                frequency.update({found for texts in _texts(each).values() for text in texts for found in cut(text)})
        most = 1 if len(word) < 5 else 2
        near = [found for found in frequency if found != word and _edits(word, found) <= most]
        return sorted(near, key=lambda found: (-frequency[found], found))[:MAX_NEAR_WORDS]

    async def extents(self, clause: Clause, scope: SearchScope) -> Extents | None:
        found = self.matches(clause, scope)
        if not found:
            return None
        sizes = [_number_of(each, "size") for each in found]
        entries = [each.total_entries if isinstance(each, PackageDocument) else 0 for each in found]
        extensions = Counter(each.extension for each in found if isinstance(each, ObjectDocument) and each.extension)
        frequent = sorted(extensions, key=lambda name: (-extensions[name], name))[:MAX_EXTENSIONS]
        return Extents(
            len(found),
            (min(each.modified for each in found), max(each.modified for each in found)),
            (min(sizes), max(sizes)),
            (min(entries), max(entries)),
            sorted(frequent),
        )

    async def totals(self, buckets: Collection[str]) -> list[ExtensionTotals]:
        objects = [
            each
            for each in self.documents
            if isinstance(each, ObjectDocument) and each.bucket in buckets and not each.deleted
        ]
        made = [
            ExtensionTotals(
                extension,
                sum(each.extension == extension for each in objects),
                sum(each.size for each in objects if each.extension == extension),
            )
            for extension in {each.extension for each in objects}
        ]
        return sorted(made, key=lambda each: (-each.objects, each.extension))

    def matches(self, clause: Clause, scope: SearchScope) -> list[Document]:
        with_deleted = names_field(clause, "deleted")
        return [
            each
            for each in self.documents
            if _is_in(each, scope) and (with_deleted or not _is_deleted(each)) and self._is_found(clause, each)
        ]

    def _is_found(self, clause: Clause, document: Document) -> bool:
        if _matches(clause, document):
            return True
        if not isinstance(document, PackageDocument) or document.tag != LATEST:
            return False
        of_entries, rest = entry_part(clause)
        if of_entries is None or not _matches(rest, document):
            return False
        return bool(self._entries_of(document.bucket, document.name, of_entries))

    def _entries_of(self, bucket: str, package: str, clause: Clause) -> list[str]:
        own = [each for each in self.entries if (each.bucket, each.package) == (bucket, package)]
        return [each.key for each in own if _matches(clause, each)]

    async def matching_entries(
        self, clause: Clause, scope: SearchScope, packages: Collection[PackageKey]
    ) -> Mapping[PackageKey, Sequence[str]]:
        of_entries, _ = entry_part(clause)
        if of_entries is None:
            return {}
        found = {key: sorted(self._entries_of(*key, of_entries)) for key in packages if key[0] in scope.packages}
        return {key: keys for key, keys in found.items() if keys}


def _is_deleted(document: Document) -> bool:
    return isinstance(document, ObjectDocument) and document.deleted


def _is_in(document: Document, scope: SearchScope) -> bool:
    if isinstance(document, ObjectDocument):
        return document.bucket in scope.objects
    readers = scope.restricted.get(document.bucket)
    seen = readers is None or (document.name in readers.names) == readers.seen
    return document.bucket in scope.packages and seen and (document.tag != LATEST) == scope.all_revisions


def _matches(clause: Clause, document: Document | EntryDocument) -> bool:  # noqa: C901, PLR0911, PLR0912 – a case for each kind
    match clause:
        case Everything():
            return True
        case Nothing():
            return False
        case All(clauses):
            return all(_matches(each, document) for each in clauses)
        case AnyOf(clauses, at_least):
            return sum(_matches(each, document) for each in clauses) >= at_least
        case Not(inner):
            return not _matches(inner, document)
        case Ids(values):
            return _identifier(document) in values
        case Phrase(words, name, prefix):
            texts = _texts_of(document, name)
            if any(_has_phrase(words, prefix, text) for text in texts):
                return True
            # A single word that is searched everywhere finds others of its stem.
            if name is not None or prefix or len(words) != 1:
                return False
            return stem(words[0]) in {stem(word) for text in texts for word in cut(text)}
        case Present(name):
            return _is_present(document, name)
        case Equals(name, value):
            return any(_is_equal(own, value) for own in _values(document, name))
        case Starts(name, start):
            return any(isinstance(own, str) and own.startswith(start) for own in _values(document, name))
        case Like(pattern, name):
            whole = re.compile(_regular(pattern), re.DOTALL)
            return any(isinstance(own, str) and whole.fullmatch(fold(own)) for own in _values(document, name or "name"))
        case Between(name):
            return any(_is_between(own, clause) for own in _values(document, name))
        case _:
            assert_never(clause)


def _texts(document: Document | EntryDocument) -> dict[str, list[str]]:
    """Texts of each text field."""
    if isinstance(document, ObjectDocument):
        return {
            "name_text": [document.key],
            "meta": list(metadata_texts(document.meta)),
            "content": [document.text],
        }
    if isinstance(document, EntryDocument):
        return {"name_text": [document.key], "meta": list(metadata_texts(document.meta))}
    return {
        "name_text": [document.name],
        "meta": list(metadata_texts(document.meta)),
        "message": [document.message or ""],
        "readme": [document.readme],
    }


def _texts_of(document: Document | EntryDocument, name: str | None) -> list[str]:
    if name is None:
        return [text for texts in _texts(document).values() for text in texts]
    path = pointer_of(name)
    if path is None:
        assert name in TEXT_FIELDS, name
        return _texts(document).get(name, [])
    return [value for at, value in metadata_values(document.meta) if at == path and isinstance(value, str)]


def _has_phrase(words: tuple[str, ...], prefix: bool, text: str) -> bool:  # noqa: FBT001
    own = cut(text)
    for start in range(len(own) - len(words) + 1):
        run = own[start : start + len(words)]
        last = run[-1].startswith(words[-1]) if prefix else run[-1] == words[-1]
        if last and run[:-1] == list(words[:-1]):
            return True
    return False


def _values(document: Document | EntryDocument, name: str) -> Iterator[FieldValue]:
    """Values of a field that is no text. In metadata a date is a keyword as well, and long texts are left out."""
    path = pointer_of(name)
    if path is not None:
        for at, value in metadata_values(document.meta):
            if at != path:
                continue
            for type_ in value_types(value):
                if type_ != "text":
                    yield _as_type(value, type_)
        return
    assert FIELDS[name].kind is not FieldKind.TEXT, name
    found = _columns(document).get(name)
    if found is not None:
        yield found


def _as_type(value: str | float | bool, type_: ValueType) -> FieldValue:  # noqa: FBT001
    if type_ == "datetime":
        date = date_of(str(value))
        assert date
        return date
    if type_ == "keyword":
        return str(value)
    # Numbers are compared as doubles.
    return float(value) if type_ == "number" and isinstance(value, int) and abs(value) > 2**53 else value


def _columns(document: Document | EntryDocument) -> dict[str, FieldValue | None]:
    if isinstance(document, ObjectDocument):
        return {
            "name": document.key,
            "bucket": document.bucket,
            "kind": "object",
            "modified": document.modified,
            "size": document.size,
            "key": document.key,
            "ext": document.extension,
            "etag": document.etag,
            "version_id": document.version_id or "null",
            "updated": document.indexed_at,
            "deleted": document.deleted,
        }
    if isinstance(document, EntryDocument):
        return {"name": document.key, "key": document.key, "ext": document.extension, "object": document.object}
    return {
        "name": document.name,
        "bucket": document.bucket,
        "kind": "package",
        "modified": document.modified,
        "size": document.total_bytes,
        "hash": document.top_hash,
        "pointer": document.tag,
        "workflow": document.workflow,
        "author": document.author,
        "entries": document.total_entries,
        "manifest_modified": document.manifest_modified,
    }


def _is_present(document: Document | EntryDocument, name: str) -> bool:
    path = pointer_of(name)
    if path is not None:
        return any(at == path or at.startswith(f"{path}/") for at, _ in metadata_values(document.meta))
    if name in TEXT_FIELDS:
        return any(cut(text) for text in _texts(document).get(name, []))
    return any(True for _ in _values(document, name))


def _comparable(own: FieldValue, value: Value) -> bool:
    """Both are truth values, numbers, strings, or times."""
    kinds: tuple[type | tuple[type, ...], ...] = (bool, str, datetime, (int, float))
    return next(kind for kind in kinds if isinstance(own, kind)) == next(
        kind for kind in kinds if isinstance(value, kind)
    )


def _is_equal(own: FieldValue, value: Value) -> bool:
    return _comparable(own, value) and own == value


def _is_between(own: FieldValue, wanted: Between) -> bool:
    def compare(bound: Value | None, *signs: int) -> bool:
        if bound is None:
            return True
        if not _comparable(own, bound):
            return False
        return ((own > bound) - (own < bound)) in signs  # type: ignore[operator]

    bounds = (wanted.above, wanted.at_least, wanted.below, wanted.at_most)
    if all(bound is None for bound in bounds):
        return True
    return (
        compare(wanted.above, 1)
        and compare(wanted.at_least, 0, 1)
        and compare(wanted.below, -1)
        and compare(wanted.at_most, -1, 0)
    )


def _regular(pattern: str) -> str:
    made = []
    characters = iter(pattern)
    for char in characters:
        if char in "*?":
            made.append(".*" if char == "*" else ".")
        else:
            made.append(re.escape(fold(next(characters, "\\") if char == "\\" else char)))
    return "".join(made)


def _identifier(document: Document | EntryDocument) -> str:
    if isinstance(document, ObjectDocument):
        return f"{document.key}:{document.version_id or 'null'}"
    if isinstance(document, EntryDocument):
        return ""
    return f"ptr:{sha256(f'{document.name}/{document.tag}'.encode()).hexdigest()}"


def _score(clause: Clause, document: Document) -> float:
    """Heavier fields and more words found weigh more; 1 for a clause without words."""
    wanted = list(phrases(clause))
    if not wanted:
        return 1.0
    texts = _texts(document)
    return sum(
        (
            weight
            for phrase in wanted
            for name, weight in _WEIGHTS.items()
            if phrase.field in {None, name}
            and any(_has_phrase(phrase.words, phrase.prefix, text) for text in texts.get(name, []))
        ),
        0.0,
    )


def _kind(document: Document) -> int:
    return _OBJECTS if isinstance(document, ObjectDocument) else _PACKAGES


def _name(document: Document) -> str:
    return document.key if isinstance(document, ObjectDocument) else document.name


def _position(score: float, document: Document) -> SearchPosition:
    return SearchPosition(score, document.modified, _kind(document), document.bucket, _name(document))


def _position_key(at: SearchPosition) -> tuple[float, float, int, str, str]:
    return (-at.score, -at.modified.timestamp(), at.kind, at.bucket, at.name)


def _relevance_key(score: float, document: Document) -> tuple[float, float, int, str, str]:
    return _position_key(_position(score, document))


def _sorted_by(found: list[tuple[float, Document]], order: SearchOrder) -> list[tuple[float, Document]]:
    """Sorted by a field; equal ones stay in the order of relevance, and those without a value come last."""
    if not pointer_of(order.field) and not FIELDS[order.field].sorts:
        raise Invalid(f"Cannot sort by {order.field}")
    valued = [(value, pair) for pair in found if (value := _sort_value(pair[1], order)) is not None]
    without = [pair for pair in found if _sort_value(pair[1], order) is None]
    valued.sort(key=lambda each: each[0], reverse=order.descending)  # a reversed sort is stable as well
    return [pair for _, pair in valued] + without


def _sort_value(document: Document, order: SearchOrder) -> FieldValue | None:
    """The smallest value, or the largest when the order is descending."""
    values = [each for each in _values(document, order.field) if order.type is None or _is_of(each, order.type)]
    return (max if order.descending else min)(values, default=None)


def _is_of(value: FieldValue, type_: ValueType) -> bool:
    match type_:
        case "datetime":
            return isinstance(value, datetime)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)


def _facets(name: str, found: Iterable[Document]) -> Iterator[Facet]:
    path = pointer_of(name)
    if path is None and name not in FACET_FIELDS:
        raise Invalid(f"There is no facet of {name}. Facets are: {', '.join(FACET_FIELDS)}")
    counted: dict[ValueType, Counter[FacetValue]] = {}
    for each in found:
        values: set[tuple[ValueType, FacetValue]] = set()
        if path is None:
            values = {_facet_value(value) for value in _values(each, name) if value != ""}
        else:
            for at, value in metadata_values(each.meta):
                for type_ in value_types(value) if at == path else ():
                    own = _as_type(value, type_)
                    values.add((type_, own.timestamp() if isinstance(own, datetime) else own))
        for type_, value in values:
            counted.setdefault(type_, Counter())[value] += 1
    for type_, counts in sorted(counted.items(), key=lambda item: (-item[1].total(), item[0])):
        yield _facet(name, type_, counts)


def _facet_value(value: FieldValue) -> tuple[ValueType, FacetValue]:
    if isinstance(value, datetime):
        return "datetime", value.timestamp()
    return ("keyword" if isinstance(value, str) else "number"), value


def _facet(name: str, type_: ValueType, counts: Counter[FacetValue]) -> Facet:
    """The most frequent values first, and the smaller of equally frequent ones. Texts have no values."""
    if type_ == "text":
        return Facet(name, type_, 0, complete=False, values=())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_FACET_VALUES]
    made = Facet(
        name, type_, len(counts), len(ranked) == len(counts), [ValueCount(value, count) for value, count in ranked]
    )
    if type_ not in {"number", "datetime"}:
        return made
    numbers = {float(value): count for value, count in counts.items()}
    ranges = facet_ranges(min(numbers), max(numbers))
    return Facet(
        made.field,
        type_,
        made.distinct,
        made.complete,
        made.values,
        min(numbers),
        max(numbers),
        [
            RangeCount(
                start,
                end,
                sum(
                    count
                    for value, count in numbers.items()
                    if start <= value < end or (value == end == ranges[-1][1] and (start, end) == ranges[-1])
                ),
            )
            for start, end in ranges
        ],
    )


def _number_of(document: Document, name: str) -> int:
    value = _columns(document)[name]
    assert isinstance(value, int)
    return value


def _edits(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that turn one word into the other."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (left != right))
            if row > 1 < column and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]


def _text(document: Document) -> str:
    return document.text if isinstance(document, ObjectDocument) else document.readme


def hit_of(document: Document, *, with_text: bool) -> Hit:
    return Hit(
        _record(document),
        0.0,
        None,
        _text(document) if with_text else "",
        document.tag if isinstance(document, PackageDocument) else LATEST,
        document.author if isinstance(document, PackageDocument) else None,
    )


def _record(document: Document) -> ObjectRecord | PackageRecord:
    if isinstance(document, ObjectDocument):
        return ObjectRecord(
            document.bucket,
            document.key,
            document.version_id,
            document.etag,
            document.size,
            document.modified,
            document.extension,
            document.meta,
            document.indexed_at,
            document.deleted,
        )
    header = {"user_meta": document.meta, "message": document.message, "workflow": {"id": document.workflow}}
    if document.workflow is None:
        del header["workflow"]
    return PackageRecord(
        document.bucket,
        document.name,
        document.modified,
        document.revisions,
        ManifestRecord(
            document.bucket,
            document.top_hash,
            ManifestState.READY,
            None,
            json.dumps(header),
            document.message,
            document.total_entries,
            document.total_bytes,
            None,
            None,
            document.manifest_modified,
        ),
    )
