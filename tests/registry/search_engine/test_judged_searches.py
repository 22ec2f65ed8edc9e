"""Searches whose right answer a person has named: the package comes first."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.data.judged_searches import PACKAGES, SEARCHES
from support.data.search_documents import START, DocumentRecords, object_document, package_document

from registry.search_engine.searching import EngineSearch, SearchIndex
from registry.search_engine.writing import SearchIndexWriter
from registry.services.search.query.query_string import parse
from shared.index.records import PackageRecord
from shared.index.search.results import SearchScope
from shared.quilt.extensions import extension

DOCUMENTS = [
    package_document(
        each.name, message=each.message, meta=each.meta, readme=each.readme, modified=START + timedelta(days=day)
    )
    for day, each in enumerate(PACKAGES)
]
FILES = [
    object_document(key, extension=extension(key), text=each.readme if key.endswith(".md") else "")
    for each in PACKAGES
    for key in (f"{each.name}/README.md", f"{each.name}/data/part-0.csv", f"{each.name}/data/part-1.csv")
]


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineSearch]:
    directory: Path = tmp_path_factory.mktemp("judged") / "index"

    def write() -> None:
        writer = SearchIndexWriter(directory)
        writer.apply([*DOCUMENTS, *FILES])
        writer.commit(1, START)
        writer.close()

    await asyncio.to_thread(write)
    index = SearchIndex(directory)
    yield EngineSearch(index, DocumentRecords([*DOCUMENTS, *FILES]))
    index.close()


@pytest.mark.parametrize(("query", "wanted"), SEARCHES.items())
async def test_the_package_that_people_look_for_comes_first(engine: EngineSearch, query: str, wanted: str) -> None:
    clause = parse(query)
    assert clause is not None
    found = await engine.search(clause, SearchScope(objects=["alpha"], packages=["alpha"]), limit=5)
    names = [hit.found.name if isinstance(hit.found, PackageRecord) else hit.found.key for hit in found.hits]
    assert names[:1] == [wanted], names
