"""CSV and its relatives: what the reader makes of each file of the corpus."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.readers.choice import choose
from shared.readers.queries import PreviewOptions
from shared.readers.source import BytesSource
from shared.readers.tables.delimited import READER

CORPUS = Path(__file__).parents[1] / "corpus" / "dialects"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CORPUS / "expected.json").read_text())


def test_every_file_of_the_corpus_is_described() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {*EXPECTED, "expected.json"}


@pytest.mark.parametrize("name", EXPECTED)
def test_dialect_is_detected(name: str) -> None:
    expected = EXPECTED[name]
    found = READER.preview(BytesSource((CORPUS / name).read_bytes()), name, PreviewOptions())
    assert found.kind == "table"
    assert [column.name for column in found.columns] == expected["columns"], found.details
    assert (found.rows[0] if found.rows else None) == expected["first"], found.details
    assert found.total == expected["total"]
    assert [column.type for column in found.columns] == expected["types"]
    assert {key: found.details.get(key) for key in expected["details"]} == expected["details"]


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name]["columns"] and name != "nul-bytes.csv"])
def test_files_of_the_corpus_are_taken_for_delimited_text(name: str) -> None:
    assert choose(name, (CORPUS / name).read_bytes()).reader.name == "delimited"
