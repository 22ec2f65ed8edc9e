"""Sources of a query: what the calls of its statement name, as far as the caller may read it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from registry.db.buckets import BucketStore
from registry.db.queries import DifferenceSide, PinnedRevision, ResolvedCall
from registry.errors import RevisionNotFound, SqlLimitReached, SqlRefused
from registry.services.packages.reader import PackageReader
from registry.services.queries.candidates import CandidateChoice, FileCandidate, PackageCandidate
from registry.services.queries.file_search import FileSearch, FoundFile, FoundRevision, no_file
from registry.services.queries.names import PackageRef, PathPattern, call_text, parse_package_ref, path_pattern
from registry.services.queries.segments import ObjectSegment, Segment, TableSegment
from registry.services.queries.table_documents import OpenTables
from shared.aws.objects import ObjectStore
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.index.records import RevisionRecord
from shared.index.store import IndexStore
from shared.queries.types import TABLE_FUNCTIONS, QueryFile, QuerySource, SourceCall
from shared.quilt.keys import LATEST
from shared.quilt.physical_keys import PhysicalKey, bucket_of, parse_physical_key
from shared.schemas.principal import Principal

MAX_QUERY_PACKAGES = 1_000
"""Packages that one call names, after those that the statement's conditions exclude."""
MAX_CANDIDATE_PACKAGES = 100_000
"""Packages whose names are compared with the conditions of a statement."""
MAX_QUERY_FILES = 10_000
"""Files of a query."""
MAX_TABLE_ROWS = 200_000
"""Rows of a table of entries, revisions or packages."""
_PAGE_PACKAGES = 1_000


class CallRefused(Exception):
    """A call names what cannot be read. The reason is its cause."""

    def __init__(self, error: AppError, position: int | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.position = position


@dataclass
class ResolvedQuery:
    sources: list[QuerySource] = field(default_factory=list)
    calls: list[ResolvedCall] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    size: int = 0
    """Bytes of all segments."""
    files: int = 0
    _starts: dict[tuple[PhysicalKey, int], int] = field(default_factory=dict)

    def start_of(self, wanted: ObjectSegment) -> int:
        """Where an object begins. One that several files name is there once."""
        key = (wanted.location, wanted.size)
        if key not in self._starts:
            self._starts[key] = wanted.start
            self.add_segment(wanted)
        return self._starts[key]

    def add_segment(self, segment: Segment) -> None:
        """Append a segment, which begins at `size`."""
        self.segments.append(segment)
        self.size += segment.size


class SourceResolver:
    """Resolves the calls of one query. `objects` is S3 with the caller's rights."""

    def __init__(
        self,
        *,
        viewer: Principal,
        reader: PackageReader,
        sessions: Sessions,
        objects: ObjectStore,
        open_tables: OpenTables,
        choice: CandidateChoice,
        pinned: Sequence[ResolvedCall] = (),
    ) -> None:
        self._viewer = viewer
        self._reader = reader
        self._sessions = sessions
        self._objects = objects
        self._open_tables = open_tables
        self._choice = choice
        self._pinned = {each.call: each.revisions for each in pinned}
        self._search = FileSearch(reader)
        self._found = ResolvedQuery()

    async def resolve(self, calls: Sequence[SourceCall]) -> ResolvedQuery:
        """Raises CallRefused for the first call that names what the caller may not read, or what is not there."""
        noted: dict[int, ResolvedCall] = {}
        # Conditions on files may read the tables that are made here.
        for call in sorted(calls, key=lambda call: call.function not in TABLE_FUNCTIONS):
            try:
                await self._resolve(call)
            except AppError as error:
                raise CallRefused(error, call.position) from error
            noted[call.ordinal] = self._found.calls.pop()
        self._found.calls += [noted[ordinal] for ordinal in sorted(noted)]
        return self._found

    async def resolve_file(self, side: DifferenceSide, label: str) -> QueryFile:
        """One file of a row difference, which is added to `found`. Raises CallRefused."""
        try:
            pinned = self._pinned.get(label)
            reference = pinned[0].top_hash if pinned else side.reference
            found = await self._search.find_revisions(self._viewer, side.bucket, [(side.package, reference)])
            files = [each async for each in self._search.match(found[0], PathPattern.of_path(side.path))]
            made = await self._add_files(self._viewer, files, self._objects)
        except AppError as error:
            raise CallRefused(error, None) from error
        self._note(label, found, made)
        return made[0]

    @property
    def found(self) -> ResolvedQuery:
        return self._found

    async def _resolve(self, call: SourceCall) -> None:
        match call.function:
            case "package":
                await self._resolve_package(call)
            case "entries":
                await self._resolve_entries(call)
            case "revisions":
                await self._resolve_revisions(call)
            case "packages":
                await self._resolve_packages(call)
            case "tabulator":
                await self._resolve_tabulator(call)
            case _:
                raise SqlRefused(f"There is no function {call.function}", position=call.position)

    async def _resolve_package(self, call: SourceCall) -> None:
        ref, pattern = parse_package_ref(call), path_pattern(call)
        candidates = await self._candidates_of(call, ref)
        chosen, others = await self._choose_packages(call, candidates)
        revisions = await self._search.find_revisions(self._viewer, ref.bucket, chosen)
        files = [each for revision in revisions async for each in self._search.match(revision, pattern)]
        if not files and (found := await self._search.find_first(self._viewer, ref.bucket, others, pattern)):
            revisions, files = [found.revision], [found]
        if not files:
            raise SqlRefused(f"No file of {call.arguments[0]} matches {pattern.text}", position=call.position)
        # One is kept for its columns.
        files = await self._choose_files(call, files) or files[:1]
        made = await self._add_files(self._viewer, files, self._objects)
        self._found.sources.append(QuerySource(call.ordinal, files=made, options=call.options))
        self._note(call_text(call), revisions, made)

    async def _resolve_entries(self, call: SourceCall) -> None:
        from registry.services.queries import tables  # noqa: PLC0415 – pyarrow takes memory, and few queries need it

        ref = parse_package_ref(call)
        candidates = _require_packages(call, await self._candidates_of(call, ref))
        revisions = await self._search.find_revisions(self._viewer, ref.bucket, candidates)
        found: list[tables.FoundEntry] = []
        for revision in revisions:
            async for path, file in self._search.walk(revision.root):
                found.append(tables.FoundEntry(revision.package, revision.top_hash, path, file))
                _require_rows(call, len(found))
        self._add_table(call, await asyncio.to_thread(tables.entries_table, found))
        self._note(call_text(call), revisions, [])

    async def _resolve_revisions(self, call: SourceCall) -> None:
        from registry.services.queries import tables  # noqa: PLC0415 – the same

        ref = parse_package_ref(call)
        if ref.is_pattern or "@" in call.arguments[0]:
            raise SqlRefused("revisions() takes the name of one package: 'bucket/author/name'", position=call.position)
        package = await self._reader.seen_by(self._viewer).open(ref.bucket, ref.name)
        pushes: list[RevisionRecord] = []
        while page := await package.pushes(after=pushes[-1].tag if pushes else None, limit=_PAGE_PACKAGES):
            pushes += page
            _require_rows(call, len(pushes))
        pinned = self._pinned.get(call_text(call))
        if pinned is not None:
            pushes = _as_pinned(pushes, pinned, ref.name)
        self._add_table(call, await asyncio.to_thread(tables.revisions_table, pushes))
        found = [PinnedRevision(ref.bucket, push.name, push.manifest.top_hash) for push in pushes]
        self._found.calls.append(ResolvedCall(call_text(call), found, 0, 0))

    async def _resolve_packages(self, call: SourceCall) -> None:
        from registry.services.queries import tables  # noqa: PLC0415 – the same

        bucket = call.arguments[0]
        pinned = self._pinned.get(call_text(call))
        found: list[tables.NamedManifest] = []
        async with transaction(self._sessions) as session:
            await BucketStore(session, self._reader.rules).get(self._viewer, bucket)
            index = IndexStore(session)
            visible = self._reader.rules.of(self._viewer).sees_package
            more = pinned is None
            while more:
                after = found[-1].name if found else None
                records, more = await index.packages(bucket, after=after, limit=_PAGE_PACKAGES, visible=visible)
                found += [tables.NamedManifest(record.name, record.latest) for record in records]
                _require_rows(call, len(found))
        for each in pinned or ():
            package = await self._reader.seen_by(self._viewer).open(each.bucket, each.package)
            found.append(tables.NamedManifest(each.package, await package.manifest(each.top_hash)))
        self._add_table(call, await asyncio.to_thread(tables.packages_table, found))
        named = [PinnedRevision(bucket, each.name, each.manifest.top_hash) for each in found]
        self._found.calls.append(ResolvedCall(call_text(call), named, 0, 0))

    async def _resolve_tabulator(self, call: SourceCall) -> None:
        bucket, table = call.arguments
        opened = await self._open_tables.open(self._viewer, bucket, table)
        pinned = self._pinned.get(call_text(call))
        if pinned is None:
            wanted = await self._latest_of(
                opened.viewer, PackageRef(bucket, "*", LATEST), opened.document.matches_package, call
            )
        else:
            wanted = [PackageCandidate(each.package, each.top_hash) for each in pinned]
        chosen, _ = await self._choose_packages(call, wanted)
        revisions = await self._search.find_revisions(opened.viewer, bucket, chosen)
        files = [each for revision in revisions async for each in self._search.match_table(revision, opened.document)]
        files = await self._choose_files(call, files)
        made = await self._add_files(opened.viewer, files, opened.objects or self._objects)
        self._found.sources.append(QuerySource(call.ordinal, files=made, definition=opened.document.definition))
        self._note(call_text(call), revisions, made)

    async def _candidates_of(self, call: SourceCall, ref: PackageRef) -> list[PackageCandidate]:
        """Packages that a call names, each with its top hash, or with the reference of the call if that names one revision."""
        pinned = self._pinned.get(call_text(call))
        if pinned is not None:
            return [PackageCandidate(each.package, each.top_hash) for each in pinned]
        if not ref.is_pattern:
            return [PackageCandidate(ref.name, ref.reference)]
        found = await self._latest_of(self._viewer, ref, ref.matches, call)
        if not found:
            raise SqlRefused(f"No package matches {call.arguments[0]}", position=call.position)
        return found

    async def _choose_packages(
        self, call: SourceCall, candidates: list[PackageCandidate]
    ) -> tuple[list[PackageCandidate], list[PackageCandidate]]:
        """The packages that the statement needs, and the others. Raises SqlLimitReached and what `CandidateChoice` raises."""
        numbers = await self._choice.of_packages(call, candidates)
        if numbers is None:
            return _require_packages(call, candidates), []
        chosen = set(numbers)
        others = [each for number, each in enumerate(candidates) if number not in chosen]
        return _require_packages(call, [candidates[number] for number in numbers]), others[:MAX_QUERY_PACKAGES]

    async def _choose_files(self, call: SourceCall, files: list[FoundFile]) -> list[FoundFile]:
        found = [
            FileCandidate(each.revision.package, each.revision.top_hash, each.path, each.file.physical_key)
            for each in files
        ]
        numbers = await self._choice.of_files(call, found)
        return files if numbers is None else [files[number] for number in numbers]

    async def _latest_of(
        self, viewer: Principal, ref: PackageRef, matches: Callable[[str], bool], call: SourceCall
    ) -> list[PackageCandidate]:
        """Packages that the caller sees, at their latest revisions. Raises BucketNotFound and SqlLimitReached."""
        found: list[PackageCandidate] = []
        async with transaction(self._sessions) as session:
            await BucketStore(session, self._reader.rules).get(viewer, ref.bucket)
            visible = self._reader.rules.of(viewer).sees_package
            after, more = None, True
            while more:
                records, more = await IndexStore(session).packages(
                    ref.bucket, prefix=ref.fixed_start, after=after, limit=_PAGE_PACKAGES, visible=visible
                )
                found += [
                    PackageCandidate(record.name, record.latest.top_hash) for record in records if matches(record.name)
                ]
                after = records[-1].name if records else None
                if len(found) > MAX_CANDIDATE_PACKAGES:
                    raise _too_many_packages(call, MAX_CANDIDATE_PACKAGES)
        return found

    async def _add_files(self, viewer: Principal, found: Sequence[FoundFile], objects: ObjectStore) -> list[QueryFile]:
        """Files with their places among all bytes. Raises EntryNotFound for one whose object the caller may not read."""
        if self._found.files + len(found) > MAX_QUERY_FILES:
            raise SqlLimitReached(f"The query names more than {MAX_QUERY_FILES:,} files", limit="files")
        self._found.files += len(found)
        buckets = {bucket for each in found if (bucket := bucket_of(each.file.physical_key))}
        readable = await self._reader.readable_buckets(viewer, buckets)
        made: list[QueryFile] = []
        for revision, path, file, groups in found:
            location = parse_physical_key(file.physical_key)
            if location is None or location.bucket not in readable:
                raise no_file(revision, path)
            start = self._found.start_of(ObjectSegment(self._found.size, file.size, location, path, objects))
            made.append(
                QueryFile(start, file.size, revision.package, path, file.physical_key, revision.top_hash, groups)
            )
        return made

    def _add_table(self, call: SourceCall, content: bytes) -> None:
        start = self._found.size
        self._choice.add_table(call.ordinal, content)
        self._found.add_segment(TableSegment(start, content))
        self._found.sources.append(QuerySource(call.ordinal, table=(start, len(content))))

    def _note(self, text: str, revisions: Sequence[FoundRevision], files: Sequence[QueryFile]) -> None:
        named = [PinnedRevision(each.bucket, each.package, each.top_hash) for each in revisions]
        self._found.calls.append(ResolvedCall(text, named, len(files), sum(file.size for file in files)))


def _require_packages(call: SourceCall, found: list[PackageCandidate]) -> list[PackageCandidate]:
    if len(found) > MAX_QUERY_PACKAGES:
        raise _too_many_packages(call, MAX_QUERY_PACKAGES)
    return found


def _too_many_packages(call: SourceCall, most: int) -> SqlLimitReached:
    return SqlLimitReached(
        f"{call_text(call)} names more than {most:,} packages", position=call.position, limit="packages"
    )


def _require_rows(call: SourceCall, rows: int) -> None:
    if rows > MAX_TABLE_ROWS:
        raise SqlLimitReached(
            f"{call_text(call)} has more than {MAX_TABLE_ROWS:,} rows", position=call.position, limit="entries"
        )


def _as_pinned(pushes: list[RevisionRecord], pinned: Sequence[PinnedRevision], name: str) -> list[RevisionRecord]:
    """The pushes that there were, newest first. Raises RevisionNotFound if some were removed."""
    then = pushes[len(pushes) - len(pinned) :] if len(pushes) >= len(pinned) else []
    if [push.manifest.top_hash for push in then] != [each.top_hash for each in pinned]:
        raise RevisionNotFound(name, pinned[0].top_hash if pinned else "latest")
    return then
