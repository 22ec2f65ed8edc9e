"""Recognition of a first row that names the columns."""

from collections.abc import Sequence
from itertools import pairwise

from shared.readers.tables.text.values import MISSING, infer_type

_MAX_VOTES = 500


def has_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Columns vote: a name is seldom of the type of its column, and seldom one of its values."""
    names = [name.strip() for name in first]
    if not rows:
        return bool(names) and all(name and not _is_number(name) for name in names)
    if _is_run_of_numbers(names) and not _is_run_of_numbers(rows[0]):
        return True
    votes = sum(_vote(names[column], column, rows) for column in range(min(len(names), _MAX_VOTES)))
    if votes:
        return votes > 0
    return all(name and not _is_number(name) for name in names[1:]) and len(set(names)) == len(names)


def _vote(name: str, column: int, rows: Sequence[Sequence[str]]) -> float:
    values = [row[column].strip() for row in rows if column < len(row)]
    present = [value for value in values if value]
    kind = infer_type(present, ",")
    if not present:
        return 0
    if kind.name != "string":
        if name in MISSING or not name:
            # the first column often holds row numbers, and has no name
            return 1 if column == 0 and not name and len(present) == len(values) else 0
        return -1 if infer_type([name], ",").name != "string" else 1
    if _is_number(name) or name in present:
        return -0.5
    lengths = {len(value) for value in present}
    return 0.25 if len(present) > 2 and len(lengths) == 1 and len(name) not in lengths else 0


def _is_number(text: str) -> bool:
    return infer_type([text], ",").name in {"integer", "number"}


def _is_run_of_numbers(names: Sequence[str]) -> bool:
    """Years and such, after columns with a name or none: `country, 1990, 1991, 1992`."""
    first = next((index for index, name in enumerate(names) if name.strip().isdecimal()), len(names))
    run = [name.strip() for name in names[first:]]
    if first > 3 or len(run) < 3 - (first > 0) or not all(name.isdecimal() and len(name) < 6 for name in run):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(run)}
    return len(steps) == 1 and steps.pop() > 0
