"""What became of everything that an import has looked at: so that it can go on where it was, and tell at the end."""

from collections import Counter
from collections.abc import Iterator

from registry.quilt2.db.imports import DONE, LEFT, NOTE, ImportedItem, ImportStore
from shared.db.engine import AsyncSession, Sessions, transaction


class ImportLog:
    def __init__(self, sessions: Sessions, source: str, *, dry_run: bool) -> None:
        self._sessions = sessions
        self._source = source
        self._dry_run = dry_run
        self._held: dict[tuple[str, str], ImportedItem] = {}

    async def open(self) -> None:
        """A trial goes on from what was done, too, but leaves no trace."""
        if self._dry_run:
            async with transaction(self._sessions) as session:
                found = await ImportStore(session, self._source).all()
            self._held = {(each.kind, each.key): each for each in found}

    async def note(self, *fates: ImportedItem, session: AsyncSession | None = None) -> None:
        """Within the transaction that makes it so, if there is one."""
        if self._dry_run:
            self._held |= {(each.kind, each.key): each for each in fates}
        elif session:
            await ImportStore(session, self._source).note(fates)
        else:
            async with transaction(self._sessions) as own:
                await ImportStore(own, self._source).note(fates)

    async def find(self, kind: str, key: str) -> ImportedItem | None:
        if self._dry_run:
            return self._held.get((kind, key))
        async with transaction(self._sessions) as session:
            return await ImportStore(session, self._source).find(kind, key)

    async def keys(self, kind: str, state: str) -> set[str]:
        if self._dry_run:
            return {key for (each, key), fate in self._held.items() if each == kind and fate.state == state}
        async with transaction(self._sessions) as session:
            return await ImportStore(session, self._source).keys(kind, state)

    async def forget(self, beginning: str, session: AsyncSession) -> None:
        if self._dry_run:
            self._held = {each: fate for each, fate in self._held.items() if not each[1].startswith(beginning)}
        else:
            await ImportStore(session, self._source).forget(beginning)

    async def report(self) -> "ImportReport":
        if self._dry_run:
            return ImportReport(sorted(self._held.values(), key=lambda each: (each.kind, each.key)))
        async with transaction(self._sessions) as session:
            return ImportReport(await ImportStore(session, self._source).all())


class ImportReport:
    def __init__(self, fates: list[ImportedItem]) -> None:
        self._fates = fates

    def summary(self) -> Iterator[str]:
        count = Counter((each.kind, each.state) for each in self._fates)
        instances = sum(each.position for each in self._fates if each.kind == "package" and each.state == DONE)
        people, packages = count["user", DONE], count["package", DONE]
        yield f"{people} people, {packages} packages and {instances} instances are here."
        for (kind, state), number in sorted(count.items()):
            if state == LEFT:
                yield f"Left out: {_counted(number, kind)}"
            elif state == NOTE:
                yield f"To be looked at: {_counted(number, kind)}"

    def lines(self) -> Iterator[str]:
        """All that is not simply here: what, which, whether it was left, and why; separated by tabs."""
        for each in self._fates:
            if each.reason:
                yield "\t".join((each.kind, each.key, each.state, each.reason.replace("\t", " ").replace("\n", " ")))


def _counted(number: int, kind: str) -> str:
    return f"{number} {kind}" if number == 1 or kind == "access" else f"{number} {kind}s"
