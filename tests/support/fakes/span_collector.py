"""A collector of traces: it takes OTLP over HTTP as any collector does, and keeps what it got."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import SecretStr
from typing_extensions import override

from shared.settings import TraceSettings
from shared.tracing import configure_tracing, stop_tracing


@dataclass(frozen=True)
class CollectedSpan:
    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    has_failed: bool
    attributes: dict[str, Any]


@dataclass
class SpanCollector:
    url: str
    spans: list[CollectedSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        self.bodies.append(body)
        self.headers.append(headers)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
            for scope in resource.scope_spans:
                for each in scope.spans:
                    attributes = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in each.attributes}
                    ids = (each.trace_id.hex(), each.span_id.hex(), each.parent_span_id.hex())
                    self.spans.append(CollectedSpan(service, each.name, *ids, each.status.code == 2, attributes))

    def named(self, name: str) -> CollectedSpan:
        """The only span of this name."""
        (found,) = [each for each in self.spans if each.name == name]
        return found

    def ancestors(self, span: CollectedSpan) -> list[str]:
        """Names of a span's ancestors that were collected, its parent first."""
        by_id = {each.span_id: each for each in self.spans}
        found = []
        while span := by_id.get(span.parent_id):  # type: ignore[assignment]
            found.append(span.name)
        return found


@contextmanager
def collected_spans(ratio: float = 1.0) -> Iterator[SpanCollector]:
    """Trace in this process while the context is open. When it is left, the collector has got everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = SpanCollector(f"http://127.0.0.1:{server.server_port}/v1/traces")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    configure_tracing(TraceSettings(url=collector.url, headers=SecretStr("x-key=of-collector"), ratio=ratio), "test")
    try:
        yield collector
    finally:
        stop_tracing()
        server.shutdown()
        thread.join()
        server.server_close()
