"""Searches while another process commits, and the order of very many equal matches."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from support.data.search_commits import COMMITS, commits
from support.data.search_documents import BUCKETS, START, object_document
from support.fakes.brute_force_search import BruteForceSearch, Document

from registry.search_engine import facets, ranking, relevance
from registry.search_engine.encoding import key_of
from registry.search_engine.ranking import MAX_WINDOW
from registry.search_engine.schema import key_of_id
from registry.search_engine.searching import SearchIndex, query_of
from registry.search_engine.snapshot import IndexSnapshot
from registry.search_engine.writing import SearchIndexWriter
from shared.index.search.clauses import AnyOf, Between, Clause, Everything, Like, Phrase, Present
from shared.index.search.documents import DocumentKey
from shared.index.search.results import SearchOrder, SearchScope

CLAUSES: list[Clause] = [
    Everything(),
    Phrase(("wine",)),
    AnyOf((Phrase(("red", "wine")), Like("*.csv"))),
    Present("meta:/status"),
    Between("size", at_least=10),
]
SCOPE = SearchScope(objects=BUCKETS, packages=BUCKETS)


def found_keys(snapshot: IndexSnapshot, clause: Clause) -> list[DocumentKey]:
    query = query_of(snapshot, clause, SCOPE)
    hits = snapshot.searcher.search(query, limit=10_000).hits
    return sorted(key_of_id(snapshot.searcher.doc(address)["id"][0]) for _, address in hits)


async def test_each_search_sees_one_commit_as_a_whole_while_another_process_writes(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "support.data.search_commits", str(tmp_path / "index")]
    index = SearchIndex(tmp_path / "index")
    writer = await asyncio.create_subprocess_exec(*argv, env={"PYTHONPATH": ":".join(sys.path), "PATH": ""})
    expected: list[list[Document]] = [[]]
    there: dict[DocumentKey, Document] = {}
    for put, gone in commits():
        there = {key: each for key, each in there.items() if key not in gone} | {key_of(each): each for each in put}
        expected.append(list(there.values()))
    seen: set[int] = set()
    while max(seen, default=0) < COMMITS:
        assert writer.returncode in {None, 0}
        snapshot = await index.run(lambda snapshot: snapshot)
        if snapshot.position in seen:
            await asyncio.sleep(0.001)
            continue
        seen.add(snapshot.position)
        oracle = BruteForceSearch(expected[snapshot.position])
        for clause in CLAUSES:
            assert found_keys(snapshot, clause) == sorted(map(key_of, oracle.matches(clause, SCOPE)))
            extensions = facets.facets_of(snapshot.searcher, query_of(snapshot, clause, SCOPE), ["ext", "meta:/status"])
            assert extensions == await oracle.facets(clause, SCOPE, ["ext", "meta:/status"])
    assert await writer.wait() == 0
    assert len(seen) > 3
    index.close()


async def test_the_newest_of_very_many_equal_matches_come_first(tmp_path: Path) -> None:
    count = MAX_WINDOW + 5_000
    places = [place * 7_919 % count for place in range(count)]  # no order of time

    def write() -> None:
        writer = SearchIndexWriter(tmp_path / "index")
        documents = [
            object_document(
                f"wine-{number}", text="wine" if number % 1000 == 999 else "", modified=START + timedelta(minutes=place)
            )
            for number, place in enumerate(places)
        ]
        writer.apply(documents)
        writer.commit(1, START)
        writer.close()

    await asyncio.to_thread(write)
    index = SearchIndex(tmp_path / "index")
    snapshot = index.snapshot()
    query = query_of(snapshot, Phrase(("wine",)), SCOPE)
    total, matches = relevance.most_relevant(snapshot.searcher, query, 60)
    assert total == count
    heavier = sorted((number for number in range(count) if number % 1000 == 999), key=lambda number: -places[number])
    lighter = sorted((number for number in range(count) if number % 1000 != 999), key=lambda number: -places[number])
    assert [match.key.name for match in matches] == [f"wine-{number}" for number in [*heavier, *lighter][:60]]
    everything = query_of(snapshot, Everything(), SCOPE)
    for field in ("bucket", "size", "author"):
        total, matches = ranking.in_order(snapshot.searcher, everything, SearchOrder(field), 60)
        assert total == count
        newest = sorted(range(count), key=lambda number: -places[number])
        assert [match.key.name for match in matches] == [f"wine-{number}" for number in newest[:60]]
    index.close()
