"""Traces in the form of OpenTelemetry: spans of requests, calls between services, statements, jobs and looks at objects.

They are off unless a collector is set. While they are off, the SDK is not imported, and nothing is wrapped or measured. Attributes never
hold credentials, tokens, the values of statements, addresses with their queries, or the names of objects.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from types import TracebackType
from typing import Literal, Protocol

from shared.settings import TraceSettings

SpanKind = Literal["internal", "server", "client", "consumer"]
Attributes = Mapping[str, str | int]

TRACE_PARENT = "traceparent"
"""Header of W3C Trace Context."""


class Span(Protocol):
    def set_attribute(self, name: str, value: str | int) -> None: ...

    def rename(self, name: str) -> None: ...

    def mark_failed(self, reason: str) -> None: ...

    def end(self) -> None:
        """For spans of `begin_child` alone."""


class Tracer(Protocol):
    def span(self, name: str, kind: SpanKind, attributes: Attributes, parent: str) -> AbstractContextManager[Span]: ...

    def begin_child(self, name: str, kind: SpanKind, attributes: Attributes) -> Span | None: ...

    def record_child(
        self, name: str, kind: SpanKind, seconds: float, attributes: Attributes, *, failure: str = ""
    ) -> None: ...

    def trace_parent(self) -> str: ...

    def trace_id(self) -> str: ...

    def own_parent(self, header: str) -> str: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class _NoSpan:
    """A span while traces are off, and the context manager that gives it."""

    def set_attribute(self, name: str, value: str | int) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def mark_failed(self, reason: str) -> None:
        pass

    def end(self) -> None:
        pass

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


_NO_SPAN = _NoSpan()
_tracer: Tracer | None = None
"""The tracer of the process. It is set once, at start-up."""


def configure_tracing(settings: TraceSettings, service: str) -> None:
    """Turn traces on if the settings name a collector."""
    global _tracer  # noqa: PLW0603 – as logs, traces belong to the process
    if settings.url and _tracer is None:
        # Imported where traces are on alone: it takes time and memory.
        _tracer = import_module("shared.tracing.exporting").open_tracer(settings, service)


def stop_tracing() -> None:
    """Send what is left, and turn traces off."""
    global _tracer
    stopped, _tracer = _tracer, None
    if stopped is not None:
        stopped.close()


def flush_traces() -> None:
    """Send what is left, before a process ends by a signal. This waits for the collector."""
    if _tracer:
        _tracer.flush()


def is_tracing() -> bool:
    return _tracer is not None


def span(
    name: str, kind: SpanKind = "internal", attributes: Attributes | None = None, *, parent: str = ""
) -> AbstractContextManager[Span]:
    """A span for the time of the context: a child of the present one, or of `parent`, a value of the header `traceparent`.

    An exception that leaves the context marks the span as failed, with the name of its type.
    """
    return _tracer.span(name, kind, attributes or {}, parent) if _tracer else _NO_SPAN


def begin_child(name: str, kind: SpanKind, attributes: Attributes) -> Span | None:
    """A child of the present span, which the caller ends; None without a present span."""
    return _tracer.begin_child(name, kind, attributes) if _tracer else None


def record_child(name: str, kind: SpanKind, seconds: float, attributes: Attributes, *, failure: str = "") -> None:
    """Record what has just ended as a child of the present span. Without a present span, nothing is recorded."""
    if _tracer:
        _tracer.record_child(name, kind, seconds, attributes, failure=failure)


def trace_parent() -> str:
    """The value of the header `traceparent` for a call from within the present span; empty without one."""
    return _tracer.trace_parent() if _tracer else ""


def trace_fields() -> dict[str, str]:
    """Fields for lines of the log: the id of the present trace as `trace_id`. None without one."""
    return {"trace_id": found} if _tracer and (found := _tracer.trace_id()) else {}


def own_parent(header: str) -> str:
    """A `traceparent` from outside, with our own decision whether the trace is recorded; empty if the header is invalid."""
    return _tracer.own_parent(header) if _tracer else ""
