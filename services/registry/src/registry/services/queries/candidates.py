"""Packages and files that a statement needs by its conditions, found before the files are opened or packages are listed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.queries.runner import QueryLimits, QueryRunner
from shared.queries.types import FileCondition, ParameterValue, SourceCall


class PackageCandidate(NamedTuple):
    package: str
    top_hash: str


class FileCandidate(NamedTuple):
    package: str
    top_hash: str
    logical_key: str
    physical_key: str


_COLUMNS = {field: f"${field}" for field in FileCandidate._fields} | {"package": "$pkg_name"}
"""Columns of PACKAGE_COLUMNS by the fields of candidates."""


class CandidateChoice:
    """Chooses by the conditions of one statement. It runs them in the sandbox."""

    def __init__(
        self, runner: QueryRunner, caller: str, parameters: Mapping[str, ParameterValue], limits: QueryLimits
    ) -> None:
        self._runner = runner
        self._caller = caller
        self._parameters = parameters
        self._limits = limits
        self._tables: dict[int, bytes] = {}

    def add_table(self, ordinal: int, content: bytes) -> None:
        """Add the table of a call that the service has made, which conditions may read."""
        self._tables[ordinal] = content

    async def of_packages(self, call: SourceCall, found: Sequence[PackageCandidate]) -> list[int] | None:
        """Places of the packages that the statement needs; None if it needs all. Raises what `QueryRunner.choose` raises."""
        places = [[each for each in place if not each.needs_path] for place in call.conditions]
        return await self._choose(places, found) if places and all(places) else None

    async def of_files(self, call: SourceCall, found: Sequence[FileCandidate]) -> list[int] | None:
        """Places of the files that the statement needs; None if it needs all. Raises what `QueryRunner.choose` raises."""
        is_about_paths = any(each.needs_path for place in call.conditions for each in place)
        return await self._choose(call.conditions, found) if is_about_paths else None

    async def _choose(
        self, places: Sequence[Sequence[FileCondition]], found: Sequence[PackageCandidate | FileCandidate]
    ) -> list[int] | None:
        if len(found) < 2:
            return None
        from registry.services.queries import tables  # noqa: PLC0415 – pyarrow takes memory, and few queries need it

        columns = {
            _COLUMNS[name]: [str(value) for value in values]
            for name, values in zip(found[0]._fields, zip(*found, strict=True), strict=True)
        }
        named = {ordinal for place in places for each in place for ordinal in each.calls}
        numbers = await self._runner.choose(
            await asyncio.to_thread(tables.candidates_table, columns),
            {ordinal: self._tables[ordinal] for ordinal in named if ordinal in self._tables},
            places,
            parameters=self._parameters,
            limits=self._limits,
            caller=self._caller,
        )
        return [number for number in numbers if 0 <= number < len(found)]
