"""What Prometheus is told: requests, the process, and whatever a service adds. Each app has a registry of its own.

Numbers that somebody counts anyway are read when Prometheus asks (`reads`); those that must be asked for are (`probe`).
"""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Literal

import structlog
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from shared.errors import Unavailable

Read = Callable[[], float]
Probe = Callable[[], Awaitable[Sequence[Metric]]]
Family = type[CounterMetricFamily] | type[GaugeMetricFamily]

PROBE_SECONDS = 2.0
DURATION_BUCKETS_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

__all__ = ["Metric", "Metrics", "Probe", "Read", "Requests", "gauge"]

log = structlog.get_logger()

disable_created_metrics()  # type: ignore[no-untyped-call]


class _Series:
    """Requests of one kind: how many took how long."""

    __slots__ = ("seconds", "times")

    def __init__(self) -> None:
        self.times = [0] * (len(DURATION_BUCKETS_SECONDS) + 1)
        self.seconds = 0.0


class Requests(Collector):
    """Requests by what they asked for. Names are templates, never what callers sent: there are only so many series.

    Counted plainly: the library's own counters take a lock each time, which the S3 proxy's throughput would show.
    """

    def __init__(self) -> None:
        self.running = 0
        self._known: dict[tuple[str, str | None, int], _Series] = {}

    def done(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """`route` is None when there is none for the request; `status` is 0 when it was not answered."""
        series = self._known.get((method, route, status))
        if series is None:
            series = self._known.setdefault((method if method in _METHODS else "other", route, status), _Series())
        series.seconds += seconds
        series.times[bisect_left(DURATION_BUCKETS_SECONDS, seconds)] += 1

    @override
    def collect(self) -> Iterable[Metric]:
        what = ("method", "route")
        counted = CounterMetricFamily("patchwork_requests", "Requests answered.", labels=(*what, "status"))
        timed = HistogramMetricFamily("patchwork_request_seconds", "Time until the last byte.", labels=what)
        merged: dict[tuple[str, str], list[_Series]] = defaultdict(list)
        for (method, route, status), series in self._known.items():
            counted.add_metric([method, route or "none", str(status)], sum(series.times))
            merged[method, route or "none"].append(series)
        limits = [*map(str, DURATION_BUCKETS_SECONDS), "+Inf"]
        for labels, parts in merged.items():
            times = accumulate(map(sum, zip(*(part.times for part in parts), strict=True)))
            timed.add_metric(labels, list(zip(limits, times, strict=True)), sum(part.seconds for part in parts))
        return counted, timed


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Requests()
        self.registry.register(self.requests)
        self._probes: list[Probe] = []
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.reads("gauge", "patchwork_requests_running", "Requests under way.", lambda: self.requests.running)

    def reads(
        self, kind: Literal["counter", "gauge"], name: str, what: str, read: Read | Mapping[tuple[str, str], Read]
    ) -> None:
        """One number, or several that differ in a label: (label, value) to the number."""
        family: Family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
        self.registry.register(_Reads(family, name, what, read if isinstance(read, Mapping) else {("", ""): read}))

    def seconds(self, name: str, what: str) -> Histogram:
        """Times that somebody will observe."""
        return Histogram(name, what, buckets=DURATION_BUCKETS_SECONDS, registry=self.registry)

    def probe(self, ask: Probe) -> None:
        """What cannot be told when asked is left out."""
        self._probes.append(ask)

    async def text(self) -> bytes:
        """As Prometheus reads it."""
        told = await asyncio.gather(*map(_told, self._probes))
        return generate_latest(self.registry) + generate_latest(_Told([metric for some in told for metric in some]))


class _Reads(Collector):
    def __init__(self, family: Family, name: str, what: str, reads: Mapping[tuple[str, str], Read]) -> None:
        self._family = family
        self._name = name
        self._what = what
        self._reads = reads

    @override
    def collect(self) -> Iterable[Metric]:
        yield labelled(self._family, self._name, self._what, {label: read() for label, read in self._reads.items()})


class _Told(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    @override
    def collect(self) -> Iterable[Metric]:
        return self._metrics


def gauge(name: str, what: str, values: float | Mapping[tuple[str, str], float]) -> Metric:
    """For a probe; like `Metrics.reads`."""
    return labelled(GaugeMetricFamily, name, what, values if isinstance(values, Mapping) else {("", ""): values})


def labelled(family: Family, name: str, what: str, values: Mapping[tuple[str, str], float]) -> Metric:
    label = next((label for label, _ in values), "")
    made = family(name, what, labels=[label] if label else [])
    for (_, value), number in values.items():
        made.add_metric([value] if label else [], number)
    return made


async def _told(probe: Probe) -> Sequence[Metric]:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await probe()
    except (Unavailable, TimeoutError) as error:
        log.warning("metric_unknown", reason=f"{type(error).__name__}: {error}"[:200])
        return ()
