"""Operations of a worker on stored results: a page of rows, and the whole in another format."""

import io
from collections.abc import Callable
from typing import Protocol

import msgspec
import pyarrow as pa

from shared.queries.result_parts import ExportArguments, StoredBytes, decode_part
from shared.queries.results import ResultWriter, export, page
from shared.readers.queries import RowsQuery
from shared.readers.source import BytesSource, RangeSource
from shared.readers.tables import parquet

MEDIA_TYPE = "application/json"


class PartedSource(RangeSource, Protocol):
    """A source whose pool takes parts of the answer before its end."""

    def send_part(self, body: bytes) -> None: ...


def read_page(source: RangeSource, _name: str, query: RowsQuery) -> tuple[str, bytes]:
    return MEDIA_TYPE, page(source, query)


def export_result(source: PartedSource, _name: str, wanted: ExportArguments) -> tuple[str, bytes]:
    return MEDIA_TYPE, msgspec.json.encode(export(source, wanted, source.send_part))


OPERATIONS: dict[str, tuple[type[msgspec.Struct], Callable[..., tuple[str, bytes]]]] = {
    "page": (RowsQuery, read_page),
    "export": (ExportArguments, export_result),
}


def load_family(_family: str) -> None:
    """Use everything once, so that nothing is imported later."""
    parquet.warm_up()
    sample = pa.table({"a": [1, 2], "b": ["x", None], "c": [[1.5], []]})
    parts: list[bytes] = []
    writer = ResultWriter(sample.schema, parts.append)
    for batch in sample.to_batches():
        writer.write(batch)
    writer.close()
    sink = io.BytesIO()
    for part in map(decode_part, parts):
        if isinstance(part, StoredBytes):
            sink.write(part.content)
    source = BytesSource(sink.getvalue())
    page(source, RowsQuery(sort=["-a"], where=[("b", "=", "x")]))
    for name in ("csv", "jsonl", "arrow"):
        export(source, ExportArguments(name), parts.append)
