"""The tracer: spans by the SDK of OpenTelemetry, sent to a collector by OTLP over HTTP."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from typing_extensions import override

from shared.settings import TraceSettings
from shared.tracing import TRACE_PARENT, Attributes, Span, SpanKind, Tracer

EXPORT_TIMEOUT_SECONDS = 5
MAX_WAITING_SPANS = 4096
"""Spans that wait to be sent. Further ones are dropped: a collector that does not answer must not cost memory."""
SEND_SECONDS = 2.0
MAX_REASON_CHARACTERS = 200

_KINDS: dict[SpanKind, trace.SpanKind] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "consumer": trace.SpanKind.CONSUMER,
}
_TRACE_CONTEXT = TraceContextTextMapPropagator()

log = structlog.get_logger()


def open_tracer(settings: TraceSettings, service: str) -> Tracer:
    exporter_log = logging.getLogger("opentelemetry")
    if not any(isinstance(each, _ExporterLog) for each in exporter_log.handlers):
        exporter_log.addHandler(_ExporterLog(logging.WARNING))
        exporter_log.propagate = False
    headers = settings.headers.get_secret_value() if settings.headers else ""
    exporter = OTLPSpanExporter(
        endpoint=settings.url,
        headers=dict(each.strip().split("=", 1) for each in headers.split(",") if each.strip()),
        timeout=EXPORT_TIMEOUT_SECONDS,
    )
    sampler = TraceIdRatioBased(settings.ratio)
    provider = TracerProvider(
        sampler=ParentBased(sampler),
        resource=Resource.create({"service.name": f"patchwork-{service}"}),
    )
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=MAX_WAITING_SPANS, schedule_delay_millis=round(SEND_SECONDS * 1000))
    )
    return SdkTracer(provider, sampler)


class SdkTracer:
    def __init__(self, provider: TracerProvider, sampler: TraceIdRatioBased) -> None:
        self._provider = provider
        self._sampler = sampler
        self._tracer = provider.get_tracer("patchwork")

    @contextmanager
    def span(self, name: str, kind: SpanKind, attributes: Attributes, parent: str) -> Iterator[Span]:
        context = _TRACE_CONTEXT.extract({TRACE_PARENT: parent}, Context()) if parent else None
        # Messages and stacks of errors may hold values, so the SDK must not record them by itself.
        with self._tracer.start_as_current_span(
            name,
            context,
            _KINDS[kind],
            dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as begun:
            found = _SdkSpan(begun)
            try:
                yield found
            except BaseException as error:
                found.mark_failed(type(error).__name__)
                raise

    def begin_child(self, name: str, kind: SpanKind, attributes: Attributes) -> Span | None:
        if not trace.get_current_span().is_recording():
            return None
        return _SdkSpan(self._tracer.start_span(name, kind=_KINDS[kind], attributes=dict(attributes)))

    def record_child(
        self, name: str, kind: SpanKind, seconds: float, attributes: Attributes, *, failure: str = ""
    ) -> None:
        if not trace.get_current_span().is_recording():
            return
        ended = time.time_ns()
        begun = self._tracer.start_span(
            name, kind=_KINDS[kind], attributes=dict(attributes), start_time=ended - round(seconds * 1e9)
        )
        if failure:
            _SdkSpan(begun).mark_failed(failure)
        begun.end(ended)

    def trace_parent(self) -> str:
        carrier: dict[str, str] = {}
        _TRACE_CONTEXT.inject(carrier)
        return carrier.get(TRACE_PARENT, "")

    def trace_id(self) -> str:
        present = trace.get_current_span().get_span_context()
        return trace.format_trace_id(present.trace_id) if present.is_valid else ""

    def own_parent(self, header: str) -> str:
        # A caller who is not one of our services must not decide what is recorded: it costs.
        given = trace.get_current_span(_TRACE_CONTEXT.extract({TRACE_PARENT: header}, Context())).get_span_context()
        if not given.is_valid:
            return ""
        decision = self._sampler.should_sample(None, given.trace_id, "").decision
        flags = TraceFlags(TraceFlags.SAMPLED if decision is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT)
        ours = SpanContext(given.trace_id, given.span_id, is_remote=True, trace_flags=flags)
        carrier: dict[str, str] = {}
        _TRACE_CONTEXT.inject(carrier, trace.set_span_in_context(NonRecordingSpan(ours), Context()))
        return carrier[TRACE_PARENT]

    def flush(self) -> None:
        self._provider.force_flush()

    def close(self) -> None:
        self._provider.shutdown()


class _SdkSpan:
    def __init__(self, begun: trace.Span) -> None:
        self._span = begun

    def set_attribute(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def mark_failed(self, reason: str) -> None:
        self._span.set_attribute("error.type", reason)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self._span.end()


class _ExporterLog(logging.Handler):
    """Puts the exporter's complaints into our log, as one constant event."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        log.warning("traces_not_sent", reason=record.getMessage()[:MAX_REASON_CHARACTERS])
