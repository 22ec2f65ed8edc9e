"""Metrics for Prometheus: requests, the process, and what a service adds. Each app has its own registry.

`reads` is for numbers that the process has, `probe` for numbers that must be queried. Both run when Prometheus asks.
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
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from typing_extensions import override

from shared.errors import Unavailable

Read = Callable[[], float]
Probe = Callable[[], Awaitable[Sequence[Metric]]]
Family = type[CounterMetricFamily] | type[GaugeMetricFamily]

PROBE_SECONDS = 2.0
DURATION_BUCKETS_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_LEAST = frozenset({"process_start_time_seconds", "process_max_fds"})
"""Numbers of several processes of which the least is that of the service. All others are added."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

__all__ = ["Metric", "Metrics", "Probe", "Read", "Requests", "gauge"]

log = structlog.get_logger()

disable_created_metrics()  # type: ignore[no-untyped-call]


class _Series:
    """Durations of the requests of one method, route and status."""

    __slots__ = ("seconds", "times")

    def __init__(self) -> None:
        self.times = [0] * (len(DURATION_BUCKETS_SECONDS) + 1)
        self.seconds = 0.0


class Requests(Collector):
    """Counts and durations of requests by method, route and status. Routes are templates, so the number of series is bounded.

    The counters are plain numbers: those of the library take a lock each time, which costs throughput in the S3 proxy.
    """

    def __init__(self) -> None:
        self.running = 0
        self._known: dict[tuple[str, str | None, int], _Series] = {}

    def done(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request. `route` is None if no route matched; `status` is 0 if no answer was sent."""
        series = self._known.get((method, route, status))
        if series is None:
            series = self._known.setdefault((method if method in _METHODS else "other", route, status), _Series())
        series.seconds += seconds
        series.times[bisect_left(DURATION_BUCKETS_SECONDS, seconds)] += 1

    @override
    def collect(self) -> Iterable[Metric]:
        names = ("method", "route")
        counted = CounterMetricFamily("patchwork_requests", "Requests that were answered.", labels=(*names, "status"))
        timed = HistogramMetricFamily(
            "patchwork_request_seconds", "Seconds from the request to the last byte of its answer.", labels=names
        )
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
        self.reads(
            "gauge", "patchwork_requests_running", "Requests that are being answered.", lambda: self.requests.running
        )

    def reads(
        self,
        kind: Literal["counter", "gauge"],
        name: str,
        description: str,
        read: Read | Mapping[tuple[str, str], Read],
    ) -> None:
        """Add a metric that `read` returns: one number, or a number for each (label, value)."""
        family: Family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
        self.registry.register(
            _Reads(family, name, description, read if isinstance(read, Mapping) else {("", ""): read})
        )

    def seconds(self, name: str, description: str) -> Histogram:
        """Add a histogram of durations, which the caller observes."""
        return Histogram(name, description, buckets=DURATION_BUCKETS_SECONDS, registry=self.registry)

    def probe(self, probe: Probe) -> None:
        """Add metrics that must be queried. They are left out when the query fails or takes longer than PROBE_SECONDS."""
        self._probes.append(probe)

    async def own_text(self) -> bytes:
        """Metrics of this process in the text format of Prometheus, without probes."""
        return generate_latest(self.registry)

    async def text(self, others: Sequence[bytes] = ()) -> bytes:
        """All metrics in the text format of Prometheus. `others`: texts of the other processes of this service on this machine."""
        own = await self.own_text()
        probed = await asyncio.gather(*map(_run_probe, self._probes))
        whole = _combined([own, *others]) if others else own
        return whole + generate_latest(_Probed([metric for metrics in probed for metric in metrics]))


class _Reads(Collector):
    def __init__(self, family: Family, name: str, description: str, reads: Mapping[tuple[str, str], Read]) -> None:
        self._family = family
        self._name = name
        self._description = description
        self._reads = reads

    @override
    def collect(self) -> Iterable[Metric]:
        yield labelled(
            self._family, self._name, self._description, {label: read() for label, read in self._reads.items()}
        )


class _Probed(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    @override
    def collect(self) -> Iterable[Metric]:
        return self._metrics


def gauge(name: str, description: str, values: float | Mapping[tuple[str, str], float]) -> Metric:
    """A gauge that a probe returns: one number, or a number for each (label, value)."""
    return labelled(GaugeMetricFamily, name, description, values if isinstance(values, Mapping) else {("", ""): values})


def labelled(family: Family, name: str, description: str, values: Mapping[tuple[str, str], float]) -> Metric:
    label = next((label for label, _ in values), "")
    made = family(name, description, labels=[label] if label else [])
    for (_, value), number in values.items():
        made.add_metric([value] if label else [], number)
    return made


def _combined(texts: Sequence[bytes]) -> bytes:
    """The metrics of several processes as those of one."""
    families: dict[str, Metric] = {}
    values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = defaultdict(dict)
    for text in texts:
        for family in text_string_to_metric_families(text.decode()):
            families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            known = values[family.name]
            for sample in family.samples:
                key = (sample.name, tuple(sample.labels.items()))
                if key not in known:
                    known[key] = sample.value
                elif family.name in _LEAST:
                    known[key] = min(known[key], sample.value)
                else:
                    known[key] += sample.value
    for name, metric in families.items():
        for (sample_name, labels), value in values[name].items():
            metric.add_sample(sample_name, dict(labels), value)
    return generate_latest(_Probed(list(families.values())))


async def _run_probe(probe: Probe) -> Sequence[Metric]:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await probe()
    except (Unavailable, TimeoutError) as error:
        log.warning("metric_unknown", reason=f"{type(error).__name__}: {error}"[:200])
        return ()
