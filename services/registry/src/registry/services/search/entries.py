"""Entries of packages by which searches find them."""

from collections.abc import Mapping, Sequence

from shared.index.records import Hit, PackageRecord
from shared.index.search.clauses import Clause
from shared.index.search.entry_clauses import entry_part
from shared.index.search.results import PackageKey, SearchBackend, SearchScope


async def matching_entries(
    index: SearchBackend, clause: Clause, scope: SearchScope, hits: Sequence[Hit]
) -> Mapping[PackageKey, Sequence[str]]:
    """Logical keys of matching entries, by package. Only latest revisions have entries in the index."""
    if scope.all_revisions or entry_part(clause)[0] is None:
        return {}
    packages = [(hit.found.bucket, hit.found.name) for hit in hits if isinstance(hit.found, PackageRecord)]
    return await index.matching_entries(clause, scope, packages) if packages else {}
