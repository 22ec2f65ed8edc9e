"""The type of the values by which a search is sorted."""

from dataclasses import replace

from shared.index.search.clauses import Clause
from shared.index.search.fields import pointer_of
from shared.index.search.results import SearchBackend, SearchOrder, SearchScope, ValueType

_PREFERENCE: tuple[ValueType, ...] = ("number", "datetime", "boolean", "keyword")
"""Among equally frequent types the first one counts: a date is a keyword as well."""


async def typed_order(
    index: SearchBackend, clause: Clause, scope: SearchScope, order: SearchOrder | None
) -> SearchOrder | None:
    """The order with the type that is most frequent at its path of metadata, if it has a path and names no type."""
    if order is None or order.type or pointer_of(order.field) is None:
        return order
    path = pointer_of(order.field)
    counted = {found.type: found.packages for found in await index.fields(clause, scope) if found.path == path}
    best = max(_PREFERENCE, key=lambda type_: (counted.get(type_, 0), -_PREFERENCE.index(type_)))
    return replace(order, type=best if counted else "keyword")
