"""The activity of a package: its pushes, as the index has them, and what the audit trail adds.

The trail knows promotions, deletions and revisions that are gone; the index knows pushes without a known author, and those older
than the trail. Both streams are read from positions of their own and merged by time. A push that both know is one item.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from registry.errors import PackageNotFound
from registry.services.packages.reader import PackageReader
from registry.services.packages.visible_packages import VisiblePackage
from shared.clients.auth import UserDirectory
from shared.db.cursors import decode_cursor, encode_cursor
from shared.db.statements import Statements
from shared.errors import InvalidCursor
from shared.index.records import RevisionRecord
from shared.index.summaries import SummaryStore
from shared.quilt.keys import Layout2ManifestKey, PointerKey
from shared.schemas.activity import DELETIONS, ActivityKind, PackageActivity, PackageEvent, PackageEventQuestion
from shared.schemas.page import Page
from shared.schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class _Item:
    at: datetime
    shown: PackageActivity | None
    """Absent for an event of a push that the index has as well."""
    tag: str | None = None
    """Tag of a push in the index."""
    event: int | None = None
    """Id of an event of the trail."""


class ActivityService:
    def __init__(self, reader: PackageReader, statements: Statements, directory: UserDirectory) -> None:
        self._reader = reader
        self._statements = statements
        self._directory = directory

    async def page(
        self, viewer: Principal, bucket: str, name: str, *, after: str | None, limit: int
    ) -> Page[PackageActivity]:
        """Newest first. Raises BucketNotFound, PackageNotFound or InvalidCursor."""
        position = _decode_position(after) if after else ("", 0)
        package = await self._reader.seen_by(viewer).open(bucket, name)
        shown: list[PackageActivity] = []
        has_more = True
        while has_more and len(shown) < limit:
            wanted = limit - len(shown)
            items, has_more = await self._next(package, position, length=2 * wanted + 1)
            if not items and not after and not shown:
                raise PackageNotFound(bucket, name)
            taken = _until(items, wanted)
            shown += [item.shown for item in taken if item.shown]
            position = _position_after(position, taken)
            has_more = has_more or len(taken) < len(items)
        return Page(items=shown, next=encode_cursor(*position) if has_more else None)

    async def _next(
        self, package: VisiblePackage, position: tuple[str, int], *, length: int
    ) -> tuple[list["_Item"], bool]:
        """The next items of both streams, as far as both were read, and whether there are more. `length`: of each stream."""
        last_tag, last_event = position
        bucket, name = package.bucket, package.name
        pushes = await package.pushes_if_any(after=last_tag or None, limit=length)
        found = await self._directory.package_events(
            PackageEventQuestion(
                bucket=bucket,
                name=name,
                before=last_event or None,
                limit=length,
                top_hashes=[each.manifest.top_hash for each in pushes],
                keys=[key for each in pushes for key in _keys(each)],
            )
        )
        present = await self._present(bucket, name, found.events)
        pushed = [_pushed(each, _maker(each, found.makers)) for each in pushes]
        happened = _in_order([_happened(each, is_present=_is_present(each, present)) for each in found.events])
        # A job ends a moment after its push, and times of pushes are whole seconds: pushes come last among equals.
        items = sorted(pushed + happened, key=_age, reverse=True)
        cut = [stream[-1] for stream in (pushed, happened) if len(stream) == length]
        end = min((items.index(last) + 1 for last in cut), default=len(items))
        return items[:end], bool(cut)

    async def _present(self, bucket: str, name: str, events: Sequence[PackageEvent]) -> Collection[str]:
        """Tags and top hashes of the events of pushes that the package has now."""
        pushes = [each for each in events if each.action not in DELETIONS]
        tags = {tag for each in pushes if (tag := _tag(each))}
        top_hashes = {found for each in pushes if (found := each.top_hash or _top_hash(each))}
        if not pushes:
            return set()
        return await SummaryStore(self._statements).pushed(bucket, name, tags=tags, top_hashes=top_hashes)


def _decode_position(cursor: str) -> tuple[str, int]:
    tag, event = decode_cursor(cursor, str, int)
    if not 0 <= event < 1 << 63:
        raise InvalidCursor
    return tag, event


def _in_order(events: Sequence[_Item]) -> list[_Item]:
    """Events in the order of their ids, none of which counts as younger than the one before it: clocks of services differ."""
    times = accumulate((each.at for each in events), min)
    return [replace(each, at=at) for each, at in zip(events, times, strict=True)]


def _age(item: _Item) -> tuple[datetime, bool]:
    return item.at, item.event is not None


def _until(items: Sequence[_Item], wanted: int) -> Sequence[_Item]:
    """The first items, of which at most `wanted` are shown."""
    shown = 0
    for at, item in enumerate(items):
        if item.shown:
            if shown == wanted:
                return items[:at]
            shown += 1
    return items


def _position_after(position: tuple[str, int], taken: Sequence[_Item]) -> tuple[str, int]:
    """Tag of the last push, and id of the last event."""
    last_tag, last_event = position
    for item in taken:
        last_tag, last_event = item.tag or last_tag, item.event or last_event
    return last_tag, last_event


def _keys(push: RevisionRecord) -> list[str]:
    return [
        PointerKey(push.name, push.tag).key,
        Layout2ManifestKey(push.name, push.manifest.top_hash).key,
    ]


def _maker(push: RevisionRecord, makers: Sequence[PackageEvent]) -> PackageEvent | None:
    """The event that made a push: with its key, else the nearest of those with its top hash, which may have been pushed twice."""
    keys = _keys(push)
    written = [each for each in makers if each.key in keys]
    made = [each for each in makers if each.top_hash == push.manifest.top_hash]
    return min(written or made, key=lambda each: abs(each.at - push.pushed_at), default=None)


def _pushed(push: RevisionRecord, maker: PackageEvent | None) -> _Item:
    shown = PackageActivity(
        kind="promotion" if maker and maker.action == "Packages.Promote" else "push",
        at=push.pushed_at,
        user=push.author or (maker.user if maker else None) or None,
        through=None if maker is None else "client" if maker.action == "Packages.Push" else "registry",
        tag=push.tag,
        top_hash=push.manifest.top_hash or None,
        message=push.manifest.message,
        is_present=True,
    )
    return _Item(push.pushed_at, shown, tag=push.tag)


def _is_present(event: PackageEvent, present: Collection[str]) -> bool:
    if event.action in DELETIONS:
        return False
    names = (_tag(event), event.top_hash, _top_hash(event))
    return any(each in present for each in names if each)


def _happened(event: PackageEvent, *, is_present: bool) -> _Item:
    if is_present:
        return _Item(event.at, None, event=event.id)
    shown = PackageActivity(
        kind=_kind(event),
        at=event.at,
        user=event.user or None,
        through="client" if event.action == "Packages.Push" else "registry",
        tag=_tag(event),
        top_hash=event.top_hash or _top_hash(event),
        message=None,
        is_present=False,
    )
    return _Item(event.at, shown, event=event.id)


def _kind(event: PackageEvent) -> ActivityKind:
    if event.action in DELETIONS:
        return DELETIONS[event.action]
    return "promotion" if event.action == "Packages.Promote" else "push"


def _tag(event: PackageEvent) -> str | None:
    key = PointerKey.parse(event.key) if event.key else None
    return key.tag if key else None


def _top_hash(event: PackageEvent) -> str | None:
    key = Layout2ManifestKey.parse(event.key) if event.key else None
    return key.top_hash if key else None
