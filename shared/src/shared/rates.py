"""Rates of expensive requests, by user and by network. Each replica counts for itself, in memory that its workers share.

The algorithm is GCRA, a token bucket that stores one number for each key: the time at which its bucket is full again.
"""

import hashlib
import math
import mmap
import os
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shared.errors import RateExceeded
from shared.networks import WIDE_NETWORK_FACTOR, networks_of
from shared.schemas.audit import Caller
from shared.settings import RateSettings

MAX_RATE_KEYS = 20_000
"""Users or networks that are counted at the same time; the one that was not seen for longest is forgotten first."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    burst: float


class FullTimes(Protocol):
    """Times at which buckets are full again, by key. A key that was forgotten has the time 0."""

    def get(self, key: str) -> float: ...

    def put(self, key: str, full_at: float) -> None: ...


class OwnFullTimes:
    """The times that one process knows."""

    def __init__(self, max_keys: int = MAX_RATE_KEYS) -> None:
        self._max_keys = max_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def get(self, key: str) -> float:
        return self._full_at.get(key, 0.0)

    def put(self, key: str, full_at: float) -> None:
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._max_keys:
            self._full_at.popitem(last=False)


class SharedFullTimes:
    """The times that all processes know which map the same file: a hash table of fixed size.

    A key has one of _PROBES slots, which hold the hash of a key and its time. When all are taken, the bucket that is full first
    gives way. Two processes that write the same slot at the same time lose one of the two requests, which does no harm.
    """

    def __init__(self, table: memoryview) -> None:
        self._table = table

    def get(self, key: str) -> float:
        digest, first = _place_of(key)
        for at in range(first, first + _PROBES):
            found, full_at = _SLOT.unpack_from(self._table, at % _SLOTS * _SLOT.size)
            if found == digest:
                return float(full_at)
        return 0.0

    def put(self, key: str, full_at: float) -> None:
        digest, first = _place_of(key)
        places = [at % _SLOTS * _SLOT.size for at in range(first, first + _PROBES)]
        slots = [_SLOT.unpack_from(self._table, place) for place in places]
        taken = next((number for number, (found, _) in enumerate(slots) if found == digest), None)
        if taken is None:
            taken = min(range(_PROBES), key=lambda number: float(slots[number][1]))
        _SLOT.pack_into(self._table, places[taken], digest, full_at)


_SLOT = struct.Struct("<Qd")
_SLOTS = 1 << 15
_PROBES = 8
_TABLE_BYTES = _SLOTS * _SLOT.size


def _place_of(key: str) -> tuple[int, int]:
    """The hash of a key, which is never 0, and its first slot."""
    digest = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little") or 1
    return digest, digest % _SLOTS


def _shared_tables(file: Path, count: int) -> list[FullTimes]:
    opened = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.ftruncate(opened, count * _TABLE_BYTES)
        whole = memoryview(mmap.mmap(opened, count * _TABLE_BYTES))
    finally:
        os.close(opened)
    return [SharedFullTimes(whole[at * _TABLE_BYTES : (at + 1) * _TABLE_BYTES]) for at in range(count)]


class TokenBuckets:
    """`full_times`: of this process by default. `clock`: the same for all processes that share the times."""

    def __init__(self, rate: Rate, clock: Clock = time.monotonic, full_times: FullTimes | None = None) -> None:
        self._rate = rate
        self._clock = clock
        self._full_times = full_times or OwnFullTimes()

    def seconds_until(self, key: str, cost: float) -> float:
        """Seconds until `cost` tokens are there; 0 if they are. More than the burst is as much as the burst."""
        missing = self._fill_time(key) + min(cost, self._rate.burst) / self._rate.per_second
        return max(0.0, missing - self._rate.burst / self._rate.per_second)

    def take(self, key: str, cost: float) -> None:
        """Take tokens that are there."""
        self._full_times.put(key, self._clock() + self._fill_time(key) + cost / self._rate.per_second)

    def _fill_time(self, key: str) -> float:
        """Seconds until the bucket is full."""
        return max(0.0, self._full_times.get(key) - self._clock())


class RequestRates:
    def __init__(self, settings: RateSettings, clock: Clock = time.monotonic, *, shared: Path | None = None) -> None:
        """`shared`: a file through which the workers of a replica count together."""
        network = Rate(settings.network_per_second, settings.network_burst)
        wide = Rate(network.per_second * WIDE_NETWORK_FACTOR, network.burst * WIDE_NETWORK_FACTOR)
        self._enabled = settings.enabled
        rates = (Rate(settings.user_per_second, settings.user_burst), network, wide)
        times: list[FullTimes] = [OwnFullTimes() for _ in rates]
        if shared:
            times = _shared_tables(shared, len(rates))
        self._users, self._networks, self._wide_networks = (
            TokenBuckets(rate, clock, known) for rate, known in zip(rates, times, strict=True)
        )

    def charge(self, caller: Caller, cost: float = 1.0) -> None:
        """Take tokens from the caller's buckets. Raises RateExceeded, and takes nothing, when one of them has too few."""
        if not self._enabled:
            return
        networks = networks_of(caller.address)
        buckets = [(self._networks, networks.network)]
        if networks.wide != networks.network:
            buckets.append((self._wide_networks, networks.wide))
        if caller.user_id is not None:
            buckets.append((self._users, str(caller.user_id)))
        if seconds := max(each.seconds_until(key, cost) for each, key in buckets):
            raise RateExceeded(math.ceil(seconds))
        for each, key in buckets:
            each.take(key, cost)
