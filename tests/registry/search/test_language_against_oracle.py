"""The engine finds for random queries what looking at every document finds."""

import asyncio
from pathlib import Path

import pytest
from support.data.search_documents import START, DocumentRecords, RandomDocuments
from support.data.search_queries import RandomQueries
from support.fakes.brute_force_search import BruteForceSearch, Document

from registry.search_engine.searching import EngineSearch, SearchIndex
from registry.search_engine.writing import SearchIndexWriter
from registry.services.search.query.query_string import parse
from shared.errors import Invalid
from shared.index.search.results import SearchScope

SCOPE = SearchScope(["alpha", "beta"], ["alpha", "beta"])


def write(directory: Path, documents: list[Document]) -> None:
    writer = SearchIndexWriter(directory)
    writer.apply(documents)
    writer.commit(1, START)
    writer.close()


@pytest.mark.parametrize("seed", range(3))
async def test_random_queries_find_what_the_oracle_finds(tmp_path: Path, seed: int) -> None:
    documents = RandomDocuments(seed).documents(200)
    await asyncio.to_thread(write, tmp_path / "index", documents)
    index = SearchIndex(tmp_path / "index")
    engine, oracle = EngineSearch(index, DocumentRecords(documents)), BruteForceSearch(documents)
    queries, counted, found = RandomQueries(seed), 0, 0
    while counted < 150:
        query = queries.query()
        try:
            clause = parse(query)
            total = await engine.count(clause, SCOPE) if clause else None
        except Invalid:
            continue
        if clause:
            assert total == await oracle.count(clause, SCOPE), query
            counted, found = counted + 1, found + bool(total)
    index.close()
    assert found > 50
