"""The index as of one commit."""

import json
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

import tantivy

from registry.search_engine.schema import POSITION_KIND, schema
from shared.index.search.results import Facet

MAX_SCOPES = 100_000
MAX_REMEMBERED = 64
"""Lists of facets that a snapshot remembers."""
MAX_REMEMBERED_VALUES = 1_000
"""Values of facets, above which their list is not remembered."""


class RememberedFacets:
    """Facets of the last searches. They are right as long as the commit is the newest."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, list[Facet]] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: Hashable) -> list[Facet] | None:
        with self._lock:
            if asked in self._found:
                self._found.move_to_end(asked)
            return self._found.get(asked)

    def put(self, asked: Hashable, facets: list[Facet]) -> None:
        if sum(len(each.values) for each in facets) > MAX_REMEMBERED_VALUES:
            return
        with self._lock:
            self._found[asked] = facets
            if len(self._found) > MAX_REMEMBERED:
                self._found.popitem(last=False)


@dataclass(frozen=True)
class IndexSnapshot:
    index: tantivy.Index
    searcher: tantivy.Searcher
    position: int
    """Position in the feed up to which it has every change; 0 for a new index."""
    complete_at: datetime | None
    """When that was so; None for a new index."""
    facets: RememberedFacets = field(default_factory=RememberedFacets)

    @classmethod
    def of(cls, index: tantivy.Index) -> "IndexSnapshot":
        searcher = index.searcher()
        found = searcher.search(tantivy.Query.term_query(schema(), "kind", POSITION_KIND), limit=1)
        state: dict[str, Any] = json.loads(searcher.doc(found.hits[0][1])["state"][0]) if found.hits else {}
        at = state.get("at")
        return cls(index, searcher, state.get("position", 0), datetime.fromisoformat(at) if at else None)

    @cached_property
    def scopes(self) -> dict[str, int]:
        """Terms of kind and bucket, with the number of documents that have each."""
        return dict(self.searcher.terms_with_prefix("scope", "", limit=MAX_SCOPES))
