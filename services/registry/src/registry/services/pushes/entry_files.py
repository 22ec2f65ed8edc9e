"""New entries of a push as files of a tree: their objects are found, their hashes are checked or computed."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from registry.errors import EntryRefused, PushRefused
from registry.services.pushes.jobs.context import JobContext, Outcome
from registry.services.pushes.patching import ChangeRefused, path_of
from registry.services.pushes.single_objects import for_one_object
from registry.services.transfers.caller_s3 import CallerS3
from registry.services.transfers.errors import HashMismatch, HashUnknown
from registry.services.transfers.s3_transfers import VerifiedObject
from shared.concurrency import bounded_gather
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.index.trees.nodes import TreeFile
from shared.quilt.metadata import MAX_METADATA_DEPTH, JsonTooDeep, require_depth
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key
from shared.schemas.push import NewEntry

MAX_META_BYTES = 900_000
"""Limit on an entry's metadata: clients read lines of a manifest up to 1 MB."""
_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_MAX_CONCURRENT_HEADS = 64
_BATCH_OUTCOMES = 256
"""Entries whose outcomes are recorded together."""
_MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class RequestedEntry:
    """An entry to be made."""

    position: int
    """Position in the request's list."""
    field: str
    """Path of the entry in the request, for errors: `entries.3`."""
    entry: NewEntry


def require_sound(requested: Sequence[RequestedEntry]) -> None:
    """Check all that needs no look at S3. Raises PushRefused with all faults."""
    faults = [fault for each in requested for fault in _faults_of(each)]
    if faults:
        raise PushRefused(*faults[:_MAX_FAULTS])


def _faults_of(requested: RequestedEntry) -> Iterator[tuple[str, str]]:
    entry = requested.entry
    checks: list[tuple[str, Callable[[], object]]] = [
        ("logical_key", lambda: path_of(entry.logical_key)),
        ("physical_key", lambda: location_of(entry.physical_key)),
        ("meta", lambda: meta_of(entry.meta)),
    ]
    for field, check in checks:
        try:
            check()
        except ChangeRefused as error:
            yield f"{requested.field}.{field}", str(error)


def location_of(physical_key: str) -> PhysicalKey:
    """The object of a physical key. Raises ChangeRefused."""
    try:
        location, parts = parse_physical_key(physical_key), urlsplit(physical_key)
    except ValueError as error:
        raise ChangeRefused(f"{physical_key!r} is not a valid URL: {error}") from error
    if location is None or not _BUCKET.fullmatch(location.bucket):
        raise ChangeRefused("a physical key must be s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=…")
    if parts.fragment or {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - {"versionId"}:
        raise ChangeRefused(
            "versionId is the only query parameter allowed in a physical key; percent-encode `?` and `#` in keys"
        )
    return location


def meta_of(meta: Mapping[str, Any] | None, *, allow_nan: bool = False) -> bytes | None:
    """Metadata as JSON for the manifest; None if there is none. Raises ChangeRefused.

    `allow_nan`: a client wrote some of it.
    """
    if not meta:
        return None
    try:
        text = json.dumps(meta, ensure_ascii=False, allow_nan=allow_nan).encode()
        require_depth(text, MAX_METADATA_DEPTH)
    except RecursionError as error:
        raise ChangeRefused(str(JsonTooDeep())) from error
    except JsonTooDeep as error:
        raise ChangeRefused(str(error)) from error
    except ValueError as error:
        raise ChangeRefused(
            f"metadata must be JSON without NaN, infinities and unpaired surrogates: {error}"
        ) from error
    if len(text) > MAX_META_BYTES:
        raise ChangeRefused(f"metadata takes {len(text)} bytes; at most {MAX_META_BYTES} are allowed")
    return text


class EntryFiles:
    """Finds the files of entries. Outcomes are recorded, so that no later attempt looks again."""

    def __init__(self, job: JobContext, caller_s3: CallerS3) -> None:
        self._job = job
        self._transfers = caller_s3.transfers
        self._store = caller_s3.objects
        self._bytes = 0

    async def find_files(
        self, requested: Sequence[RequestedEntry], known: Mapping[int, TreeFile] | None = None
    ) -> dict[int, TreeFile]:
        """Files by the entries' positions; those in `known` are not looked at. Raises EntryRefused."""
        files = dict(known or {})
        for start in range(0, len(requested), _BATCH_OUTCOMES):
            batch = requested[start : start + _BATCH_OUTCOMES]
            outcomes = await self._job.find_outcomes(batch[0].position, batch[-1].position + 1)
            new = [each for each in batch if each.position not in files and each.position not in outcomes]
            verified = await bounded_gather(_MAX_CONCURRENT_HEADS, self._verify, new)
            made = [(each.position, outcome) for each, outcome in zip(new, verified, strict=True)]
            await self._job.save_outcomes(made)
            outcomes |= dict(made)
            for each in batch:
                if each.position in outcomes and each.position not in files:
                    files[each.position] = _file_of(each.entry, outcomes[each.position])
        return files

    async def _verify(self, requested: RequestedEntry) -> Outcome:
        """Physical key with its version, size, type and value of the hash."""
        entry = requested.entry
        try:
            location = location_of(entry.physical_key)
            found = await for_one_object(self._job, self._store, lambda: self._hashed(location, entry))
        except (Unavailable, Unauthenticated):
            raise
        except (HashMismatch, HashUnknown) as error:
            raise EntryRefused(f"{requested.field}.hash", str(error)) from error
        except AppError as error:
            raise EntryRefused(f"{requested.field}.physical_key", str(error)) from error
        if entry.size is not None and entry.size != found.size:
            raise EntryRefused(
                f"{requested.field}.size", f"{found.location.url} has {found.size} bytes, not {entry.size}"
            )
        return [found.location.url, found.size, found.hash.type, found.hash.value]

    async def _hashed(self, location: PhysicalKey, entry: NewEntry) -> VerifiedObject:
        if entry.hash:
            return await self._transfers.verify(location, entry.hash, entry.size, progress=self._add_progress)
        return await self._transfers.hash(location, progress=self._add_progress)

    def _add_progress(self, hashed_bytes: int) -> None:
        self._bytes += hashed_bytes
        self._job.set_progress("hashing", self._bytes, None, "bytes")


def _file_of(entry: NewEntry, outcome: Outcome) -> TreeFile:
    physical_key, size, hash_type, hash_value = outcome
    name = entry.logical_key.rpartition("/")[2]
    return TreeFile(name, physical_key, size, hash_type, hash_value, meta_of(entry.meta))
