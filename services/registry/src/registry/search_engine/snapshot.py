"""The index as of one commit."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import tantivy

from registry.search_engine.schema import POSITION_KIND, schema

MAX_SCOPES = 100_000


@dataclass(frozen=True)
class IndexSnapshot:
    index: tantivy.Index
    searcher: tantivy.Searcher
    position: int
    """Position in the feed up to which it has every change; 0 for a new index."""
    complete_at: datetime | None
    """When that was so; None for a new index."""

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
