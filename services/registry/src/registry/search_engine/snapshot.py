"""The index as of one commit."""

import json
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

import tantivy

from registry.search_engine.schema import POSITION_KIND, package_term, schema
from shared.index.search.clauses import Clause
from shared.index.search.results import Facet, SearchScope

MAX_SCOPES = 100_000
MAX_KNOWN_PACKAGES = 5_000
"""Packages whose names and sizes a snapshot keeps."""
MAX_REMEMBERED = 64
"""Answers of a kind that a snapshot remembers."""
MAX_REMEMBERED_VALUES = 1_000
"""Values in an answer that is remembered."""

T = TypeVar("T")


class RememberedAnswers(Generic[T]):
    """The last answers to questions about one commit."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: Hashable) -> T | None:
        with self._lock:
            if asked in self._found:
                self._found.move_to_end(asked)
            return self._found.get(asked)

    def put(self, asked: Hashable, answer: T, values: int) -> None:
        """`values`: how many the answer holds. Large answers are not remembered."""
        if values > MAX_REMEMBERED_VALUES:
            return
        with self._lock:
            self._found[asked] = answer
            if len(self._found) > MAX_REMEMBERED:
                self._found.popitem(last=False)


def question_key(clause: Clause, scope: SearchScope, *details: Hashable) -> Hashable:
    """Names a question. Clauses by their texts, because Equals("f", 1) and Equals("f", True) are equal to Python."""
    restricted = frozenset((bucket, readers) for bucket, readers in scope.restricted.items())
    return repr(clause), frozenset(scope.objects), frozenset(scope.packages), restricted, scope.all_revisions, details


@dataclass(frozen=True)
class IndexSnapshot:
    index: tantivy.Index
    searcher: tantivy.Searcher
    position: int
    """Position in the feed up to which it has every change; 0 for a new index."""
    complete_at: datetime | None
    """When that was so; None for a new index."""
    facets: RememberedAnswers[list[Facet]] = field(default_factory=RememberedAnswers)
    packages_of_entries: RememberedAnswers[list[str]] = field(default_factory=RememberedAnswers)
    """Terms of the packages that have an entry that matches."""
    _packages: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, index: tantivy.Index) -> "IndexSnapshot":
        searcher = index.searcher()
        found = searcher.search(tantivy.Query.term_query(schema(), "kind", POSITION_KIND), limit=1)
        state: dict[str, Any] = json.loads(searcher.doc(found.hits[0][1])["state"][0]) if found.hits else {}
        at = state.get("at")
        return cls(index, searcher, state.get("position", 0), datetime.fromisoformat(at) if at else None)

    def documents_of_packages(self, buckets: Iterable[str]) -> dict[str, int] | None:
        """Terms of the packages in these buckets with the number of documents of each, entries above all; None for very many."""
        found: dict[str, int] = {}
        for bucket in buckets:
            known = self._packages.get(bucket)
            if known is None:
                terms = self.searcher.terms_with_prefix(
                    "package", package_term(bucket, ""), limit=MAX_KNOWN_PACKAGES + 1
                )
                known = self._packages[bucket] = dict(terms)
            found |= known
            if len(found) > MAX_KNOWN_PACKAGES:
                return None
        return found

    @cached_property
    def scopes(self) -> dict[str, int]:
        """Terms of kind and bucket, with the number of documents that have each."""
        return dict(self.searcher.terms_with_prefix("scope", "", limit=MAX_SCOPES))
