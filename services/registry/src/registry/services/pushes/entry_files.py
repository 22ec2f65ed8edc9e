"""The files that new entries stand for: their objects found, their hashes checked or computed."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from registry.errors import EntryRefused, PushRefused
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.patching import ChangeRefused, path_of
from registry.services.transfers.caller_s3 import Transfers
from registry.services.transfers.errors import HashMismatch, HashUnknown
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.index.trees.nodes import TreeFile
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key
from shared.schemas.push import NewEntry

META_LIMIT = 900_000
"""Bytes: clients read lines of a manifest up to 1 MB."""
_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_MAX_CONCURRENT_HEADS = 64
_KEPT_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class RequestedEntry:
    """An entry to be made, and where in the request it stands: `entries.3`."""

    position: int
    where: str
    entry: NewEntry


def require_sound(asked: Sequence[RequestedEntry]) -> None:
    """What can be seen without looking at S3; raises PushRefused with all faults."""
    faults = [fault for each in asked for fault in _faults(each)]
    if faults:
        raise PushRefused(*faults[:100])


def _faults(asked: RequestedEntry) -> list[tuple[str, str]]:
    entry, found = asked.entry, []
    try:
        path_of(entry.logical_key)
    except ChangeRefused as error:
        found.append((f"{asked.where}.logical_key", str(error)))
    try:
        location_of(entry.physical_key)
    except ChangeRefused as error:
        found.append((f"{asked.where}.physical_key", str(error)))
    try:
        meta_of(entry.meta)
    except ChangeRefused as error:
        found.append((f"{asked.where}.meta", str(error)))
    return found


def location_of(physical_key: str) -> PhysicalKey:
    """Raises Unfit."""
    try:
        location, parts = parse_physical_key(physical_key), urlsplit(physical_key)
    except ValueError as error:
        raise ChangeRefused(f"{physical_key!r} is no address: {error}") from error
    if location is None or not _BUCKET.fullmatch(location.bucket):
        raise ChangeRefused("a physical key is s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=…")
    if parts.fragment or {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - {"versionId"}:
        raise ChangeRefused("of a query, only versionId may be there; percent-encode `?` and `#` in keys")
    return location


def meta_of(meta: Mapping[str, Any] | None) -> bytes | None:
    """As it stands in a manifest; None when empty. Raises Unfit."""
    if not meta:
        return None
    try:
        text = json.dumps(meta, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise ChangeRefused(
            f"metadata must be JSON, without NaN, infinities and half surrogate pairs: {error}"
        ) from error
    if len(text) > META_LIMIT:
        raise ChangeRefused(f"metadata takes {len(text)} bytes, at most {META_LIMIT} are allowed")
    return text


class EntryFiles:
    """What was found out is kept, and not asked for again after an interruption."""

    def __init__(self, work: JobContext, contents: Transfers) -> None:
        self._work = work
        self._contents = contents
        self._turns = asyncio.Semaphore(_MAX_CONCURRENT_HEADS)
        self._bytes = 0

    async def files(
        self, asked: Sequence[RequestedEntry], known: Mapping[int, TreeFile] | None = None
    ) -> dict[int, TreeFile]:
        """By position; `known` need no look. Raises EntryRefused."""
        found = dict(known or {})
        for start in range(0, len(asked), _KEPT_TOGETHER):
            some = asked[start : start + _KEPT_TOGETHER]
            before = await self._work.find_outcomes(some[0].position, some[-1].position + 1)
            new = [each for each in some if each.position not in found and each.position not in before]
            looked = dict(zip((each.position for each in new), await self._all(new), strict=True))
            await self._work.keep_outcomes(list(looked.items()))
            for each in some:
                outcome = looked.get(each.position) or before.get(each.position)
                if outcome:
                    found[each.position] = _file(each.entry, outcome)
        return found

    async def _all(self, asked: Sequence[RequestedEntry]) -> list[list[Any]]:
        tasks = [asyncio.ensure_future(self._look(each)) for each in asked]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, asked: RequestedEntry) -> list[Any]:
        """Physical key, size, kind and value of the hash."""
        entry = asked.entry
        async with self._turns:
            try:
                location = location_of(entry.physical_key)
                if entry.hash:
                    held = await self._contents.verify(location, entry.hash, entry.size, progress=self._tell)
                else:
                    held = await self._contents.hash(location, progress=self._tell)
            except (Unavailable, Unauthenticated):
                raise
            except (HashMismatch, HashUnknown) as error:
                raise EntryRefused(f"{asked.where}.hash", str(error)) from error
            except AppError as error:
                raise EntryRefused(f"{asked.where}.physical_key", str(error)) from error
        if entry.size is not None and entry.size != held.size:
            raise EntryRefused(f"{asked.where}.size", f"{held.location.url} has {held.size} bytes, not {entry.size}")
        return [held.location.url, held.size, held.hash.type, held.hash.value]

    def _tell(self, more: int) -> None:
        self._bytes += more
        self._work.set_progress("hashing", self._bytes, None, "bytes")


def _file(entry: NewEntry, outcome: list[Any]) -> TreeFile:
    physical_key, size, kind, value = outcome
    return TreeFile(entry.logical_key.rpartition("/")[2], physical_key, size, kind, value, meta_of(entry.meta))
