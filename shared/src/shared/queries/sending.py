"""Rows on their way to the caller, as Arrow streams or as a stored result."""

import io
from collections.abc import Callable, Sequence
from typing import Protocol

import pyarrow as pa
import pyarrow.ipc as pa_ipc
from typing_extensions import override

from shared.queries.errors import QueryStopped
from shared.queries.results import ResultWriter

BATCH_ROWS = 8_192
"""Rows that are sent together."""

Send = Callable[[bytes], None]


class Limits(Protocol):
    """How much may be sent, and in which form."""

    @property
    def max_rows(self) -> int: ...
    @property
    def max_result_bytes(self) -> int: ...
    @property
    def is_stored(self) -> bool: ...


class _Writer(Protocol):
    @property
    def sent_bytes(self) -> int: ...
    def write(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


class _StreamWriter(_Writer):
    """Each part is an Arrow stream with its schema; the first has no rows."""

    def __init__(self, schema: pa.Schema, send: Send) -> None:
        self._schema = schema
        self._send_part = send
        self._sent_bytes = 0
        self._send([])

    @property
    @override
    def sent_bytes(self) -> int:
        return self._sent_bytes

    @override
    def write(self, batch: pa.RecordBatch) -> None:
        self._send([batch])

    @override
    def close(self) -> None:
        pass

    def _send(self, batches: Sequence[pa.RecordBatch]) -> None:
        sink = io.BytesIO()
        with pa_ipc.new_stream(sink, self._schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        self._sent_bytes += sink.tell()
        self._send_part(sink.getvalue())


class RowSender:
    """Sends rows up to a number of them and of bytes."""

    def __init__(self, schema: pa.Schema, send: Send, limits: Limits) -> None:
        """Raises UnreadableFile when a stored result cannot hold a column."""
        self.rows = 0
        self.is_cut = False
        """There were more rows than may be sent."""
        self.columns = [(field.name, str(field.type)) for field in schema]
        self._limits = limits
        self._writer: _Writer = (ResultWriter if limits.is_stored else _StreamWriter)(schema, send)

    def take(self, batch: pa.RecordBatch) -> None:
        """Raises QueryStopped when the result has too many bytes."""
        left = self._limits.max_rows - self.rows
        if batch.num_rows > left:
            batch, self.is_cut = batch.slice(0, left), True
        if not batch.num_rows:
            return
        self.rows += batch.num_rows
        self._writer.write(batch)
        if self._writer.sent_bytes > self._limits.max_result_bytes:
            raise QueryStopped(
                "limit",
                f"The result has more than {self._limits.max_result_bytes:,} bytes. Ask for fewer rows or columns",
                "result_bytes",
            )

    def close(self) -> None:
        self._writer.close()
