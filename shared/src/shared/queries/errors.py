"""Why a query has no answer, in the words of the caller's files and columns."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from shared.queries.types import LimitName, ProblemKind, StatementProblem
from shared.readers.errors import UnreadableFile
from shared.readers.source import SourceError

MAX_PROBLEM_CHARACTERS = 2_000
_ADDRESS = re.compile(r"pkg://\S*?\$logical_key=([^/\s]*)/[^\s\"']*")


_ENDS = ("\n\nLINE ", "\nPossible fixes:", "\nPossible solutions:", "\n\nColumn ", "\n\n  file = ", "\n  file = ")
"""Where advice begins that is for who runs DuckDB."""
_ERRORS: dict[str, type[duckdb.Error]] = {
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "Conversion Error": duckdb.ConversionException,
    "Invalid Input Error": duckdb.InvalidInputException,
}


class QueryStopped(Exception):
    """The answer is a problem."""

    def __init__(self, kind: ProblemKind, text: str, limit: LimitName | None = None) -> None:
        super().__init__(text)
        self.kind: ProblemKind = kind
        self.limit: LimitName | None = limit


def problem_of(error: QueryStopped | UnreadableFile | duckdb.Error) -> StatementProblem:
    """Raises SourceError when the bytes of a file could not be fetched."""
    if isinstance(error, QueryStopped):
        return StatementProblem(error.kind, str(error), limit=error.limit)
    if isinstance(error, duckdb.OutOfMemoryException):
        return StatementProblem(
            "limit",
            "The query needs more memory than there is for it. Read fewer columns, or group first",
            limit="memory",
        )
    if is_source_error(error):
        raise SourceError(str(error)) from error
    return StatementProblem("failed", explained(error))


def is_source_error(error: BaseException) -> bool:
    """DuckDB makes a text of an error of the file system."""
    return "SourceError" in str(error) or isinstance(error.__cause__, SourceError)


def batches_of(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Batches of a statement that runs. Its errors come through Arrow, as texts; they are raised as DuckDB's again."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (OSError, pa.ArrowException) as error:
            kind = _ERRORS.get(str(error).partition(":")[0], duckdb.Error)
            raise kind(str(error)) from error
        yield batch


def explained(error: Exception) -> str:
    """DuckDB's own words about the caller's files and columns, with the file that they are about.

    Left out is what is about the statement that was made of theirs, and advice for who runs DuckDB.
    """
    text = str(error)
    if "Traceback" in text:
        return "The file cannot be read"
    file = _ADDRESS.search(text)
    for end in _ENDS:
        text = text.partition(end)[0]
    if file and not _ADDRESS.search(text):
        text = f"{unquote(file[1])}: {text}"
    return _ADDRESS.sub(lambda found: unquote(found[1]), text)[:MAX_PROBLEM_CHARACTERS]
