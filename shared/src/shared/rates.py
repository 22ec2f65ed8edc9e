"""Rates of expensive requests, by user and by network. Each replica counts for itself, in memory.

The algorithm is GCRA, a token bucket that stores one number for each key: the time at which its bucket is full again.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

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


class TokenBuckets:
    def __init__(self, rate: Rate, clock: Clock = time.monotonic, *, max_keys: int = MAX_RATE_KEYS) -> None:
        self._rate = rate
        self._clock = clock
        self._max_keys = max_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def seconds_until(self, key: str, cost: float) -> float:
        """Seconds until `cost` tokens are there; 0 if they are. More than the burst is as much as the burst."""
        missing = self._fill_time(key) + min(cost, self._rate.burst) / self._rate.per_second
        return max(0.0, missing - self._rate.burst / self._rate.per_second)

    def take(self, key: str, cost: float) -> None:
        """Take tokens that are there."""
        self._full_at[key] = self._clock() + self._fill_time(key) + cost / self._rate.per_second
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._max_keys:
            self._full_at.popitem(last=False)

    def _fill_time(self, key: str) -> float:
        """Seconds until the bucket is full."""
        return max(0.0, self._full_at.get(key, 0.0) - self._clock())


class RequestRates:
    def __init__(self, settings: RateSettings, clock: Clock = time.monotonic) -> None:
        network = Rate(settings.network_per_second, settings.network_burst)
        wide = Rate(network.per_second * WIDE_NETWORK_FACTOR, network.burst * WIDE_NETWORK_FACTOR)
        self._enabled = settings.enabled
        self._users = TokenBuckets(Rate(settings.user_per_second, settings.user_burst), clock)
        self._networks = TokenBuckets(network, clock)
        self._wide_networks = TokenBuckets(wide, clock)

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
