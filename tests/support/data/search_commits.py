"""Commits of a search index, the same in each process. `python -m support.data.search_commits DIRECTORY` makes them."""

import sys
from pathlib import Path

from support.data.search_documents import START, RandomDocuments
from support.fakes.brute_force_search import Document

from registry.search_engine.encoding import key_of
from registry.search_engine.writing import SearchIndexWriter
from shared.index.search.documents import DocumentKey

COMMITS = 30


def commits() -> list[tuple[list[Document], list[DocumentKey]]]:
    """Documents that each commit puts and keys that it removes, the same in each process."""
    made = RandomDocuments(5)
    states: list[tuple[list[Document], list[DocumentKey]]] = []
    there: dict[DocumentKey, Document] = {}
    for _ in range(COMMITS):
        put = made.documents(15)
        gone = made.random.sample(sorted(there), min(len(there), 5))
        there = {key: each for key, each in there.items() if key not in gone}
        put = [each for each in put if key_of(each) not in gone]
        there |= {key_of(each): each for each in put}
        states.append((put, gone))
    return states


def main(directory: Path) -> None:
    writer = SearchIndexWriter(directory)
    for position, (put, gone) in enumerate(commits(), 1):
        writer.apply(put, gone)
        writer.commit(position, START)
    writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
