"""The engine finds, counts and sorts exactly what looking at every document finds, for random documents and clauses."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.data.search_documents import (
    BUCKETS,
    KEYWORDS,
    START,
    WORDS,
    DocumentRecords,
    RandomDocuments,
    object_document,
    package_document,
)
from support.fakes.brute_force_search import BruteForceSearch, Document

from registry.search_engine.encoding import key_of
from registry.search_engine.entry_packages import MANY_ENTRIES, MAX_VALUES
from registry.search_engine.searching import EngineSearch, SearchIndex
from registry.search_engine.writing import SearchIndexWriter
from shared.index.records import Hit, ObjectRecord, PackageRecord
from shared.index.search.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Equals,
    Everything,
    Ids,
    Like,
    Not,
    Nothing,
    Phrase,
    Present,
    Starts,
)
from shared.index.search.documents import DocumentKey, EntryDocument, PackageDocument, SearchDocument
from shared.index.search.fields import FIELDS, FieldKind
from shared.index.search.metadata import date_of
from shared.index.search.results import PackageReaders, SearchOrder, SearchScope, ValueType
from shared.index.search.words import cut

PATHS = ["/status", "/qc", "/qc/level", "/tags", "/a~1b", "/a.b c", "/n", "/qc/~0x", "/owner", "/a.b", "/no"]
PATTERNS = [
    "*.csv",
    "*wine*",
    "a*",
    "*e",
    "d*a/*",
    "?mY/wine?",
    "*",
    "a*y/w*e*",
    "data/wine1.csv",
    r"\**",
    "*ü*",
    "*a b*",
    "a*a",
]


class RandomClauses:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 – not for secrets

    def clause(self, depth: int = 3) -> Any:
        pick: Any = self.random.choice
        if depth and self.random.random() < 0.4:
            inner = tuple(self.clause(depth - 1) for _ in range(self.random.randint(0, 3)))
            return pick(
                [All(inner), AnyOf(inner), AnyOf(inner, self.random.randint(0, 3)), Not(self.clause(depth - 1))]
            )
        return pick([self.words, self.on_field, self.on_path, self.fixed])()

    def words(self) -> Any:
        words = cut(" ".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 2))))
        texts = [name for name, field in FIELDS.items() if field.kind is FieldKind.TEXT]
        field = self.random.choice([None, None, *texts, f"meta:{self.random.choice(PATHS)}"])
        prefix = self.random.random() < 0.3
        if prefix:
            words[-1] = words[-1][: self.random.randint(1, 3)]
        return Phrase(tuple(words), field, prefix)

    def on_field(self) -> Any:
        pick: Any = self.random.choice
        field = pick([row for row in FIELDS.values() if row.kind is not FieldKind.TEXT])
        values: list[Any]
        match field.kind:
            case FieldKind.NUMBER:
                values = [0, 1, 2, 5, 10, 3.5, 100.0, 10**12, 2**62, -1, -0.5]
            case FieldKind.DATE:
                values = [START + timedelta(hours=hours) for hours in (-5, 0, 7, 30, 59)]
            case FieldKind.FLAG:
                return pick([Equals(field.name, True), Equals(field.name, False), Present(field.name)])
            case _ if field.name == "object":
                address = pick(["s3://alpha/data/wine1.csv", "s3://alpha/1", "s3://alpha"])
                return pick([Equals("object", address), Starts("object", address), Present("object")])
            case _:
                values = [
                    "alpha",
                    "amy",
                    "qc",
                    "Gamma",
                    ".csv",
                    "v1",
                    "null",
                    "e1",
                    "object",
                    "package",
                    "latest",
                    "amy/wine1",
                    "",
                ]
                text = str(pick(values))
                return pick(
                    [
                        Equals(field.name, text),
                        Starts(field.name, text[:2]),
                        Like(pick(PATTERNS), field.name),
                        Present(field.name),
                    ]
                )
        return self.compared(field.name, values)

    def on_path(self) -> Any:
        pick: Any = self.random.choice
        field = f"meta:{pick(PATHS)}"
        text = pick(KEYWORDS)
        date = date_of("2026-01-02")
        choices = [
            Equals(field, text),
            Equals(field, pick([True, False])),
            Starts(field, text[:1]),
            Like(pick(PATTERNS), field),
            Present(field),
            self.compared(field, [1, 1.0, 2, 3.5, -4, 1e300, 0]),
            self.compared(field, [date, date + timedelta(hours=3)]) if date else Nothing(),
            self.compared(field, ["draft", "s", ""]),
        ]
        return pick(choices)

    def compared(self, field: str, values: list[Any]) -> Clause:
        low, high = self.random.choice(values), self.random.choice(values)
        made = self.random.choice(
            [
                Equals(field, low),
                Between(field, at_least=low),
                Between(field, above=low),
                Between(field, at_most=low),
                Between(field, below=low),
                Between(field, at_least=low, below=high),
                Between(field, above=low, at_most=high),
            ]
        )
        assert isinstance(made, Equals | Between)
        return made

    def fixed(self) -> Any:
        pick: Any = self.random.choice
        return pick(
            [Everything(), Nothing(), Like(pick(PATTERNS)), Ids(("data/wine1.csv:null", "data/red2.md:v1", "ptr:00"))]
        )

    def scope(self) -> SearchScope:
        pick: Any = self.random.choice
        some = [bucket for bucket in BUCKETS if self.random.random() < 0.7]
        readers = PackageReaders(frozenset({"amy/wine1", "amy/x2", "bob/x1"}), seen=pick([True, False]))
        return SearchScope(
            objects=[bucket for bucket in BUCKETS if self.random.random() < 0.7],
            packages=some,
            restricted={pick(BUCKETS): readers} if self.random.random() < 0.4 else {},
            all_revisions=self.random.random() < 0.2,
        )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    made = SearchIndex(tmp_path / "index")
    yield made
    made.close()


def found(hits: list[Hit]) -> list[tuple[str, str, str]]:
    return [
        (hit.found.bucket, hit.found.key if isinstance(hit.found, ObjectRecord) else hit.found.name, hit.tag)
        for hit in hits
    ]


def write(directory: Path, documents: Sequence[SearchDocument], gone: Sequence[DocumentKey] = ()) -> None:
    writer = SearchIndexWriter(directory)
    writer.apply(documents, gone)
    writer.commit(writer.position + 1, START)
    writer.close()


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_random_searches_find_what_the_oracle_finds(index: SearchIndex, seed: int) -> None:
    made = RandomDocuments(seed)
    documents = made.documents(150)
    await asyncio.to_thread(write, index.directory, documents)
    # A second commit replaces some documents and removes others.
    again = {key_of(each): each for each in made.documents(40)}
    gone = [key_of(each) for each in documents[:20] if key_of(each) not in again]
    await asyncio.to_thread(write, index.directory, list(again.values()), gone)
    kept = [each for each in documents if key_of(each) not in again and key_of(each) not in gone]
    documents = [*kept, *again.values()]
    engine, oracle = EngineSearch(index, DocumentRecords(documents)), BruteForceSearch(documents)
    clauses = RandomClauses(seed)
    hits = 0
    for _ in range(150):
        clause, scope = clauses.clause(), clauses.scope()
        wanted = await oracle.search(clause, scope, limit=1_000)
        answer = await engine.search(clause, scope, limit=1_000)
        assert sorted(found(answer.hits)) == sorted(found(wanted.hits)), clause
        assert answer.total == wanted.total == await engine.count(clause, scope)
        assert answer.packages == wanted.packages
        hits += answer.total > 0
        assert await engine.extents(clause, scope) == await oracle.extents(clause, scope), clause
    assert hits > 50


@pytest.mark.parametrize("seed", SEEDS[:4])
async def test_facets_fields_and_orders_are_those_of_the_oracle(index: SearchIndex, seed: int) -> None:
    documents = RandomDocuments(seed).documents(200)
    await asyncio.to_thread(write, index.directory, documents)
    engine, oracle = EngineSearch(index, DocumentRecords(documents)), BruteForceSearch(documents)
    clauses = RandomClauses(seed)
    names = [*(row.name for row in FIELDS.values() if row.facets), *(f"meta:{path}" for path in PATHS)]
    orders = [row.name for row in FIELDS.values() if row.sorts] + [f"meta:{path}" for path in PATHS]
    for turn in range(40):
        clause, scope = clauses.clause(1), clauses.scope()
        for name in names:
            assert await engine.facets(clause, scope, [name]) == await oracle.facets(clause, scope, [name]), name
        assert await engine.fields(clause, scope) == await oracle.fields(clause, scope)
        order = SearchOrder(orders[turn % len(orders)], descending=turn % 2 == 0)
        types: list[ValueType] = ["number", "datetime", "keyword", "boolean"]
        if order.field.startswith("meta:"):
            order = SearchOrder(order.field, order.descending, types[turn % 4])
        answer, wanted = [await each.search(clause, scope, limit=300, order=order) for each in (engine, oracle)]
        assert [hit.sorted_by for hit in answer.hits] == [hit.sorted_by for hit in wanted.hits], order
        assert sorted(found(answer.hits)) == sorted(found(wanted.hits))
    assert await engine.totals(BUCKETS) == await oracle.totals(BUCKETS)


async def test_pages_show_every_match_once_and_the_newest_of_equals_first(index: SearchIndex) -> None:
    documents = RandomDocuments(1).documents(300)
    await asyncio.to_thread(write, index.directory, documents)
    engine = EngineSearch(index, DocumentRecords(documents))
    scope = SearchScope(objects=BUCKETS, packages=BUCKETS)
    beginning = Phrase(("w",), prefix=True)
    for clause in (
        Everything(),
        Phrase(("wine",)),
        AnyOf((Phrase(("red",)), beginning)),
        beginning,
        All((beginning, Between("size", at_least=2))),
        All((beginning, Not(Phrase(("wine",))))),
        Phrase(("w",), "content", prefix=True),
    ):
        whole = await engine.search(clause, scope, limit=1_000)
        keys = [(-hit.score, -hit.found.modified.timestamp()) for hit in whole.hits]
        assert keys == sorted(keys)
        paged, after = [], None
        while True:
            page = await engine.search(clause, scope, limit=7, after=after)
            paged += page.hits
            after = page.last
            if after is None:
                break
        assert found(paged) == found(whole.hits)
        offset = await engine.search(clause, scope, limit=5, offset=10)
        assert found(offset.hits) == found(whole.hits[10:15])


async def test_pages_in_every_order_show_each_match_once_and_the_newest_of_equals_first(index: SearchIndex) -> None:
    documents = RandomDocuments(5).documents(250)
    await asyncio.to_thread(write, index.directory, documents)
    engine, oracle = EngineSearch(index, DocumentRecords(documents)), BruteForceSearch(documents)
    scope = SearchScope(objects=BUCKETS, packages=BUCKETS)
    clause = AnyOf((Equals("deleted", True), Equals("deleted", False), Equals("kind", "package")))
    types: list[ValueType] = ["number", "datetime", "keyword", "boolean"]
    wanted_orders: list[tuple[str, ValueType | None]] = [(row.name, None) for row in FIELDS.values() if row.sorts]
    wanted_orders += [(f"meta:{path}", type_) for path in PATHS for type_ in types]
    for order in (SearchOrder(name, flag, type_) for name, type_ in wanted_orders for flag in (False, True)):
        wanted = await oracle.search(clause, scope, limit=1_000, order=order)
        whole = await engine.search(clause, scope, limit=1_000, order=order)
        assert [hit.sorted_by for hit in whole.hits] == [hit.sorted_by for hit in wanted.hits], order
        for former, latter in pairwise(whole.hits):
            if former.sorted_by == latter.sorted_by:
                assert former.found.modified >= latter.found.modified, order
        paged: list[Hit] = []
        more = True
        while more:
            page = await engine.search(clause, scope, limit=37, offset=len(paged), order=order)
            paged += page.hits
            more = page.more
        assert found(paged) == found(whole.hits), order
        assert len(set(found(paged))) == wanted.total == len(paged)


async def test_an_order_goes_on_to_its_ten_thousandth_match(index: SearchIndex) -> None:
    documents: list[Document] = [
        object_document(f"{number:05}", size=number // 4_000, modified=START + timedelta(seconds=number))
        for number in range(10_500)
    ]
    await asyncio.to_thread(write, index.directory, documents)
    engine = EngineSearch(index, DocumentRecords(documents))
    scope = SearchScope(objects=BUCKETS, packages=[])
    for field, last in (("size", "08510"), ("name", "09989"), ("modified", "09989"), ("key", "09989")):
        page = await engine.search(Everything(), scope, limit=10, offset=9_980, order=SearchOrder(field))
        assert (page.total, page.more, len(page.hits)) == (10_500, True, 10), field
        assert found(page.hits)[-1][1] == last, field
        end = await engine.search(Everything(), scope, limit=10, offset=9_990, order=SearchOrder(field))
        assert len(end.hits) == 10, field


@pytest.mark.parametrize("seed", SEEDS[:4])
async def test_packages_are_found_by_their_entries_as_the_oracle_finds_them(index: SearchIndex, seed: int) -> None:
    made = RandomDocuments(seed)
    documents = made.documents(120)
    entries = made.entries(documents)
    await asyncio.to_thread(write, index.directory, [*documents, *entries])
    # The entries of a package that is gone go with it.
    gone = [key_of(each) for each in documents if isinstance(each, PackageDocument)][:10]
    await asyncio.to_thread(write, index.directory, [], gone)
    documents = [each for each in documents if key_of(each) not in gone]
    engine, oracle = EngineSearch(index, DocumentRecords(documents)), BruteForceSearch(documents, entries)
    clauses = RandomClauses(seed)
    by_entries = 0
    for _ in range(150):
        clause, scope = clauses.clause(2), clauses.scope()
        answer, wanted = [await each.search(clause, scope, limit=1_000) for each in (engine, oracle)]
        assert sorted(found(answer.hits)) == sorted(found(wanted.hits)), clause
        packages = [(hit.found.bucket, hit.found.name) for hit in answer.hits if isinstance(hit.found, PackageRecord)]
        if not scope.all_revisions:
            matching = await engine.matching_entries(clause, scope, packages)
            assert {key: sorted(keys) for key, keys in matching.items()} == await oracle.matching_entries(
                clause, scope, packages
            )
            by_entries += len(matching)
    assert by_entries


async def test_each_package_shows_its_own_entries_beside_a_package_with_many(index: SearchIndex) -> None:
    sizes = {"amy/few": 1, "amy/many": 80, "ben/none": 0, "ben/some": 5, "cat/most": int(1.5 * MANY_ENTRIES)}
    packages: list[Document] = [package_document(name) for name in sizes]
    entries = [
        EntryDocument("alpha", name, f"wine/{number}.csv", 1, START, ".csv", {})
        for name, count in sizes.items()
        for number in range(count)
    ]
    await asyncio.to_thread(write, index.directory, [*packages, *entries])
    engine = EngineSearch(index, DocumentRecords(packages))
    scope = SearchScope(objects=[], packages=BUCKETS)
    for clause in (Phrase(("wine",)), Phrase(("wi",), prefix=True), Like("*.csv")):
        found = await engine.matching_entries(clause, scope, [("alpha", name) for name in sizes], limit=3)
        assert {name: len(keys) for (_, name), keys in found.items()} == {
            **dict.fromkeys(("amy/many", "ben/some", "cat/most"), 3),
            "amy/few": 1,
        }
        everyone = await engine.search(clause, scope, limit=10)
        assert everyone.packages == everyone.total == 4


async def test_remembered_facets_are_of_the_same_values_scope_and_commit(index: SearchIndex) -> None:
    documents: list[Document] = [
        package_document("amy/one", meta={"flag": True}),
        package_document("amy/two", meta={"flag": 1}),
        package_document("ben/three", bucket="beta", meta={"flag": 1}),
    ]
    await asyncio.to_thread(write, index.directory, documents)
    everywhere, alpha = [SearchScope(objects=[], packages=buckets) for buckets in (BUCKETS, ["alpha"])]
    clauses: list[Clause] = [Equals("meta:/flag", True), Equals("meta:/flag", 1), Present("meta:/flag")]
    for _ in range(2):
        for clause in clauses:
            for scope in (everywhere, alpha):
                for field in ("bucket", "meta:/flag"):
                    found = await EngineSearch(index, DocumentRecords(documents)).facets(clause, scope, [field])
                    assert found == await BruteForceSearch(documents).facets(clause, scope, [field])
        documents[2] = package_document("ben/three", bucket="beta", meta={"flag": True})
        await asyncio.to_thread(write, index.directory, documents[2:])


async def test_entries_of_more_packages_than_one_aggregation_takes_make_their_packages_found(
    index: SearchIndex,
) -> None:
    packages: list[Document] = [package_document(f"amy/{number}") for number in (0, MAX_VALUES // 2, MAX_VALUES + 9)]
    entries = [
        EntryDocument("alpha", f"amy/{number}", "wine.csv", 1, START, ".csv", {}) for number in range(MAX_VALUES + 10)
    ]
    await asyncio.to_thread(write, index.directory, [*packages, *entries])
    scope = SearchScope(objects=[], packages=BUCKETS)
    found = await EngineSearch(index, DocumentRecords(packages)).search(Phrase(("csv",)), scope, limit=10)
    assert found.total == len(found.hits) == len(packages)


LARGE_NUMBERS = [5, 0.5, 2**53, 10**18 + 1, 2**63 - 1024, 2**63, 10**19, 2**64, -(10**19), 1e25, -1e25, 1e300]


@pytest.mark.parametrize("chosen", [LARGE_NUMBERS, [n for n in LARGE_NUMBERS if isinstance(n, int) and abs(n) < 2**63]])
async def test_large_numbers_in_metadata_are_compared_as_the_oracle_compares_them(
    index: SearchIndex, chosen: list[float]
) -> None:
    documents: list[Document] = [
        package_document(f"amy/{number}", meta={"n": value}) for number, value in enumerate(chosen)
    ]
    await asyncio.to_thread(write, index.directory, documents)
    engine, oracle = EngineSearch(index, DocumentRecords(documents)), BruteForceSearch(documents)
    scope = SearchScope(objects=[], packages=BUCKETS)
    field = "meta:/n"
    bounds = [*LARGE_NUMBERS, None]
    pairs = [(low, high) for low in bounds for high in bounds if (low, high) != (None, None)]
    clauses: list[Clause] = [Between(field, at_least=low, at_most=high) for low, high in pairs]
    clauses += [Between(field, above=low, below=high) for low, high in pairs]
    clauses += [Equals(field, value) for value in LARGE_NUMBERS]
    for clause in clauses:
        answer, wanted = [await each.search(clause, scope, limit=100) for each in (engine, oracle)]
        assert sorted(found(answer.hits)) == sorted(found(wanted.hits)), clause
