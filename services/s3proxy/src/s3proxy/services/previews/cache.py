"""Answers of readers, kept in memory and in the service bucket. Whoever looks here has authorised the caller before.

An answer never changes: its key has the version of the object, the versions of the readers, and the arguments.
"""

import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog

from s3proxy.services.previews.errors import NoReader, Unreadable
from s3proxy.services.previews.objects import ObjectHead, ObjectName
from shared.concurrency import SingleFlight
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.readers.registry import ENTRIES

PREFIX = "previews/"
"""Prefix of the answers in the service bucket. A rule of its life cycle may delete them at any age."""
MIN_SECONDS_TO_STORE = 0.25
"""Answers that were made faster are not written to the bucket."""
MAX_STORED_BYTES = 16 << 20
FAILURE_SECONDS = 60
"""Time for which a reader that failed is not tried again on the same file."""

READERS_VERSION = hashlib.sha256(",".join(sorted(entry.label for entry in ENTRIES.values())).encode()).hexdigest()[:16]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    media_type: str
    body: bytes
    key: str
    """Key of the answer in the cache, by which clients can tell that it is unchanged."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that cannot be read, or not at the moment."""

    error: type[Unreadable | NoReader]
    text: str
    good_until: float = float("inf")


class AnswerStore(Protocol):
    """Answers by key, outside of the process. It must not raise."""

    async def read(self, key: str) -> tuple[str, bytes] | None:
        """Media type and body."""
        ...

    async def write(self, key: str, media_type: str, body: bytes) -> None: ...


def answer_key(name: ObjectName, head: ObjectHead, read_as: str, operation: str, arguments: msgspec.Struct) -> str:
    """`read_as`: the name by which the reader is chosen."""
    parts = [name.bucket, name.key, head.identity, head.size, READERS_VERSION, read_as, operation, arguments]
    return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()


class PreviewCache:
    def __init__(
        self, max_bytes: int, store: AnswerStore | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_bytes = max_bytes
        self._store = store
        self._clock = clock
        self._kept: OrderedDict[str, Answer | Failure] = OrderedDict()
        self.bytes = 0
        """Bytes of all that is kept in memory."""
        self._flights: SingleFlight[str, Answer | Failure] = SingleFlight()
        self.results: Counter[str] = Counter()
        """Numbers of answers that came from memory, from the bucket, and from a reader."""

    def find(self, key: str) -> Answer | Failure | None:
        kept = self._kept.get(key)
        if isinstance(kept, Failure) and kept.good_until <= self._clock():
            return None
        if kept is not None:
            self._kept.move_to_end(key)
            self.results["memory"] += 1
        return kept

    async def answer(self, key: str, make: Callable[[], Awaitable[tuple[str, bytes] | Failure]]) -> Answer:
        """The answer from memory, from the store, or from `make`, which one of all concurrent callers calls. Raises what it raises.

        When that one lost its rights at the same time, the others call their own.
        """
        found = self.find(key)
        if found is None:
            joined = key in self._flights
            try:
                found = await self._flights.run(key, lambda: self._make(key, make))
            except (Unauthenticated, Forbidden, NotFound):
                if not joined:
                    raise
                found = await self._make(key, make)
        if isinstance(found, Failure):
            raise found.error(found.text)
        return found

    async def _make(self, key: str, make: Callable[[], Awaitable[tuple[str, bytes] | Failure]]) -> Answer | Failure:
        if self._store and (stored := await self._store.read(key)):
            self.results["bucket"] += 1
            return self._keep(key, Answer(*stored, key))
        began = self._clock()
        made = await make()
        self.results["reader"] += 1
        if isinstance(made, Failure):
            return self._keep(key, made)
        if self._store and self._clock() - began >= MIN_SECONDS_TO_STORE and len(made[1]) <= MAX_STORED_BYTES:
            await self._store.write(key, *made)
        return self._keep(key, Answer(*made, key))

    def _keep(self, key: str, made: Answer | Failure) -> Answer | Failure:
        size = _size(made)
        if size <= self._max_bytes // 8:
            if before := self._kept.pop(key, None):
                self.bytes -= _size(before)
            self._kept[key] = made
            self.bytes += size
            while self.bytes > self._max_bytes:
                _, dropped = self._kept.popitem(last=False)
                self.bytes -= _size(dropped)
        return made


def _size(kept: Answer | Failure) -> int:
    """Bytes, with those of Python's objects around them."""
    return 500 + (len(kept.body) if isinstance(kept, Answer) else len(kept.text))


def temporary_failure(text: str, clock: Callable[[], float] = time.monotonic) -> Failure:
    return Failure(Unreadable, text, clock() + FAILURE_SECONDS)
