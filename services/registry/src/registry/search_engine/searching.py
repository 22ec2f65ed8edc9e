"""Reads the index: any number of processes do, while one writes."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar

import tantivy
from tantivy import Query

from registry.search_engine import facets, ranking, relevance
from registry.search_engine.combining import every, term, unscored
from registry.search_engine.entry_packages import sampled_entries
from registry.search_engine.near import near_words_in
from registry.search_engine.ranking import RankedMatch
from registry.search_engine.schema import document_id, modified_of, newest, package_term, schema
from registry.search_engine.snapshot import IndexSnapshot, question_key
from registry.search_engine.translation import PACKAGE_KINDS, Translator, has_entries, of_kinds, sole_beginning
from shared.index.records import Hit, ObjectRecord
from shared.index.search.clauses import Clause, Everything, names_field, phrases
from shared.index.search.documents import DocumentKey, DocumentKind
from shared.index.search.entry_clauses import entry_part
from shared.index.search.metadata import metadata_texts
from shared.index.search.results import (
    MAX_WAIT_SECONDS,
    ExtensionTotals,
    Extents,
    Facet,
    FoundField,
    PackageKey,
    SearchOrder,
    SearchPosition,
    SearchResult,
    SearchScope,
    SearchTooSlow,
)

MAX_THREADS = 4
POLL_SECONDS = 0.02
MAX_LAG = timedelta(seconds=30)
"""How far the index may be behind before answers are called incomplete."""
MAX_MATCHING_ENTRIES = 10
MAX_NEAR_DOCUMENTS = 50

_META_FILE = "meta.json"

T = TypeVar("T")
S = TypeVar("S")


class RecordSource(Protocol):
    """Reads the rows of documents."""

    async def load(self, keys: Collection[DocumentKey], *, with_text: bool) -> Mapping[DocumentKey, Hit]:
        """Documents that are gone are left out."""
        ...

    async def head(self) -> int:
        """Position of the last change in the feed."""
        ...


@dataclass
class SearchIndex:
    """The index in a directory, for this process. Searches run in threads."""

    directory: Path
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="search")
    )
    _loaded: IndexSnapshot | None = None
    _stamp: tuple[int, int] | None = None
    """The commit that is loaded; None for the empty index."""
    _loading: Lock = field(default_factory=Lock)

    def snapshot(self) -> IndexSnapshot:
        """The newest commit; an empty index where there is none yet. While an index is made again, the last one remains."""
        stamp = self._stamp_now()
        with self._loading:
            if self._loaded is None or (stamp and stamp != self._stamp):
                self._loaded = self._load(stamp)
                self._stamp = stamp
            return self._loaded

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            found = (self.directory / _META_FILE).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _load(self, stamp: tuple[int, int] | None) -> IndexSnapshot:
        try:
            if stamp and self._loaded and self._stamp:
                self._loaded.index.reload()
                return IndexSnapshot.of(self._loaded.index)
            index = tantivy.Index.open(str(self.directory)) if stamp else tantivy.Index(schema())
        except (ValueError, OSError):  # removed, or being made
            index = tantivy.Index(schema())
        return IndexSnapshot.of(index)

    async def run(self, work: Callable[[IndexSnapshot], T]) -> T:
        return await self.run_on(await self.newest(), work)

    async def newest(self) -> IndexSnapshot:
        """As `snapshot`, in a thread where something has to be read."""
        stamp = self._stamp_now()
        if self._loaded is not None and (stamp is None or stamp == self._stamp):
            return self._loaded
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.snapshot)

    async def run_on(self, snapshot: IndexSnapshot, work: Callable[[IndexSnapshot], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, snapshot)

    async def position(self) -> int:
        return (await self.newest()).position

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass
class EngineSearch:
    """Answers the searches of one request. Implements `SearchBackend`."""

    index: SearchIndex
    records: RecordSource
    seconds: float = 10.0
    """Time limit of each question."""

    @property
    def as_of(self) -> datetime:
        return self._as_of or datetime.now(UTC)

    @property
    def complete(self) -> bool:
        return self._complete

    _head: int | None = None
    """Position of the last change when the request asked its first question."""
    _as_of: datetime | None = None
    _complete: bool = True
    _asked: tuple[IndexSnapshot, Clause, SearchScope, Query] | None = None
    """The last query and what it was made of."""

    async def wait_for(self, position: int) -> None:
        """Wait until searches see the change at this position, or MAX_WAIT_SECONDS have passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                while await self.index.position() < position:  # noqa: ASYNC110 – another process commits
                    await asyncio.sleep(POLL_SECONDS)

    async def search(
        self,
        clause: Clause,
        scope: SearchScope,
        *,
        limit: int,
        offset: int = 0,
        after: SearchPosition | None = None,
        order: SearchOrder | None = None,
        with_text: bool = False,
    ) -> SearchResult:
        """`after` continues a search by relevance after a hit. Raises SearchTooSlow, and Invalid for an order by text."""

        begins = order is None and sole_beginning(clause)[0] is not None

        def find(snapshot: IndexSnapshot) -> ranking.Ranked:
            searcher, wanted = snapshot.searcher, offset + limit + 1
            query = self._query(snapshot, clause, scope)
            place = (after.score, _newest_of(after)) if after else None
            if order:
                return ranking.in_order(searcher, query, order, wanted)
            if next(phrases(clause), None) is None:
                if place is None:
                    return ranking.newest_first(searcher, query, wanted)
                return ranking.count(searcher, query), ranking.newest_before(searcher, query, place[1], wanted)
            if begins:
                tiers = translator_of(snapshot, clause, scope).tiers(clause, query)
                return 0, relevance.by_tiers(searcher, tiers, place, wanted)
            if place:
                return relevance.following(searcher, query, place, wanted)
            return relevance.most_relevant(searcher, query, wanted)

        def count(snapshot: IndexSnapshot) -> tuple[int, int]:
            """All matches, where they are not counted while they are looked for, and the packages among them."""
            query = self._query(snapshot, clause, scope)
            if begins:
                return ranking.count_kinds(snapshot.searcher, query)
            return 0, _count_packages(snapshot.searcher, query, scope)

        (found, matches), (counted, packages) = await self._run_together(clause, scope, find, count)
        shown = matches[offset : offset + limit]
        more = len(matches) > offset + limit
        return SearchResult(
            await self._hits(shown, with_text=with_text),
            counted if begins else found,
            packages,
            more=more,
            last=_position(shown[-1]) if shown and more and order is None else None,
        )

    async def count(self, clause: Clause, scope: SearchScope) -> int:
        return await self._run(lambda found: ranking.count(found.searcher, self._query(found, clause, scope)))

    async def facets(self, clause: Clause, scope: SearchScope, fields: Sequence[str]) -> list[Facet]:
        asked = question_key(clause, scope, *fields)

        def count(snapshot: IndexSnapshot) -> list[Facet]:
            found = snapshot.facets.get(asked)
            if found is None:
                found = facets.facets_of(snapshot.searcher, self._query(snapshot, clause, scope), fields)
                snapshot.facets.put(asked, found, sum(len(each.values) for each in found))
            return list(found)

        return await self._run(count)

    async def fields(self, clause: Clause, scope: SearchScope) -> list[FoundField]:
        return await self._run(lambda found: facets.fields_of(found.searcher, self._query(found, clause, scope)))

    async def extents(self, clause: Clause, scope: SearchScope) -> Extents | None:
        return await self._run(lambda found: facets.extents_of(found.searcher, self._query(found, clause, scope)))

    async def matching_entries(
        self, clause: Clause, scope: SearchScope, packages: Collection[PackageKey], *, limit: int = MAX_MATCHING_ENTRIES
    ) -> Mapping[PackageKey, Sequence[str]]:
        """Logical keys of the entries by which packages match, the most relevant first unless very many match.

        Packages without any are left out.
        """

        def search(snapshot: IndexSnapshot) -> dict[PackageKey, list[str]]:
            of_entries, _ = entry_part(clause)
            if of_entries is None or not packages or not has_entries(snapshot, scope):
                return {}
            query = Translator(snapshot, scope, of_entries=True).whole(of_entries)
            found = sampled_entries(snapshot, unscored(query), packages, limit)
            for package in packages:
                if len(found.get(package, ())) < limit:
                    found[package] = _entries_of_package(snapshot, query, package, limit)
            return {package: found[package] for package in packages if found[package]}

        return await self._run(search)

    async def totals(self, buckets: Collection[str]) -> list[ExtensionTotals]:
        """Number and bytes of the objects in the buckets by extension, the most frequent first."""
        scope = SearchScope(objects=buckets, packages=[])
        return await self._run(lambda found: facets.totals_of(found.searcher, query_of(found, Everything(), scope)))

    async def near_words(self, word: str, scope: SearchScope) -> list[str]:
        """Words of documents that differ from this one in a letter or two, the most frequent first."""

        def search(snapshot: IndexSnapshot) -> list[RankedMatch]:
            query = Translator(snapshot, scope).near(word)
            return relevance.most_relevant(snapshot.searcher, query, MAX_NEAR_DOCUMENTS)[1]

        hits = await self._hits(await self._run(search), with_text=True)
        return near_words_in(word, (text for hit in hits for text in _texts(hit)))

    async def _run(self, work: Callable[[IndexSnapshot], T]) -> T:
        async def run() -> T:
            head = await self._find_head()
            snapshot = await self.index.newest()
            answer = await self.index.run_on(snapshot, work)
            self._note(snapshot, head)
            return answer

        return await _within(self.seconds, run())

    async def _run_together(
        self,
        clause: Clause,
        scope: SearchScope,
        first: Callable[[IndexSnapshot], T],
        second: Callable[[IndexSnapshot], S],
    ) -> tuple[T, S]:
        """Ask two questions about the query of a clause at the same time, each in a thread, on one commit."""

        async def run() -> tuple[T, S]:
            head = await self._find_head()
            snapshot = await self.index.newest()
            await self.index.run_on(snapshot, lambda found: self._query(found, clause, scope))
            answers = await asyncio.gather(self.index.run_on(snapshot, first), self.index.run_on(snapshot, second))
            self._note(snapshot, head)
            return answers

        return await _within(self.seconds, run())

    async def _find_head(self) -> int:
        if self._head is None:
            self._head = await self.records.head()
        return self._head

    def _query(self, snapshot: IndexSnapshot, clause: Clause, scope: SearchScope) -> Query:
        """The query of a clause. Requests ask several questions about one, whose values are then compared once."""
        last = self._asked
        if last is None or last[0] is not snapshot or last[1] is not clause or last[2] is not scope:
            self._asked = last = (snapshot, clause, scope, query_of(snapshot, clause, scope))
        return last[3]

    def _note(self, snapshot: IndexSnapshot, head: int) -> None:
        now = datetime.now(UTC)
        if snapshot.position >= head:
            self._as_of, self._complete = now, True
        else:
            self._as_of = snapshot.complete_at or datetime.fromtimestamp(0, UTC)
            self._complete = now - self._as_of < MAX_LAG

    async def _hits(self, matches: Sequence[RankedMatch], *, with_text: bool) -> list[Hit]:
        loaded = await self.records.load([match.key for match in matches], with_text=with_text) if matches else {}
        return [
            replace(loaded[match.key], score=match.score, sorted_by=match.sorted_by)
            for match in matches
            if match.key in loaded
        ]


def _count_packages(searcher: tantivy.Searcher, query: Query, scope: SearchScope) -> int:
    return ranking.count(searcher, every([query, of_kinds(PACKAGE_KINDS)])) if scope.packages else 0


def query_of(snapshot: IndexSnapshot, clause: Clause, scope: SearchScope) -> Query:
    return translator_of(snapshot, clause, scope).whole(clause)


def translator_of(snapshot: IndexSnapshot, clause: Clause, scope: SearchScope) -> Translator:
    """Deleted objects are found where the clause says something about them."""
    return Translator(snapshot, scope, with_deleted=names_field(clause, "deleted"))


async def _within(seconds: float, answer: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError as error:
        raise SearchTooSlow from error


def _newest_of(position: SearchPosition) -> int:
    return newest(position.modified, document_id(_key_of_position(position)))


def _key_of_position(position: SearchPosition) -> DocumentKey:
    return DocumentKey(DocumentKind(position.kind), position.bucket, position.name)


def _position(match: RankedMatch) -> SearchPosition:
    return SearchPosition(match.score, modified_of(match.newest), match.key.kind, match.key.bucket, match.key.name)


def _texts(hit: Hit) -> list[str]:
    """Texts in which the words of a document are."""
    found = hit.found
    if isinstance(found, ObjectRecord):
        return [found.key, hit.text, *metadata_texts(found.meta)]
    return [found.name, hit.text, found.latest.message or "", found.latest.header]


def _entries_of_package(snapshot: IndexSnapshot, query: Query, package: PackageKey, limit: int) -> list[str]:
    own = every([query, unscored(term("package", package_term(*package)))])
    hits = snapshot.searcher.search(own, limit=limit, count=False).hits
    return [ranking.key_at(snapshot.searcher, address).name.split("/", 2)[2] for _, address in hits]
