"""Why a hit matches: the fields in which it has what a clause asks for, with the text around it or the value."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import regex

from registry.services.packages import presenters
from shared.index.records import Hit, ObjectRecord
from shared.index.search.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Equals,
    Like,
    Phrase,
    Present,
    Starts,
    Value,
)
from shared.index.search.fields import METADATA, pointer_of
from shared.index.search.metadata import date_of, metadata_values
from shared.index.search.patterns import folded_pattern
from shared.index.search.words import cut, fold
from shared.quilt.extensions import extension

MAX_MATCHES = 10
"""Matches that are shown of one hit."""
_SNIPPET_BEFORE, _SNIPPET_AFTER = 60, 140
"""Characters of a snippet before and after the start of the first word found."""
_MAX_VALUE = 200
_MAX_FOLDED = 100_000
"""Characters of a text with other letters than ASCII in which a snippet is looked for."""

Leaf = Phrase | Equals | Starts | Like | Between | Present


@dataclass(frozen=True, slots=True)
class Match:
    field: str
    """Name of a field, or `meta:` and a JSON pointer."""
    snippet: str | None = None
    value: str | None = None


def matches_of(clause: Clause, hit: Hit) -> list[Match]:
    """At most MAX_MATCHES, one for each field: texts in the order of their weight, then values."""
    return _matches(clause, _of_hit(hit))


def entry_matches(clause: Clause, logical_key: str, meta: object) -> list[Match]:
    """Why an entry of a package matches; `name` is its logical key."""
    keywords = {"name": logical_key, "key": logical_key, "ext": extension(logical_key)}
    return _matches(clause, _Document([_FieldText("name_text", "name", logical_key)], meta, keywords))


def _matches(clause: Clause, document: "_Document") -> list[Match]:
    found: dict[str, Match] = {}
    for leaf in _leaves(clause):
        made = _phrase_matches(leaf, document) if isinstance(leaf, Phrase) else _value_matches(leaf, document)
        for match in made:
            found.setdefault(match.field, match)
    return sorted(found.values(), key=_rank)[:MAX_MATCHES]


_ORDER = ("name", "message", "readme", "content")


def _rank(match: Match) -> int:
    return _ORDER.index(match.field) if match.field in _ORDER else len(_ORDER)


def _leaves(clause: Clause) -> Iterator[Leaf]:
    """The leaves of a clause that must or may match, without those under `Not`."""
    match clause:
        case All(clauses) | AnyOf(clauses):
            for each in clauses:
                yield from _leaves(each)
        case Phrase() | Equals() | Starts() | Like() | Between() | Present():
            yield clause
        case _:
            return


@dataclass
class _FieldText:
    field: str
    shown: str
    """Name of the field in matches."""
    text: str

    @cached_property
    def folded(self) -> str:
        return _folded(self.text)


@dataclass
class _Document:
    texts: "list[_FieldText]"
    """All text fields but metadata."""
    meta: object
    keywords: Mapping[str, str | None]
    """Values of keyword fields that say why a document was found; the bucket and the kind do not."""

    @cached_property
    def values(self) -> list[tuple[str, str | float | bool]]:
        return list(metadata_values(self.meta))


def _of_hit(hit: Hit) -> _Document:
    found = hit.found
    if isinstance(found, ObjectRecord):
        return _Document(
            [_FieldText("name_text", "name", found.key), _FieldText("content", "content", hit.text)],
            found.meta,
            {"name": found.key, "key": found.key, "ext": found.extension, "etag": found.etag},
        )
    header = presenters.header(found.latest)
    workflow = header.get("workflow")
    return _Document(
        [
            _FieldText("name_text", "name", found.name),
            _FieldText("message", "message", found.latest.message or ""),
            _FieldText("readme", "readme", hit.text),
        ],
        header.get("user_meta"),
        {
            "name": found.name,
            "hash": found.latest.top_hash,
            "author": hit.author,
            "workflow": str(workflow.get("id")) if isinstance(workflow, dict) else None,
        },
    )


def _phrase_matches(phrase: Phrase, document: _Document) -> Iterator[Match]:
    finder = _Finder(phrase)
    path = pointer_of(phrase.field) if phrase.field else None
    if path is None:
        for each in document.texts:
            start = finder.find(each.folded) if phrase.field in {None, each.field} else None
            if start is not None:
                yield Match(each.shown, _snippet(each.text, start))
    if path is not None or phrase.field in {None, "meta"}:
        for at, value in document.values:
            written = _written(value)
            texts = [written, at] if path is None else [written] if at == path else []
            if any(finder.find(_folded(text)) is not None for text in texts):
                yield Match(METADATA + at, value=written[:_MAX_VALUE])


def _value_matches(leaf: Equals | Starts | Like | Between | Present, document: _Document) -> Iterator[Match]:
    path = pointer_of(leaf.field)
    if path is None:
        value = document.keywords.get(leaf.field)
        if value and _fits(leaf, value):
            yield Match("name" if leaf.field == "key" else leaf.field, value=value[:_MAX_VALUE])
        return
    for at, found in document.values:
        below = isinstance(leaf, Present) and at.startswith(f"{path}/")
        if below or (at == path and _fits(leaf, found)):
            yield Match(METADATA + at, value=_written(found)[:_MAX_VALUE])


def _fits(leaf: Equals | Starts | Like | Between | Present, value: str | float | bool) -> bool:  # noqa: FBT001
    match leaf:
        case Present():
            return True
        case Equals(_, wanted):
            return any(own == wanted and _is_alike(own, wanted) for own in _readings(value))
        case Starts(_, start):
            return isinstance(value, str) and value.startswith(start)
        case Like(pattern):
            return isinstance(value, str) and folded_pattern(pattern).fullmatch(fold(value)) is not None
        case Between():
            return any(_is_between(own, leaf) for own in _readings(value))


def _readings(value: str | float | bool) -> Iterator[Value]:  # noqa: FBT001
    """The value, and the time or the digits for which it stands."""
    yield value
    if isinstance(value, str):
        date = date_of(value)
        if date:
            yield date
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def _is_alike(own: Value, wanted: Value) -> bool:
    return _sort(own) == _sort(wanted)


def _sort(value: Value) -> type:
    for each in (bool, str, datetime):
        if isinstance(value, each):
            return each
    return float


def _is_between(own: Value, wanted: Between) -> bool:
    bounds = (wanted.above, wanted.at_least, wanted.below, wanted.at_most)
    if any(bound is not None and not _is_alike(own, bound) for bound in bounds):
        return False
    value: float = own.timestamp() if isinstance(own, datetime) else own  # type: ignore[assignment]
    above, at_least, below, at_most = (bound.timestamp() if isinstance(bound, datetime) else bound for bound in bounds)
    return (
        (above is None or value > above)  # type: ignore[operator]
        and (at_least is None or value >= at_least)  # type: ignore[operator]
        and (below is None or value < below)  # type: ignore[operator]
        and (at_most is None or value <= at_most)  # type: ignore[operator]
    )


def _written(value: str | float | bool) -> str:  # noqa: FBT001
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class _Finder:
    """Finds a phrase in folded texts."""

    def __init__(self, phrase: Phrase) -> None:
        self._phrase = phrase
        self._first = phrase.words[0]
        before = "" if _stands_alone(self._first[0]) else r"(?<![\p{L}\p{M}\p{N}])"
        after = "" if phrase.prefix or _stands_alone(phrase.words[-1][-1]) else r"(?![\p{L}\p{M}\p{N}])"
        pattern = before + regex.escape(self._first)
        for left, right in pairwise(phrase.words):
            repeated = "*" if _stands_alone(left[-1]) or _stands_alone(right[0]) else "+"
            pattern += rf"[^\p{{L}}\p{{M}}\p{{N}}]{repeated}{regex.escape(right)}"
        self._pattern = regex.compile(pattern + after)

    def find(self, folded: str) -> int | None:
        """Where the phrase begins in a folded text."""
        at = folded.find(self._first)
        while at >= 0:
            if self._pattern.match(folded, at):
                return at
            at = folded.find(self._first, at + 1)
        return None


def _snippet(text: str, at: int) -> str:
    """The text around a place in the folded text, which is some characters off where folding makes more or fewer of them."""
    start, end = max(0, min(at, len(text)) - _SNIPPET_BEFORE), min(len(text), at + _SNIPPET_AFTER)
    cut_out = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{cut_out}{' …' if end < len(text) else ''}"


def _folded(text: str) -> str:
    """As words are compared: without differences of case, composition and compatible forms."""
    if text.isascii():
        return text.lower()
    beginning = text[:_MAX_FOLDED]
    return beginning.casefold() if unicodedata.is_normalized("NFKC", beginning) else fold(beginning)


def _stands_alone(char: str) -> bool:
    """The character is a word of its own in a run, as ideographs are."""
    return len(cut(char + char)) == 2
