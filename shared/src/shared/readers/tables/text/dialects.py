"""How a delimited text is written: what separates and quotes its cells, and which of its first lines are no rows.

The separator is the one with the highest consistency of G. van den Burg, A. Nazábal and C. Sutton, "Wrangling messy CSV
files by detecting row and type patterns" (2019): rows of few lengths with many cells, times the share of cells of a known type.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

SEPARATORS = (",", "\t", ";", "|", "\x1f", "\x01", "~", "^", ":", " ")
"""The earlier one wins when two are as good."""
_WEAK_SEPARATORS = frozenset({":", " ", "^", "~"})
"""They are common in texts, so every row must have the same number of cells."""
_SEPARATORS_OF_NAMES = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_NO_SEPARATOR = "\0"
_COMMENT_MARKS = ("#", "%", "//")
MAX_SAMPLE_RECORDS = 300
MAX_RECORD_LINES = 1_000
MAX_RECORD_CHARACTERS = 1 << 20
"""A quoted cell that goes on for longer was not meant as one: its quote was never closed."""
_MAX_PREAMBLE_LINES = 30

csv.field_size_limit(1 << 30)  # lines are bounded


@dataclass(frozen=True, slots=True)
class Dialect:
    delimiter: str = ","
    """NUL when there is one column."""
    quote: str = '"'
    """Empty when quotes are characters like others."""
    escape: str = ""
    skips_spaces: bool = False
    """Spaces after a separator do not belong to the cell."""
    skipped_lines: int = 0
    """Lines before the table."""
    comment: str = ""
    notes: tuple[str, ...] = field(default=())


class _StrayQuoteError(Exception):
    pass


class Records:
    """The cells of each row. Where quotes do not enclose whole cells, those of that line are taken as characters, and counted."""

    def __init__(self, lines: Iterable[str], dialect: Dialect) -> None:
        self.stray_quotes = 0
        self._lines = iter(lines)
        self._dialect = dialect
        self._options = csv_options(dialect)
        self._pending: list[str] = []

    @property
    def is_within_row(self) -> bool:
        """Lines were read of a row that was not given yet."""
        return bool(self._pending)

    def __iter__(self) -> Iterator[list[str]]:
        pending = self._pending
        is_at_end = False
        while not is_at_end:
            try:
                for record in csv.reader(self._watch(), strict=True, **self._options):
                    pending.clear()
                    if record:
                        yield record
                is_at_end = True
            except (_StrayQuoteError, csv.Error):
                first, *rest = pending
                pending.clear()
                self._lines = chain(rest, self._lines)
                self.stray_quotes += 1
                plain = csv_options(replace(self._dialect, quote=""))
                yield from (record for record in csv.reader([first], **plain) if record)

    def _watch(self) -> Iterator[str]:
        pending = self._pending
        comment = self._dialect.comment
        characters = 0
        for line in self._lines:
            if not pending:
                characters = 0
                if comment and line.startswith(comment):
                    continue
            characters += len(line)
            pending.append(line)
            if len(pending) > 1 and (len(pending) > MAX_RECORD_LINES or characters > MAX_RECORD_CHARACTERS):
                raise _StrayQuoteError
            yield line
        if pending:
            raise _StrayQuoteError


def csv_options(dialect: Dialect) -> dict[str, Any]:
    """Arguments of the readers of Python's csv."""
    return {
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quote or None,
        "quoting": csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        "escapechar": dialect.escape or None,
        "doublequote": True,
        "skipinitialspace": dialect.skips_spaces,
    }


def detect_dialect(lines: list[str], name: str, *, is_whole: bool) -> Dialect:
    """`lines` are the first ones, with their ends; all of the file if `is_whole`."""
    skipped, comment = _count_comments(lines)
    rest = lines[skipped:]
    named = re.fullmatch(r'"?sep=(.)"?\r?\n?', rest[0], re.IGNORECASE) if rest else None
    if named:
        dialect = replace(_with_quote(rest[1:], named.group(1), is_whole=is_whole), skipped_lines=skipped + 1)
        return replace(dialect, comment=comment)
    wished = next((mark for suffix, mark in _SEPARATORS_OF_NAMES.items() if name.lower().endswith(suffix)), None)
    candidates = [(mark, _with_quote(rest, mark, is_whole=is_whole)) for mark in SEPARATORS if _occurs(mark, rest)]
    scores = {mark: _score(rest, dialect) for mark, dialect in candidates}
    if wished in scores and scores[wished] > 0:
        scores[wished] *= 4
    best = max(scores, key=lambda mark: scores[mark], default=",")
    dialect = dict(candidates).get(best, Dialect())
    if scores.get(best, 0) <= 0:
        dialect = _with_quote(rest, _NO_SEPARATOR, is_whole=is_whole)
    preamble = _count_preamble(rest, dialect)
    notes = []
    if preamble:
        notes.append(f"The first {preamble} lines are no rows of the table and are left out")
    return replace(dialect, skipped_lines=skipped + preamble, comment=comment, notes=tuple(notes))


def _occurs(mark: str, lines: list[str]) -> bool:
    return any(mark in line for line in lines[:MAX_SAMPLE_RECORDS])


def _count_comments(lines: list[str]) -> tuple[int, str]:
    """Comments before the table, and their mark."""
    for mark in _COMMENT_MARKS:
        count = 0
        while count < len(lines) and (lines[count].startswith(mark) or (count and not lines[count].strip())):
            count += 1
        if count and count < len(lines):
            return count, mark
    return 0, ""


def _with_quote(lines: list[str], delimiter: str, *, is_whole: bool) -> Dialect:
    """The dialect with this separator whose quotes are well-formed."""
    text = "".join(lines[:MAX_SAMPLE_RECORDS])
    mark = re.escape(delimiter)
    spaced = delimiter != " " and re.search(rf'{mark} +"', text) is not None
    plain = Dialect(delimiter, "", skips_spaces=delimiter == " ")
    starts = {quote: len(re.findall(rf"(?:^|{mark} *){quote}", text, re.MULTILINE)) for quote in "\"'"}
    for quote in "\"'":
        if not starts[quote]:
            continue
        dialect = Dialect(delimiter, quote, skips_spaces=spaced or delimiter == " ")
        for variant in (dialect, replace(dialect, escape="\\")) if "\\" + quote in text else (dialect,):
            if _is_well_formed(lines, variant, is_whole=is_whole):
                if quote == "'" and not re.search(rf"(?:^|{mark})'[^'\n]*'(?:{mark}|$)", text, re.MULTILINE):
                    continue
                return variant
    if delimiter == "\t" or not starts['"']:
        # in tab-separated values, a quote is a character like others
        return replace(plain, quote="" if delimiter == "\t" else '"')
    return replace(plain, quote='"', skips_spaces=spaced or delimiter == " ")


def _is_well_formed(lines: list[str], dialect: Dialect, *, is_whole: bool) -> bool:
    """Every quote that begins a cell ends one. The last record may be cut off when there are more lines."""
    reader = csv.reader(lines, strict=True, **csv_options(dialect))
    try:
        for record in reader:
            if any(cell.count("\n") > 50 for cell in record):
                return False
    except csv.Error as error:
        return not is_whole and "unexpected end" in str(error) and reader.line_num < MAX_RECORD_LINES
    return True


def _sample(lines: list[str], dialect: Dialect) -> list[list[str]]:
    return list(islice(Records(lines, dialect), MAX_SAMPLE_RECORDS))


def _score(lines: list[str], dialect: Dialect) -> float:
    """0 when nothing is separated."""
    records = _sample(lines, dialect)
    lengths = Counter(map(len, records))
    if not records or lengths.most_common(1)[0][0] < 2:
        return 0
    if dialect.delimiter in _WEAK_SEPARATORS and (len(lengths) > 1 or len(records) < 2):
        return 0
    patterns = sum(count * max(length - 1, 0.001) / length for length, count in lengths.items()) / len(lengths)
    cells = [cell for record in records for cell in record[:100]]
    known = sum(1 for cell in cells if _KNOWN.fullmatch(cell.strip()))
    weight = 0.5 if dialect.delimiter in _WEAK_SEPARATORS else 1.0
    return weight * patterns * max(known, 1) / len(cells)


_KNOWN = re.compile(
    r"""
    | [+-]?[\d.,]*\d(?:[eE][+-]?\d+)?%?          # numbers
    | [$€£¥]\s?[\d.,]+ | [\d.,]+\s?[$€£¥]
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?   # dates
    | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?
    | (?:n/?a|nan|null|none|true|false|-|\?)
    | [a-z]+://\S+ | [\w.+-]+@[\w-]+\.[\w.]+
    | [^\W\d_][\w .'/()&+-]*                        # words
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _count_preamble(lines: list[str], dialect: Dialect) -> int:
    """Lines with fewer cells before the first row that is as long as most: titles and remarks."""
    records = _sample(lines, dialect)
    if len(records) < 4:
        return 0
    usual = Counter(len(record) for record in records[len(records) // 4 :]).most_common(1)[0][0]
    if usual < 2 or len(records[0]) >= usual - 1:
        return 0
    for number, line in enumerate(lines[:_MAX_PREAMBLE_LINES]):
        record = next(iter(_sample([line], replace(dialect, quote=""))), [])
        if len(record) >= max(usual - 1, 2):
            return number
    return 0
