"""Moving house: people, packages and events of a Quilt 2 registry are taken over from its database; objects stay.

Everything can be done twice with the same result, and what was done is noted in the transaction that does it: so an
import that was broken off at any point is simply run again. A package can be seen when it is here as a whole.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.imports import DONE, LEFT, ImportedItem
from registry.quilt2.db.source_database import SourceDatabase, SourceEvent, SourcePackage
from registry.quilt2.events import Event
from registry.quilt2.importing.import_log import ImportLog
from registry.quilt2.importing.import_package import PackageImport, PackageLocksOf
from registry.quilt2.importing.object_inventory import InventoryCheck, ObjectInventory
from registry.quilt2.importing.task_group import together
from shared.aws.objects import ObjectStore
from shared.clients.administration import Administration
from shared.db.engine import Sessions, transaction
from shared.schemas.imports import MAX_PEOPLE, Arrival, Incomer, Incomers

_KINDS = {1: "PUSH", 2: "INSTALL", 3: "PREVIEW", 4: "DELETE"}

MAX_CONCURRENT_PACKAGES = 4
MAX_CONCURRENT_INSTANCES = 6
"""Together not more than there are connections to the database."""

Tell = Callable[[str, int, int], None]
"""What is counted, how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    bucket: str
    source: str
    """What the other registry is called in our notes."""
    batch: int = 200
    """People, or events, at a time."""
    check: InventoryCheck = InventoryCheck.LIST
    same: frozenset[str] = frozenset()
    """Names that mean the same person there and here, whatever the addresses say."""
    again: bool = False
    """Look at packages that are here already once more, for what has come to them since."""
    dry_run: bool = False


class ImportRun:
    def __init__(
        self,
        plan: ImportPlan,
        *,
        origin: SourceDatabase,
        sessions: Sessions,
        objects: ObjectStore,
        administration: Administration,
        tell: Tell,
    ) -> None:
        self._plan = plan
        self._origin = origin
        self._sessions = sessions
        self._objects = objects
        self._administration = administration
        self._tell = tell
        self.ledger = ImportLog(sessions, plan.source, dry_run=plan.dry_run)
        self._residents: dict[str, bool] = {}
        self._turns = PackageLocksOf(asyncio.Semaphore(MAX_CONCURRENT_INSTANCES))

    async def run(self) -> None:
        await self.ledger.open()
        await self._move_people()
        await self._move_packages()
        await self._move_events()

    async def _move_people(self) -> None:
        done, total, after = 0, await self._origin.count("user"), ""
        while rows := await self._origin.users(after, min(self._plan.batch, MAX_PEOPLE)):
            after = rows[-1]["name"]
            people = [Incomer(**{name: value for name, value in row.items() if value is not None}) for row in rows]
            wanted = Incomers(people=people, dry_run=self._plan.dry_run)
            told = (await self._administration.take_in(wanted)).people
            await self.ledger.note(*map(self._fate, told))
            done += len(rows)
            self._tell("people", done, total)

    def _fate(self, arrival: Arrival) -> ImportedItem:
        if arrival.state == "left" and arrival.name in self._plan.same:
            return ImportedItem("user", arrival.name, DONE)
        return ImportedItem("user", arrival.name, DONE if arrival.state == "done" else LEFT, arrival.reason)

    async def _move_packages(self) -> None:
        for name in await self.ledger.keys("user", DONE):
            self._residents[name] = True
        here = await self.ledger.keys("package", DONE)
        total, after = await self._origin.count("package"), ("", 0)
        counted = itertools.count(1)
        while packages := await self._origin.packages(after, self._plan.batch):
            after = (packages[-1].owner, packages[-1].id)
            for owner, own in itertools.groupby(packages, lambda each: each.owner):
                wanted = []
                for each in own:
                    if self._plan.again or each.full_name not in here:
                        wanted.append(each)
                    else:
                        self._tell("packages", next(counted), total)
                shelf = await self._shelf(owner) if wanted else None
                if shelf:
                    await self._move_all(wanted, shelf, lambda: self._tell("packages", next(counted), total))

    async def _move_all(self, packages: list[SourcePackage], shelf: ObjectInventory, tell: Callable[[], None]) -> None:
        """Some at once; namesakes one after another, so that the first is the one that comes."""
        namesakes: dict[str, list[SourcePackage]] = {}
        for each in packages:
            namesakes.setdefault(each.name.lower(), []).append(each)
        turns = asyncio.Semaphore(MAX_CONCURRENT_PACKAGES)

        async def move(group: list[SourcePackage]) -> None:
            async with turns:
                for each in group:
                    await self._move(each, shelf)
                    tell()

        await together(*map(move, namesakes.values()))

    async def _move(self, package: SourcePackage, shelf: ObjectInventory) -> None:
        arriving = PackageImport(
            package,
            bucket=self._plan.bucket,
            origin=self._origin,
            sessions=self._sessions,
            objects=self._objects,
            shelf=shelf,
            ledger=self.ledger,
            is_resident=self._is_resident,
            turns=self._turns,
        )
        await arriving.import_package(dry_run=self._plan.dry_run)

    async def _shelf(self, owner: str) -> ObjectInventory:
        shelf = ObjectInventory(self._objects, self._plan.bucket, owner, self._plan.check, dry_run=self._plan.dry_run)
        if await self._is_resident(owner):
            await shelf.open()
        return shelf

    async def _is_resident(self, name: str) -> bool:
        """Whether the account of that name here is theirs; nobody else may get what they have."""
        if name not in self._residents:
            trusted = name in self._plan.same or not self._origin.has_users
            self._residents[name] = trusted and await self._administration.user(name) is not None
        return self._residents[name]

    async def _move_events(self) -> None:
        kind, key = "events", "all"
        last = await self.ledger.find(kind, key)
        position, total = (last.position if last else 0), await self._origin.count("event")
        done = 0
        while rows := await self._origin.events(position, self._plan.batch):
            position = rows[-1].id
            known = [made for each in rows if (made := _event(each))]
            odd = [
                ImportedItem("event", str(each.id), LEFT, f"Of an unknown kind, {each.type}, or of no package")
                for each in rows
                if _event(each) is None
            ]
            async with transaction(self._sessions) as session:
                if not self._plan.dry_run:
                    await EventStore(session).add(known)
                await self.ledger.note(ImportedItem(kind, key, DONE, position=position), *odd, session=session)
            done += len(rows)
            self._tell("events", done, total)


def _event(row: SourceEvent) -> Event | None:
    kind = _KINDS.get(row.type)
    if kind is None or row.owner is None or row.name is None:
        return None
    extra = orjson.loads(row.extra) if row.extra else None
    known = extra if isinstance(extra, dict) else None
    return Event(kind, row.owner, row.name, row.user, row.hash, known, row.created)
