"""The 22 statements of TPC-H at scale factor 1, over a package of Parquet files, answer as DuckDB does on its own tables."""

import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as pa_ipc
import pytest
from support.foreign.tools.programs import TOOLS

from shared.queries.runner import QUERY_FAMILIES, QueryLimits, QueryRunner
from shared.queries.types import QueryFile, QuerySource
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

SCALE = "1"
GENERATOR = Path(__file__).parents[1] / "support" / "foreign" / "tools" / "tpch.py"
SETTINGS = SandboxSettings(workers=1, seconds=600, cpu_seconds=240, memory_bytes=1 << 30)
LIMITS = QueryLimits(max_rows=100_000, max_result_bytes=64 << 20, max_read_bytes=16 << 30)


class Generated:
    """The tables, and what DuckDB answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.statements: dict[str, str] = json.loads((folder / "statements.json").read_text())
        self.files: list[QueryFile] = []
        self._opened: list[tuple[int, int]] = []
        self.size = 0
        for path in sorted(folder.glob("*.parquet")):
            size = path.stat().st_size
            self.files.append(QueryFile(self.size, size, "lab/tpch", path.name, f"s3://lab/{path.name}", "0" * 64))
            self._opened.append((self.size, os.open(path, os.O_RDONLY)))
            self.size += size

    def close(self) -> None:
        for _, descriptor in self._opened:
            os.close(descriptor)

    async def read(self, offset: int, length: int) -> bytes:
        start, descriptor = max(each for each in self._opened if each[0] <= offset)
        return os.pread(descriptor, length, offset - start)

    def statement(self, number: str) -> str:
        """DuckDB's text, with its tables defined as files of the package."""
        tables = ", ".join(
            f"{file.logical_key.removesuffix('.parquet')} AS NOT MATERIALIZED (FROM package('lab/tpch/sf1@latest', '{file.logical_key}'))"
            for file in self.files
        )
        text = self.statements[number].strip().rstrip(";")
        own = re.match(r"with\s", text, re.IGNORECASE)
        return f"WITH {tables}, {text[own.end() :]}" if own else f"WITH {tables} {text}"

    def answer(self, number: str) -> list[list[Any]]:
        found: list[list[Any]] = json.loads((self.folder / f"{number}.json").read_text())
        return found


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    folder = tmp_path_factory.mktemp("tpch")
    subprocess.run([TOOLS / "python", GENERATOR, folder, SCALE], check=True, timeout=600)
    made = Generated(folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
async def runner() -> AsyncIterator[QueryRunner]:
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        yield QueryRunner(pool)


@pytest.mark.parametrize("number", [str(number) for number in range(1, 23)])
async def test_a_statement_of_tpch_has_the_answer_of_duckdb(
    generated: Generated, runner: QueryRunner, number: str
) -> None:
    parts: list[bytes] = []

    async def take(batch: bytes) -> None:
        parts.append(batch)

    parsed = await runner.parse(generated.statement(number), "amy", {})
    sources = [
        QuerySource(call.ordinal, [file for file in generated.files if file.logical_key == call.arguments[1]])
        for call in parsed.calls
    ]
    await runner.run(
        *(parsed, sources, generated.size, generated.read),
        parameters={},
        limits=LIMITS,
        caller="amy",
        take_batch=take,
    )
    found = pa.concat_tables([pa_ipc.open_stream(part).read_all() for part in parts])
    rows = [list(row.values()) for row in found.to_pylist()]
    expected = generated.answer(number)
    assert len(rows) == len(expected) > 0
    for row, wanted in zip(rows, expected, strict=True):
        assert [_plain(value) for value in row] == [_close(value) for value in wanted]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:  # HUGEINT, which Arrow has not
        return int(value)
    return value if isinstance(value, int | float) else str(value)


def _close(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
