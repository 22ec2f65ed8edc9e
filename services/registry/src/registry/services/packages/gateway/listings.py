"""Listings of the package gateway, as S3 makes them: keys and common prefixes in the order of their bytes."""

from registry.db.package_keys import PackageKeyStore
from registry.errors import PackageNotFound
from registry.services.packages.gateway.keys import (
    AFTER_SLASH,
    BEFORE_NAMES,
    KeyedFile,
    KeyedFolder,
    OrderedKeys,
    delayed_names,
    package_bound,
)
from registry.services.packages.visible_packages import VisiblePackages
from shared.clients.package_gateway import KeyListing, ListedKey
from shared.index.trees.key_order import end_of
from shared.quilt.entity_tags import entity_tag
from shared.schemas.package_gateway import KeysQuestion

SLASH = "/"
MAX_PASSED_KEYS = 8
"""Keys of a common prefix that are passed one by one. After them, the next is sought behind all others."""


async def list_folders(packages: VisiblePackages, store: PackageKeyStore, asked: KeysQuestion) -> KeyListing:
    """Authors, packages or revisions as common prefixes. One that `start` is in is listed."""
    prefix, wanted = asked.prefix, asked.limit + 1
    start = max(prefix, asked.start)
    match prefix.count(SLASH):
        case 0:
            found = await store.authors(prefix, start, wanted)
        case 1:
            found = await _packages_in_key_order(store, prefix, start, wanted)
        case _:
            found = await _revisions(packages, store, asked, start)
    folders = [f"{each}/" for each in found if f"{each}/" >= start or start.startswith(f"{each}/")]
    shown = folders[: asked.limit]
    return KeyListing([], shown, end_of(shown[-1]) if len(folders) > asked.limit else None, None)


async def _packages_in_key_order(store: PackageKeyStore, prefix: str, start: str, wanted: int) -> list[str]:
    name, is_past = package_bound(start)
    waiting = await store.packages_of([*delayed_names(name), *[name] * is_past])
    waiting = [each for each in waiting if each.startswith(prefix)]
    ordered: list[str] = []
    first: str | None = name + AFTER_SLASH if is_past else name
    while first is not None and len(ordered) < wanted:
        batch = await store.packages(prefix, first, wanted)
        for package in batch:
            while waiting and f"{waiting[-1]}/" < package:
                ordered.append(waiting.pop())
            waiting.append(package)
        first = batch[-1] + BEFORE_NAMES if len(batch) == wanted else None
    return ordered if first is not None else [*ordered, *reversed(waiting)]


async def _revisions(packages: VisiblePackages, store: PackageKeyStore, asked: KeysQuestion, start: str) -> list[str]:
    package, _, tag = asked.prefix.rpartition(SLASH)
    first = start.removeprefix(f"{package}/")
    if first == start:
        return []  # all revisions are before it
    try:
        await packages.open(asked.bucket, package)
    except PackageNotFound:
        return []
    return [f"{package}/{each}" for each in await store.tags(package, tag, first.partition(SLASH)[0], asked.limit + 1)]


async def list_keys(keys: OrderedKeys, asked: KeysQuestion) -> KeyListing:
    """At most `limit` keys and common prefixes. The work grows with their number, not with that of the keys they stand for."""
    prefix, delimiter = asked.prefix, asked.delimiter
    listing = KeyListing([], [], None, None)
    passing: str | None = None
    passed = 0
    following: str | None = None
    """Where the next page starts."""
    await keys.seek(max(prefix, asked.start))
    while found := await keys.next():
        key = found.key
        if passing is not None and key.startswith(passing):
            passed += 1
            behind = end_of(passing)
            if passed == MAX_PASSED_KEYS and behind is not None:
                await keys.seek(behind)
            continue
        is_above = isinstance(found, KeyedFolder) and prefix.startswith(key)
        if not key.startswith(prefix) and not is_above:
            return listing
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0 and isinstance(found, KeyedFolder):
            keys.enter(found)
            continue
        if len(listing.contents) + len(listing.prefixes) == asked.limit:
            listing.next = following
            return listing
        if at >= 0:
            passing, passed = key[: at + len(delimiter)], 0
            listing.prefixes.append(passing)
            following = end_of(passing)
        else:
            listing.contents.append(_listed(found))
            following = f"{key}\0"
    return listing


def _listed(found: KeyedFile | KeyedFolder) -> ListedKey:
    assert isinstance(found, KeyedFile)  # noqa: S101 – a folder without a delimiter in its key was entered
    file = found.file
    etag = entity_tag(file.hash_type, file.hash_value, file.size, file.physical_key)
    return ListedKey(found.key, file.size, etag, found.pushed_at)
