"""The import of a Quilt 2 registry from its database: people, packages and events. Objects stay in their bucket.

Every step can be repeated with the same result, and its result is recorded in its own transaction. A step during which
something does not respond is repeated, and an import that was interrupted anywhere is run again. A package can be seen once it
is complete.
"""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import orjson

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.imports import DONE, LEFT, ImportedItem
from registry.quilt2.db.source_database import SourceDatabase, SourceEvent, SourcePackage
from registry.quilt2.events import Event
from registry.quilt2.importing.import_log import ImportLog
from registry.quilt2.importing.import_package import ImportLimits, PackageImport
from registry.quilt2.importing.object_inventory import InventoryCheck, ObjectInventory
from registry.quilt2.importing.outages import RETRY_PAUSES_SECONDS, ReportOutage, outlast_outages
from shared.aws.objects import ObjectStore
from shared.clients.administration import Administration
from shared.concurrency import bounded_gather
from shared.db.engine import Sessions, transaction
from shared.schemas.imports import MAX_PEOPLE, Arrival, Incomer, Incomers

_KINDS = {1: "PUSH", 2: "INSTALL", 3: "PREVIEW", 4: "DELETE"}

MAX_CONCURRENT_PACKAGES = 4
"""With MAX_CONCURRENT_INSTANCES not more than there are database connections."""
LARGE_CHARACTERS = 4 << 20

Result = TypeVar("Result")

ReportProgress = Callable[[str, int, int], None]
"""Takes what is counted, how many of them are done, and their total."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    bucket: str
    source: str
    """The other registry's name in the import log."""
    batch: int = 200
    """People, or events, at a time."""
    check: InventoryCheck = InventoryCheck.LIST
    same: frozenset[str] = frozenset()
    """Names that mean the same person there and here, even if the email addresses differ."""
    again: bool = False
    """Look at imported packages once more, for what has been added to them since."""
    dry_run: bool = False
    large_characters: int = LARGE_CHARACTERS
    """Characters of an instance's contents from which on instances are imported one after another."""
    retry_pauses: tuple[float, ...] = RETRY_PAUSES_SECONDS
    """Seconds before each repetition of a step during which something did not respond."""


class ImportRun:
    def __init__(
        self,
        plan: ImportPlan,
        *,
        database: SourceDatabase,
        sessions: Sessions,
        objects: ObjectStore,
        administration: Administration,
        report_progress: ReportProgress,
        report_outage: ReportOutage,
    ) -> None:
        self._plan = plan
        self._database = database
        self._sessions = sessions
        self._objects = objects
        self._administration = administration
        self._report_progress = report_progress
        self._report_outage = report_outage
        self.import_log = ImportLog(sessions, plan.source, dry_run=plan.dry_run)
        self._accounts: dict[str, bool] = {}
        self._limits = ImportLimits(plan.large_characters)

    async def run(self) -> None:
        await self._outlast_outages(self.import_log.open)
        await self._import_people()
        await self._import_packages()
        await self._import_events()

    async def _outlast_outages(self, step: Callable[[], Awaitable[Result]]) -> Result:
        return await outlast_outages(step, self._plan.retry_pauses, self._report_outage)

    async def _import_people(self) -> None:
        total = await self._outlast_outages(lambda: self._database.count("user"))
        done, after = 0, ""
        while names := await self._outlast_outages(partial(self._import_some_people, after)):
            after = names[-1]
            done += len(names)
            self._report_progress("people", done, total)

    async def _import_some_people(self, after: str) -> list[str]:
        """Names of the people that were looked at."""
        rows = await self._database.users(after, min(self._plan.batch, MAX_PEOPLE))
        if rows:
            people = [Incomer(**{name: value for name, value in row.items() if value is not None}) for row in rows]
            request = Incomers(people=people, dry_run=self._plan.dry_run)
            results = (await self._administration.take_in(request)).people
            await self.import_log.record(*map(self._person, results))
        return [row["name"] for row in rows]

    def _person(self, result: Arrival) -> ImportedItem:
        if result.state == "left" and result.name in self._plan.same:
            return ImportedItem("user", result.name, DONE)
        return ImportedItem("user", result.name, DONE if result.state == "done" else LEFT, result.reason)

    async def _import_packages(self) -> None:
        for name in await self._outlast_outages(lambda: self.import_log.keys("user", DONE)):
            self._accounts[name] = True
        imported = await self._outlast_outages(lambda: self.import_log.keys("package", DONE))
        total, after = await self._outlast_outages(lambda: self._database.count("package")), ("", 0)
        counted = itertools.count(1)
        while packages := await self._outlast_outages(partial(self._database.packages, after, self._plan.batch)):
            after = (packages[-1].owner, packages[-1].id)
            for owner, owned in itertools.groupby(packages, lambda each: each.owner):
                wanted = []
                for each in owned:
                    if self._plan.again or each.full_name not in imported:
                        wanted.append(each)
                    else:
                        self._report_progress("packages", next(counted), total)
                if wanted:
                    inventory = await self._outlast_outages(partial(self._inventory, owner))
                    report = lambda: self._report_progress("packages", next(counted), total)  # noqa: E731
                    await self._import_owned(wanted, inventory, report)

    async def _import_owned(
        self, packages: list[SourcePackage], inventory: ObjectInventory, report: Callable[[], None]
    ) -> None:
        """Import an owner's packages, some at a time; namesakes one after another, of which the first is imported."""
        namesakes: dict[str, list[SourcePackage]] = {}
        for each in packages:
            namesakes.setdefault(each.name.lower(), []).append(each)

        async def import_group(group: list[SourcePackage]) -> None:
            for each in group:
                await self._outlast_outages(partial(self._import_package, each, inventory))
                report()

        await bounded_gather(MAX_CONCURRENT_PACKAGES, import_group, namesakes.values())

    async def _import_package(self, package: SourcePackage, inventory: ObjectInventory) -> None:
        await PackageImport(
            package,
            bucket=self._plan.bucket,
            database=self._database,
            sessions=self._sessions,
            objects=self._objects,
            inventory=inventory,
            import_log=self.import_log,
            has_account=self._has_account,
            limits=self._limits,
            dry_run=self._plan.dry_run,
        ).run()

    async def _inventory(self, owner: str) -> ObjectInventory:
        inventory = ObjectInventory(
            self._objects, self._plan.bucket, owner, self._plan.check, dry_run=self._plan.dry_run
        )
        if await self._has_account(owner):
            await inventory.open()
        return inventory

    async def _has_account(self, name: str) -> bool:
        """Return whether the account of that name here is the same person's. Nobody else may get their packages."""
        if name not in self._accounts:
            is_trusted = name in self._plan.same or not self._database.has_users
            self._accounts[name] = is_trusted and await self._administration.user(name) is not None
        return self._accounts[name]

    async def _import_events(self) -> None:
        total, done = await self._outlast_outages(lambda: self._database.count("event")), 0
        while count := await self._outlast_outages(self._import_some_events):
            done += count
            self._report_progress("events", done, total)

    async def _import_some_events(self) -> int:
        """The number of events that were looked at. The log says where they begin, so that none is added twice."""
        kind, key = "events", "all"
        last = await self.import_log.find(kind, key)
        rows = await self._database.events(last.position if last else 0, self._plan.batch)
        if not rows:
            return 0
        events = [event for each in rows if (event := _event(each))]
        unknown = [
            ImportedItem("event", str(each.id), LEFT, f"Of an unknown kind, {each.type}, or of no package")
            for each in rows
            if _event(each) is None
        ]
        async with transaction(self._sessions) as session:
            if not self._plan.dry_run:
                await EventStore(session).add(events)
            done_until = ImportedItem(kind, key, DONE, position=rows[-1].id)
            await self.import_log.record(done_until, *unknown, session=session)
        return len(rows)


def _event(row: SourceEvent) -> Event | None:
    kind = _KINDS.get(row.type)
    if kind is None or row.owner is None or row.name is None:
        return None
    extra = orjson.loads(row.extra) if row.extra else None
    known = extra if isinstance(extra, dict) else None
    return Event(kind, row.owner, row.name, row.user, row.hash, known, row.created)
