"""Chooses files and packages by the conditions of a statement, before they are opened."""

import duckdb
import msgspec

from shared.queries.conditions import CANDIDATES
from shared.queries.engine import lock_engine, open_engine
from shared.queries.errors import QueryStopped, problem_of
from shared.queries.file_sections import SectionedSource
from shared.queries.sources import add_stream
from shared.queries.statements import table_of
from shared.queries.types import ChoiceAnswer, ChoiceArguments, ChoiceRequest, ChosenCandidates, FileCondition
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource


def choose_candidates(source: RangeSource, arguments: ChoiceArguments) -> ChoiceAnswer:
    """Candidates that a place in the statement needs. A condition that fails chooses all: the statement itself will say so."""
    sections = SectionedSource(source)
    [encoded] = sections.read_all([arguments.request])
    request = msgspec.msgpack.decode(encoded, type=ChoiceRequest)
    try:
        with open_engine(arguments.memory_bytes) as connection:
            add_stream(connection, CANDIDATES, sections.section(*request.candidates))
            for each in request.tables:
                if each.table is not None:
                    add_stream(connection, table_of(each.ordinal), sections.section(*each.table))
            lock_engine(connection)
            chosen: set[int] = set()
            for place in request.conditions:
                chosen |= _chosen_at(connection, place, request)
        return ChosenCandidates(sorted(chosen))
    except (QueryStopped, UnreadableFile, duckdb.Error) as error:
        return problem_of(error)


def _chosen_at(
    connection: duckdb.DuckDBPyConnection, conditions: list[FileCondition], request: ChoiceRequest
) -> set[int]:
    chosen: set[int] | None = None
    for condition in conditions:
        values = {name: request.parameters[name].unbound for name in condition.parameters}
        try:
            found = {int(row[0]) for row in connection.execute(condition.sql, values or None).fetchall()}
        except duckdb.Error:
            continue
        chosen = found if chosen is None else chosen & found
    if chosen is None:
        rows = connection.execute(f"SELECT count(*) FROM {CANDIDATES}").fetchone()  # noqa: S608 – own name
        return set(range(rows[0] if rows else 0))
    return chosen
