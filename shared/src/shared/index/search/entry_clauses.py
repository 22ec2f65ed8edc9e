"""Conditions of a search on the entries of packages. A package is found by its own fields, or by one of its entries."""

from collections.abc import Iterator

from shared.index.search.clauses import All, AnyOf, Clause, Everything, Ids, Like, Not, Nothing
from shared.index.search.fields import METADATA


def entry_part(clause: Clause) -> tuple[Clause | None, Clause]:
    """Splits a clause into what one entry must match, None where nothing is asked that entries have, and the rest.

    What is refused must neither be in the package nor in the entry, so it is in both parts.
    """
    parts = list(_flat(clause))
    asked = [part for part in parts if _is_of_entries(part)]
    if all(isinstance(part, Everything | Not) for part in asked):
        return None, clause
    rest = [part for part in parts if part not in asked or isinstance(part, Not)]
    return All(tuple(asked)), All(tuple(rest))


def _flat(clause: Clause) -> Iterator[Clause]:
    if isinstance(clause, All):
        for each in clause.clauses:
            yield from _flat(each)
    else:
        yield clause


_ENTRY_FIELDS = frozenset({None, "name_text", "meta", "key", "ext", "object"})


def _is_of_entries(clause: Clause) -> bool:
    match clause:
        case Everything():
            return True
        case Nothing() | Ids():
            return False
        case Not(inner):
            return _is_of_entries(inner)
        case All(clauses) | AnyOf(clauses):
            return all(_is_of_entries(each) for each in clauses)
        case Like(field="name"):  # a pattern without a field
            return True
        case _:
            return clause.field in _ENTRY_FIELDS or str(clause.field).startswith(METADATA)
