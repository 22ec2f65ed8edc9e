"""Reads without the ORM: a query is built and compiled once, and runs as a statement.

Building a select, compiling it, its round trips for a transaction and its rows as objects took four fifths of the processor time
of an ordinary read (docs/benchmarks.md, Ordinary reads). One statement sees what was committed before it began, inside a
transaction of Postgres's default level or outside, so a read needs none.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.statements import FoundRow, Statements, TransactionStatements

ReadSource = AsyncSession | Statements
"""Where a store reads: in the transaction of a session, or in statements of their own."""

_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]


class CompiledQuery:
    """A select whose values are named parameters (`bindparam`). Without values it also takes a select with its values inside."""

    def __init__(self, select: Executable) -> None:
        compiled = select.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every executable that is a clause
        self.sql: str = compiled.string
        if "POSTCOMPILE" in self.sql:
            raise ValueError("A list of values must be an array: use any_() in place of in_()")
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants: dict[str, Any] = dict(compiled.params)

    async def fetch(self, statements: Statements, **values: object) -> Sequence[FoundRow]:
        """Rows as tuples, in the order of the columns. Raises Unavailable, or Invalid for a text with a NUL."""
        given = {**self._constants, **values}
        return await statements.fetch(self.sql, *[given[name] for name in self._names])

    async def first(self, statements: Statements, **values: object) -> FoundRow | None:
        found = await self.fetch(statements, **values)
        return found[0] if found else None

    async def value(self, statements: Statements, **values: object) -> Any:
        """The first column of the first row; None without a row."""
        found = await self.first(statements, **values)
        return found[0] if found else None


def statements_of(source: ReadSource) -> Statements:
    return TransactionStatements(source) if isinstance(source, AsyncSession) else source
