"""Values in user metadata, with the JSON pointers at which they stand and their types.

Elements of a list stand at the pointer of the list, so `{"tags": ["a", "b"]}` has `a` and `b` at `/tags`. A null is no value. A
string that is an ISO 8601 day or time is a date as well as a keyword. A day is its midnight, and a time without a zone is UTC.
"""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from itertools import islice
from typing import Any

from shared.index.search.fields import escaped
from shared.index.search.results import ValueType

MAX_KEYWORD = 256
"""Characters of a string that is compared as a whole. Longer strings are text: only their words are found."""
MAX_METADATA_VALUES = 1_000
"""Values in the metadata of one document that are found by their pointers. Words of all values are found."""

_MAX_EXACT = 2**53
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:[Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII)


def metadata_values(meta: object) -> Iterator[tuple[str, str | float | bool]]:
    """The first MAX_METADATA_VALUES values with their pointers, in the order of the document."""
    return islice(_walk(meta), MAX_METADATA_VALUES)


def _walk(meta: object) -> Iterator[tuple[str, str | float | bool]]:
    stack: list[tuple[str, Any]] = [("", meta)]
    while stack:
        at, node = stack.pop()
        if isinstance(node, dict):
            stack.extend([(f"{at}/{escaped(str(key))}", below) for key, below in reversed(node.items())])
        elif isinstance(node, list):
            stack.extend([(at, below) for below in reversed(node)])
        elif at and isinstance(node, str | bool | int | float):
            yield at, node


def metadata_texts(meta: object) -> Iterator[str]:
    """Texts in which words of metadata are found: each key and each value."""
    stack: list[Any] = [meta]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, bool):
            yield "true" if node else "false"
        elif isinstance(node, int | float):
            yield str(node)
        elif isinstance(node, dict):
            for key, value in reversed(node.items()):
                stack += (value, str(key))
        elif isinstance(node, list):
            stack.extend(reversed(node))


def value_types(value: str | float | bool) -> tuple[ValueType, ...]:  # noqa: FBT001 – a value of metadata
    """The types as which a value is searched. An integer that no float can hold is a keyword as well."""
    match value:
        case bool():
            return ("boolean",)
        case str() if len(value) > MAX_KEYWORD:
            return ("text",)
        case str():
            return ("datetime", "keyword") if date_of(value) else ("keyword",)
        case int() if abs(value) > _MAX_EXACT:
            return ("number", "keyword")
        case _:
            return ("number",)


def date_of(text: str) -> datetime | None:
    """The time that a string in ISO 8601 stands for."""
    if not 10 <= len(text) <= 40 or not _DATE.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.upper().replace(",", "."))
    except ValueError:
        return None
    # The years at both ends are refused: a time zone could leave the range of dates.
    if not MINYEAR < found.year < MAXYEAR:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
