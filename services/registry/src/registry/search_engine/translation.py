"""Turns clauses into queries of tantivy.

A field that a kind of document lacks matches none of its documents. Patterns are exact: pieces of names are phrases of
trigrams, and where that does not decide, the values that are there are compared one by one.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, assert_never

import tantivy
from tantivy import Occur, Query

from registry.search_engine.combining import every, some, term, terms, unscored, without
from registry.search_engine.entry_packages import MAX_VALUES, packages_with
from registry.search_engine.near import max_edits
from registry.search_engine.schema import (
    DATE_FIELDS,
    NUMBER_FIELDS,
    POSITION_KIND,
    TEXT_FIELDS,
    document_id,
    keyword_of_term,
    keyword_term,
    microseconds,
    package_term,
    path_key,
    schema,
    scope_term,
)
from registry.search_engine.snapshot import IndexSnapshot, question_key
from registry.search_engine.stems import stem
from registry.search_engine.trigrams import END, LENGTH, START, spaced, written
from shared.errors import Invalid
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
    phrases,
)
from shared.index.search.documents import DocumentKey, DocumentKind
from shared.index.search.entry_clauses import entry_part
from shared.index.search.fields import FIELDS, METADATA
from shared.index.search.patterns import folded_pattern, pattern_characters
from shared.index.search.results import PackageReaders, SearchScope
from shared.index.search.words import cut, fold

# In descending order.
_BOOSTS = {"name_words": 4.0, "message": 2.0, "meta_words": 1.5, "readme": 1.0, "text": 0.7}
_EXACT_NAME_BOOST = 8.0
_STEM_BOOST = 0.5

OBJECT_KINDS = (DocumentKind.OBJECT, DocumentKind.DELETED)
PACKAGE_KINDS = (DocumentKind.PACKAGE, DocumentKind.REVISION)

_KINDS = {"object": OBJECT_KINDS, "package": PACKAGE_KINDS}

_NUMBERS, _DATES = frozenset(NUMBER_FIELDS), frozenset(DATE_FIELDS)


def within(query: Query, scope: SearchScope, present: Mapping[str, int], *, with_deleted: bool) -> Query:
    """The matches of a query that a scope contains. `present`: terms of kind and bucket that the index has, with their documents.

    Where the scope contains most documents, the others are left out, which costs less than asking for its own.
    """
    kind = DocumentKind.REVISION if scope.all_revisions else DocumentKind.PACKAGE
    unrestricted, restricted = _packages_of(scope, kind)
    kinds = OBJECT_KINDS if with_deleted else (DocumentKind.OBJECT,)
    plain = {scope_term(each, bucket) for each in kinds for bucket in scope.objects} | set(unrestricted)
    others = [value for value in present if value not in plain]
    if restricted or sum(present[value] for value in others) > sum(present[value] for value in plain & present.keys()):
        return every([query, unscored(some([_scope_terms(sorted(plain & present.keys())), *restricted]))])
    refused = [(Occur.MustNot, term("kind", POSITION_KIND))]
    if others:
        refused.append((Occur.MustNot, terms("scope", others)))
    return Query.boolean_query([(Occur.Must, query), *refused])


def _scope_terms(values: list[str]) -> Query:
    few = 8
    return some(term("scope", value) for value in values) if len(values) <= few else terms("scope", values)


def _restricted(kind: DocumentKind, bucket: str, readers: PackageReaders) -> Query:
    named = terms("package", (package_term(bucket, name) for name in readers.names))
    whole = term("scope", scope_term(kind, bucket))
    return every([whole, named]) if readers.seen else without(whole, named)


def entries_within(query: Query, scope: SearchScope) -> Query:
    """The entries that match a query, of packages that a scope contains."""
    plain, restricted = _packages_of(scope, DocumentKind.ENTRY)
    return every([query, unscored(some([_scope_terms(plain), *restricted]))])


def has_entries(snapshot: IndexSnapshot, scope: SearchScope) -> bool:
    return any(scope_term(DocumentKind.ENTRY, bucket) in snapshot.scopes for bucket in scope.packages)


def _packages_of(scope: SearchScope, kind: DocumentKind) -> tuple[list[str], list[Query]]:
    """Terms of the buckets in which the caller sees all packages, and queries for the packages that they see in others."""
    plain = [scope_term(kind, bucket) for bucket in scope.packages if bucket not in scope.restricted]
    restricted = [
        _restricted(kind, bucket, readers) for bucket in scope.packages if (readers := scope.restricted.get(bucket))
    ]
    return plain, restricted


@dataclass(frozen=True, slots=True)
class Tier:
    """The matches that have one score."""

    score: float
    query: Query


class Translator:
    """Translates the clauses of one search, asking the searcher for values where a pattern needs them."""

    def __init__(
        self, snapshot: IndexSnapshot, scope: SearchScope, *, with_deleted: bool = False, of_entries: bool = False
    ) -> None:
        """`with_deleted`: deleted objects are found as well. `of_entries`: for the entries of packages, instead of packages and objects."""
        self._snapshot = snapshot
        self._index = snapshot.index
        self._searcher = snapshot.searcher
        self._scope = scope
        self._with_deleted = with_deleted
        self._of_entries = of_entries

    def whole(self, clause: Clause) -> Query:
        """The documents of the scope that match a clause.

        A package also matches by one of its entries: that entry has all that entries can have of what is asked, and the package
        has the rest.
        """
        query = self.query(clause)
        if not self._asks_entries():
            return self._within(query)
        of_entries, rest = entry_part(clause)
        if of_entries is not None:
            found = unscored(terms("package", self._packages_with(of_entries)))
            by_entries = every([unscored(self.query(rest)), unscored(of_kinds([DocumentKind.PACKAGE])), found])
            query = some([query, by_entries])
        return self._within(query)

    def tiers(self, clause: Clause, whole: Query) -> Iterator[Tier]:
        """The matches of a clause by their scores, the highest first, where they have few: in a search for the beginning of a word.

        Nothing for other clauses. `whole`: the query for all matches.
        """
        beginning, others = sole_beginning(clause)
        if beginning is None:
            return
        higher: list[Query] = []
        if beginning.field is None:
            fields = [(_words(field, beginning), boost) for field, boost in _BOOSTS.items()]
        else:
            fields = [(self._phrase(beginning), 1.0)]
        for own, boost in fields:
            found = every([own, self._all(others)]) if others else own
            yield Tier(boost, self._within(without(found, some(higher)) if higher else found))
            higher.append(own)
        if self._asks_entries():
            yield Tier(0.0, without(whole, some(higher)))

    def _asks_entries(self) -> bool:
        """A package may also match by one of its entries."""
        return not self._of_entries and not self._scope.all_revisions and has_entries(self._snapshot, self._scope)

    def _within(self, query: Query) -> Query:
        if self._of_entries:
            return entries_within(query, self._scope)
        return within(query, self._scope, self._snapshot.scopes, with_deleted=self._with_deleted)

    def _packages_with(self, of_entries: Clause) -> list[str]:
        """Terms of the packages that have an entry that matches."""
        asked = question_key(of_entries, self._scope)
        found = self._snapshot.packages_of_entries.get(asked)
        if found is None:
            found = self._look_for_packages_with(of_entries)
            self._snapshot.packages_of_entries.put(asked, found, len(found))
        return found

    def _look_for_packages_with(self, of_entries: Clause) -> list[str]:
        query = unscored(Translator(self._snapshot, self._scope, of_entries=True).whole(of_entries))
        return packages_with(self._snapshot, query, self._scope.packages)

    def query(self, clause: Clause) -> Query:  # noqa: PLR0911 – a case for each kind
        match clause:
            case Everything():
                return unscored(Query.all_query())
            case Nothing():
                return Query.empty_query()
            case All(clauses):
                return self._all(clauses)
            case AnyOf(clauses, at_least):
                return self._any_of(clauses, at_least)
            case Not(inner):
                return unscored(without(Query.all_query(), self.query(inner)))
            case Phrase():
                return self._phrase(clause)
            case Ids(values):
                return unscored(self._ids(values))
            case Equals() | Starts() | Between() | Present() | Like():
                return unscored(self._on_field(clause, clause.field or "name"))
            case _:
                assert_never(clause)

    def near(self, word: str) -> Query:
        """Documents of the scope with a word that differs from this one in a letter or two."""
        distance = max_edits(word)
        return self._within(some(Query.fuzzy_term_query(schema(), field, word, distance) for field in TEXT_FIELDS))

    def _all(self, clauses: tuple[Clause, ...]) -> Query:
        required = [(Occur.Must, self.query(each)) for each in clauses if not isinstance(each, Not)]
        refused = [(Occur.MustNot, self.query(each.clause)) for each in clauses if isinstance(each, Not)]
        if not required:
            required = [(Occur.Must, unscored(Query.all_query()))]
        return Query.boolean_query([*required, *refused])

    def _any_of(self, clauses: tuple[Clause, ...], at_least: int) -> Query:
        queries = [self.query(each) for each in clauses]
        if at_least <= 1:
            return some(queries) if at_least else unscored(Query.all_query())
        if at_least > len(queries):
            return Query.empty_query()
        return Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=at_least)

    def _phrase(self, phrase: Phrase) -> Query:
        if phrase.field is None:
            return _anywhere(phrase)
        if phrase.field.startswith(METADATA):
            return self._words_at(phrase.field.removeprefix(METADATA), phrase)
        return _words(FIELDS[phrase.field].engine_field, phrase)

    def _words_at(self, pointer: str, phrase: Phrase) -> Query:
        """Words of the values at a path. tantivy takes no pattern of words there, so the values are compared one by one."""
        field = f"meta_text.{path_key(pointer)}"
        if not phrase.prefix:
            return _words(field, phrase)
        begins = Query.phrase_prefix_query(schema(), field, list(phrase.words))
        long = every([term("paths", f"text\0{pointer}"), begins])
        return some(
            [self._path_values(path_key(pointer), lambda found: _has_beginning(cut(found), phrase.words)), long]
        )

    def _ids(self, values: tuple[str, ...]) -> Query:
        """`_id` of Elasticsearch's documents: KEY:VERSION of objects, `ptr:` and a digest of packages."""
        found: list[Query] = []
        for value in values:
            key, _, version = value.rpartition(":")
            named = terms(
                "id", (document_id(DocumentKey(DocumentKind.OBJECT, each, key)) for each in self._scope.objects)
            )
            found.append(every([named, term("version_id", version)]))
        found.append(terms("pointer_id", values))
        return some(found)

    def _on_field(self, clause: Equals | Starts | Between | Present | Like, field: str) -> Query:
        if field.startswith(METADATA):
            return self._on_path(clause, field.removeprefix(METADATA))
        if field == "kind":
            return terms("kind", (int(kind) for name in _KINDS if _holds(clause, name) for kind in _KINDS[name]))
        if field == "deleted":
            kinds = [(DocumentKind.OBJECT, False), (DocumentKind.DELETED, True)]
            return of_kinds(kind for kind, is_deleted in kinds if _holds(clause, is_deleted))
        at = FIELDS[field].engine_field
        if at == "object" and isinstance(clause, Like | Between):
            raise Invalid(
                "The field object takes a whole address, s3://BUCKET/KEY, or its beginning with a * at the end"
            )
        found = self._on_column(clause, at)
        return every([found, of_kinds(OBJECT_KINDS)]) if field == "key" and not self._of_entries else found

    def _on_column(self, clause: Equals | Starts | Between | Present | Like, at: str) -> Query:  # noqa: PLR0911
        match clause:
            case Present():
                return _present(at)
            case Between() if at in _NUMBERS:
                return _range(at, _bounds(clause, at))
            case Between():
                return terms(at, [value for value in self._values(at, Query.all_query()) if _is_between(value, clause)])
            case Equals(_, value) if at in _NUMBERS:
                return _range(at, _bounds(Between(at, at_least=value, at_most=value), at))
            case Equals(_, value):
                return term(at, str(value))
            case Starts(_, value):
                return Query.regex_query(schema(), at, re_escape(value) + ".*")
            case Like(pattern) if at == "name":
                return self._like_name(pattern)
            case Like(pattern):
                matcher = folded_pattern(pattern)
                return terms(
                    at, [value for value in self._values(at, Query.all_query()) if matcher.fullmatch(fold(value))]
                )
            case _:
                assert_never(clause)

    def _on_path(self, clause: Equals | Starts | Between | Present | Like, pointer: str) -> Query:  # noqa: PLR0911
        key = path_key(pointer)
        match clause:
            case Present():
                return term("present", pointer)
            case Equals(_, bool() as value):
                return term(f"meta_boolean.{key}", value)
            case Equals(_, datetime() as value):
                return term(f"meta_datetime.{key}", value.timestamp())
            case Equals(_, str() as value):
                return term(f"meta_keyword.{key}", keyword_term(value))
            case Equals(_, value):
                number = _float(value)
                return term(f"meta_number.{key}", number) if number == value else Query.empty_query()
            case Between():
                return self._path_range(key, clause)
            case Starts(_, value):
                return self._path_values(key, lambda found: found.startswith(value))
            case Like(pattern):
                matcher = folded_pattern(pattern)
                return self._path_values(key, lambda found: bool(matcher.fullmatch(fold(found))))
            case _:
                assert_never(clause)

    def _path_range(self, key: str, clause: Between) -> Query:
        low = clause.above if clause.above is not None else clause.at_least
        high = clause.below if clause.below is not None else clause.at_most
        sample = low if low is not None else high
        if isinstance(sample, str):
            return self._path_values(key, lambda found: _is_between(found, clause))
        field = f"meta_datetime.{key}" if isinstance(sample, datetime) else f"meta_number.{key}"
        lower = None if low is None else _PathBound.lower(low, is_included=clause.above is None)
        upper = None if high is None else _PathBound.upper(high, is_included=clause.below is None)
        if lower and upper and lower.is_whole != upper.is_whole:
            lower, upper = lower.with_fraction(), upper.with_fraction()
        if lower and upper and (lower.is_whole != upper.is_whole or lower.is_large or upper.is_large):
            return every([self._bounded_path(field, lower, None), self._bounded_path(field, None, upper)])
        return self._bounded_path(field, lower, upper)

    def _bounded_path(self, field: str, lower: "_PathBound | None", upper: "_PathBound | None") -> Query:
        start = f"{'[' if lower.is_included else '{'}{lower.written}" if lower else "[*"
        end = f"{upper.written}{']' if upper.is_included else '}'}" if upper else "*]"
        return self._index.parse_query(f"{field}:{start} TO {end}")

    def _path_values(self, key: str, is_wanted: Callable[[str], bool]) -> Query:
        field = f"meta_keyword.{key}"
        values = [value for value in self._values(field, Query.all_query()) if is_wanted(keyword_of_term(value))]
        return terms(field, values)

    def _values(self, field: str, query: Query) -> list[str]:
        """The distinct values of a field in documents of the scope. Raises Invalid when there are too many to compare."""
        asked = {"values": {"terms": {"field": field, "size": MAX_VALUES, "segment_size": MAX_VALUES}}}
        try:
            answer = self._searcher.aggregate(self._within(query), asked)["values"]
        except ValueError as error:
            raise too_many_values() from error
        if answer["sum_other_doc_count"]:
            raise too_many_values()
        return [bucket["key"] for bucket in answer["buckets"]]

    def _like_name(self, pattern: str) -> Query:
        pieces = _pieces(pattern)
        found = every(map(self._piece, pieces.wanted))
        if pieces.are_exact:
            return found
        matcher = folded_pattern(pattern)
        return terms("name", [name for name in self._values("name", found) if matcher.fullmatch(fold(name))])

    def _piece(self, piece: str) -> Query:
        if len(piece) < LENGTH:
            return Query.regex_query(schema(), "grams", re_escape(piece) + ".*")
        if len(piece) == LENGTH:
            return term("grams", piece)
        return Query.phrase_query(schema(), "grams", [*spaced(piece)])


def too_many_values() -> Invalid:
    return Invalid(
        f"The pattern needs more than {MAX_VALUES:,} values to be compared. Add letters to it, or another word"
    )


@dataclass(frozen=True, slots=True)
class _Pieces:
    wanted: list[str]
    """Runs of characters that a name must have, with the sentinels of its ends."""
    are_exact: bool
    """A name that has them all matches the pattern."""


def _pieces(pattern: str) -> _Pieces:
    runs = re.split(r"[*?]", START + _written_pattern(pattern) + END)
    marks = [mark for mark, is_wildcard in pattern_characters(pattern) if is_wildcard]
    wanted = [run for run in runs if run not in {"", START, END}]
    wanted = [run + END if run.endswith(END) and len(run) < LENGTH else run for run in wanted]
    in_order = len(wanted) <= 1 or (
        len(wanted) == 2
        and wanted[0].startswith(START)
        and wanted[1].endswith(END)
        and not any(wanted[0].endswith(wanted[1][:size]) for size in range(1, len(wanted[1])))
    )
    return _Pieces([_unmarked(run) for run in wanted], in_order and "?" not in marks)


_LITERAL = {"*": "\U000f1001", "?": "\U000f1002"}
_FROM_LITERAL = {ord(mark): char for char, mark in _LITERAL.items()}


def _unmarked(run: str) -> str:
    return run.translate(_FROM_LITERAL)


def _written_pattern(pattern: str) -> str:
    """The pattern with its literal characters as trigrams have them, and escaped wildcards marked as literal."""
    made = [char if is_wildcard else _LITERAL.get(char, char) for char, is_wildcard in pattern_characters(pattern)]
    return "".join(written(run) if run not in {"*", "?"} else run for run in re.split(r"([*?])", "".join(made)) if run)


_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$#&\-~]")


def re_escape(text: str) -> str:
    """A text as a regular expression of tantivy, which knows fewer escapes than Python writes."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def sole_beginning(clause: Clause) -> tuple[Phrase | None, tuple[Clause, ...]]:
    """The beginning of a word that a clause asks for, if that is all that has a score in it, and what else it asks."""
    parts = clause.clauses if isinstance(clause, All) else (clause,)
    asked = [part for part in parts if next(phrases(part), None)]
    match asked:
        case [Phrase(prefix=True, words=[_]) as beginning]:
            return beginning, tuple(part for part in parts if part is not beginning)
        case _:
            return None, ()


def _anywhere(phrase: Phrase) -> Query:
    """The words in any text. A single word also finds others of its stem, which weigh less. A beginning counts in the heaviest field."""
    found = [Query.boost_query(_words(field, phrase), boost) for field, boost in _BOOSTS.items()]
    if phrase.prefix:
        return Query.disjunction_max_query(found)
    if len(phrase.words) == 1:
        [word] = phrase.words
        root = stem(word)
        found.append(Query.boost_query(term("stems", root), _STEM_BOOST))
        if root != word:
            plain = Phrase((root,))
            found += [Query.boost_query(_words(field, plain), _STEM_BOOST * boost) for field, boost in _BOOSTS.items()]
    exact = Query.boost_query(term("parts", " ".join(phrase.words)), _EXACT_NAME_BOOST)
    return Query.boolean_query([(Occur.Must, some(found)), (Occur.Should, exact)])


def _words(field: str, phrase: Phrase) -> Query:
    *before, last = phrase.words
    if phrase.prefix:
        return _beginning(field, phrase.words)
    if before:
        return Query.phrase_query(schema(), field, list(phrase.words))
    return term(field, last)


@lru_cache(maxsize=64)
def _beginning(field: str, words: tuple[str, ...]) -> Query:
    """The words, of which the last may be the beginning of one. A query is made of it several times, and its expression compiled once."""
    *before, last = words
    if before:
        return Query.regex_phrase_query(schema(), field, [*map(re_escape, before), re_escape(last) + ".*"])
    return Query.regex_query(schema(), field, re_escape(last) + ".*")


def _has_beginning(found: list[str], words: tuple[str, ...]) -> bool:
    """The words follow one another, and the last may be the beginning of a word."""
    *before, last = words
    places = range(len(found) - len(before))
    return any(found[at + len(before)].startswith(last) and found[at : at + len(before)] == before for at in places)


def of_kinds(kinds: Iterable[DocumentKind]) -> Query:
    return unscored(terms("kind", [int(kind) for kind in kinds]))


def _holds(clause: Equals | Starts | Between | Present | Like, value: str | bool) -> bool:  # noqa: FBT001
    """A clause on a field that has this value."""
    match clause:
        case Present():
            return True
        case Equals(_, wanted):
            return type(wanted) is type(value) and wanted == value
        case Starts(_, start):
            return isinstance(value, str) and value.startswith(start)
        case Like(pattern):
            return isinstance(value, str) and bool(folded_pattern(pattern).fullmatch(value))
        case Between():
            return _is_between(value, clause)


def _present(field: str) -> Query:
    return (
        Query.exists_query(field) if field not in {*TEXT_FIELDS, "object"} else Query.regex_query(schema(), field, ".+")
    )


def _range(field: str, bounds: tuple[int | None, int | None]) -> Query:
    low, high = bounds
    if low is None and high is None:
        return _present(field)
    lowest, highest = -(2**63), 2**63 - 1
    if (low is not None and low > highest) or (high is not None and high < lowest):
        return Query.empty_query()
    low = None if low is None else max(low, lowest)
    high = None if high is None else min(high, highest)
    if low is not None and high is not None and low > high:
        return Query.empty_query()
    return Query.range_query(schema(), field, tantivy.FieldType.Integer, low, high)


def with_value(field: str, value: object) -> Query:
    """Documents with this value in a column, or without any."""
    if value is None:
        return without(Query.all_query(), Query.exists_query(field))
    return _range(field, (value, value)) if isinstance(value, int) else term(field, value)


def _bounds(clause: Between, field: str) -> tuple[int | None, int | None]:
    """Whole numbers from and to which, both included."""
    low = high = None
    if clause.at_least is not None:
        low = _ceiling(clause.at_least, field)
    if clause.above is not None:
        above = _floor(clause.above, field) + 1
        low = above if low is None else max(low, above)
    if clause.at_most is not None:
        high = _floor(clause.at_most, field)
    if clause.below is not None:
        below = _ceiling(clause.below, field) - 1
        high = below if high is None else min(high, below)
    return low, high


def _floor(value: Value, field: str) -> int:
    return _whole(value, field, lambda number: int(number // 1))


def _ceiling(value: Value, field: str) -> int:
    return _whole(value, field, lambda number: -int(-number // 1))


def _whole(value: Value, field: str, rounded: Callable[[float], int]) -> int:
    if isinstance(value, datetime):
        return microseconds(value)
    if field in _DATES or isinstance(value, str):
        raise Invalid(f"{value!r} cannot be compared with this field")
    return value if isinstance(value, int) else rounded(float(value))


def _float(value: Value) -> float:
    return float(value.timestamp() if isinstance(value, datetime) else value)


@dataclass(frozen=True, slots=True)
class _PathBound:
    """An end of a range on a path.

    tantivy takes numbers for signed or unsigned integers or for fractions, and panics when the ends are of different types. Of large
    numbers it is not said for what it takes them, so that ranges with one are made of two.
    """

    value: float
    is_included: bool
    goes_up: bool
    """It is the upper end."""

    @classmethod
    def lower(cls, value: Value, *, is_included: bool) -> "_PathBound":
        """The bound as a float. An integer that no float can hold is bounded by the float above or below it."""
        found, exact = _float(value), not isinstance(value, int)
        return cls(found, is_included if exact or found == value else found > value, goes_up=False)  # type: ignore[operator]

    @classmethod
    def upper(cls, value: Value, *, is_included: bool) -> "_PathBound":
        found, exact = _float(value), not isinstance(value, int)
        return cls(found, is_included if exact or found == value else found < value, goes_up=True)  # type: ignore[operator]

    @property
    def is_whole(self) -> bool:
        return self.value.is_integer()

    @property
    def is_large(self) -> bool:
        return abs(self.value) >= _MAX_FRACTION

    @property
    def written(self) -> str:
        """Without an exponent, which the parser does not take in a negative number."""
        return format(Decimal(repr(self.value)), "f")

    def with_fraction(self) -> "_PathBound":
        """The same end, as the next number with a fraction, if there is one."""
        if not self.is_whole or self.is_large:
            return self
        outwards = math.inf if self.goes_up else -math.inf
        next_to_it = math.nextafter(self.value, outwards if self.is_included else -outwards)
        return _PathBound(next_to_it, not self.is_included, self.goes_up)


_MAX_FRACTION = 2**52
"""Numbers from here on have no fractions."""


def _is_between(found: str | bool, clause: Between) -> bool:  # noqa: FBT001
    def compared(bound: Value | None, is_right: Callable[[Any, Any], bool]) -> bool:
        return bound is None or (type(bound) is type(found) and is_right(found, bound))

    return (
        compared(clause.above, lambda a, b: a > b)
        and compared(clause.at_least, lambda a, b: a >= b)
        and compared(clause.below, lambda a, b: a < b)
        and compared(clause.at_most, lambda a, b: a <= b)
    )
