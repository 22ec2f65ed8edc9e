"""The activity of a package: its pushes, as the index has them, and what the audit trail adds.

The trail knows promotions, deletions and revisions that are gone; the index knows pushes without a known author, and those older
than the trail. Both streams are read from positions of their own and merged by time. A push that both know is one item.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from registry.errors import PackageNotFound
from registry.services.packages.reader import PackageReader
from shared.clients.auth import UserDirectory
from shared.db.cursors import decode_cursor, encode_cursor
from shared.db.statements import Statements
from shared.index.records import RevisionRecord
from shared.index.summaries import SummaryStore
from shared.quilt.keys import Layout2ManifestKey, PointerKey
from shared.schemas.activity import PackageActivity, PackageEvent, PackageEventQuestion
from shared.schemas.page import Page
from shared.schemas.principal import Principal

_Kind = Literal["push", "promotion", "revision_deletion", "package_deletion"]
_DELETIONS: Mapping[str, _Kind] = {
    "Packages.Delete": "package_deletion",
    "Packages.DeleteRevision": "revision_deletion",
}


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
        """Newest first; a page may have fewer items than the limit. Raises BucketNotFound, PackageNotFound or InvalidCursor."""
        last_tag, last_event = decode_cursor(after, str, int) if after else ("", 0)
        package = await self._reader.seen_by(viewer).open(bucket, name)
        pushes = await package.pushes_if_any(after=last_tag or None, limit=limit + 1)
        found = await self._directory.package_events(
            PackageEventQuestion(
                bucket=bucket,
                name=name,
                before=last_event or None,
                limit=limit + 1,
                top_hashes=[each.manifest.top_hash for each in pushes],
                keys=[key for each in pushes for key in _keys(each)],
            )
        )
        if not after and not pushes and not found.events:
            raise PackageNotFound(bucket, name)
        present = await self._present(bucket, name, found.events)
        items = [_pushed(each, _maker(each, found.makers)) for each in pushes]
        items += [_happened(each, is_present=_is_present(each, present)) for each in found.events]
        # A job ends a moment after its push, and times of pushes are whole seconds: pushes come last among equals.
        items.sort(key=lambda item: (item.at, item.event is not None), reverse=True)
        shown = items[:limit]
        tags = [item.tag for item in shown if item.tag]
        events = [item.event for item in shown if item.event]
        return Page(
            items=[item.shown for item in shown if item.shown],
            next=encode_cursor(tags[-1] if tags else last_tag, events[-1] if events else last_event)
            if len(items) > limit
            else None,
        )

    async def _present(self, bucket: str, name: str, events: Sequence[PackageEvent]) -> Collection[str]:
        """Tags and top hashes of the events of pushes that the package has now."""
        pushes = [each for each in events if each.action not in _DELETIONS]
        tags = {tag for each in pushes if (tag := _tag(each))}
        top_hashes = {found for each in pushes if (found := each.top_hash or _top_hash(each))}
        if not pushes:
            return set()
        return await SummaryStore(self._statements).pushed(bucket, name, tags=tags, top_hashes=top_hashes)


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
    if event.action in _DELETIONS:
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


def _kind(event: PackageEvent) -> _Kind:
    if event.action in _DELETIONS:
        return _DELETIONS[event.action]
    return "promotion" if event.action == "Packages.Promote" else "push"


def _tag(event: PackageEvent) -> str | None:
    key = PointerKey.parse(event.key) if event.key else None
    return key.tag if key else None


def _top_hash(event: PackageEvent) -> str | None:
    key = Layout2ManifestKey.parse(event.key) if event.key else None
    return key.top_hash if key else None
