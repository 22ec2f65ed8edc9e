"""The result of everything that an import has looked at. A later run continues from it, and the report is made of it."""

from collections import Counter
from collections.abc import Iterator

from registry.quilt2.db.imports import DONE, LEFT, NOTE, ImportedItem, ImportStore
from shared.db.engine import AsyncSession, Sessions, transaction


class ImportLog:
    def __init__(self, sessions: Sessions, source: str, *, dry_run: bool) -> None:
        self._sessions = sessions
        self._source = source
        self._dry_run = dry_run
        self._in_memory: dict[tuple[str, str], ImportedItem] = {}

    async def open(self) -> None:
        """A dry run continues from earlier runs, too. Its own records stay in memory."""
        if self._dry_run:
            async with transaction(self._sessions) as session:
                found = await ImportStore(session, self._source).all()
            self._in_memory = {(each.kind, each.key): each for each in found}

    async def record(self, *items: ImportedItem, session: AsyncSession | None = None) -> None:
        """Record results within the transaction that makes them true, if there is one."""
        if self._dry_run:
            self._in_memory |= {(each.kind, each.key): each for each in items}
        elif session:
            await ImportStore(session, self._source).record(items)
        else:
            async with transaction(self._sessions) as own:
                await ImportStore(own, self._source).record(items)

    async def find(self, kind: str, key: str) -> ImportedItem | None:
        if self._dry_run:
            return self._in_memory.get((kind, key))
        async with transaction(self._sessions) as session:
            return await ImportStore(session, self._source).find(kind, key)

    async def keys(self, kind: str, state: str) -> set[str]:
        if self._dry_run:
            return {key for (each, key), item in self._in_memory.items() if each == kind and item.state == state}
        async with transaction(self._sessions) as session:
            return await ImportStore(session, self._source).keys(kind, state)

    async def delete_records(self, beginning: str, session: AsyncSession) -> None:
        if self._dry_run:
            kept = {each: item for each, item in self._in_memory.items() if not each[1].startswith(beginning)}
            self._in_memory = kept
        else:
            await ImportStore(session, self._source).delete_records(beginning)

    async def report(self) -> "ImportReport":
        if self._dry_run:
            return ImportReport(sorted(self._in_memory.values(), key=lambda each: (each.kind, each.key)))
        async with transaction(self._sessions) as session:
            return ImportReport(await ImportStore(session, self._source).all())


class ImportReport:
    def __init__(self, items: list[ImportedItem]) -> None:
        self._items = items

    def summary(self) -> Iterator[str]:
        count = Counter((each.kind, each.state) for each in self._items)
        instances = sum(each.position for each in self._items if each.kind == "package" and each.state == DONE)
        people, packages = count["user", DONE], count["package", DONE]
        yield f"{people} people, {packages} packages and {instances} instances are here."
        for (kind, state), number in sorted(count.items()):
            if state == LEFT:
                yield f"Left out: {_counted(number, kind)}"
            elif state == NOTE:
                yield f"To be looked at: {_counted(number, kind)}"

    def lines(self) -> Iterator[str]:
        """Items that were left out or need a look: kind, key, state and reason, separated by tabs."""
        for each in self._items:
            if each.reason:
                yield "\t".join((each.kind, each.key, each.state, each.reason.replace("\t", " ").replace("\n", " ")))


def _counted(number: int, kind: str) -> str:
    return f"{number} {kind}" if number == 1 or kind == "access" else f"{number} {kind}s"
