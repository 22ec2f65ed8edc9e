"""ORC. Stripes are read in the order of their rows."""

from collections.abc import Iterator, Sequence
from io import BytesIO

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.orc as pa_orc
from typing_extensions import override

from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.engine.table import Table, projected, typed_column

_BATCH_ROWS = 8_192


class OrcTable(Table):
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        file = pa_orc.ORCFile(SourceFile(source))
        super().__init__(
            format="orc",
            columns=[typed_column(field.name, field.type) for field in file.schema],
            total=file.nrows,
            details={
                "compression": file.compression,
                "stripes": file.nstripes,
                "columns": len(file.schema),
                "written_by": file.software_version,
                "file_version": file.file_version,
            },
        )

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        fragment = ds.OrcFileFormat().make_fragment(SourceFile(self._source))
        names = list(dict.fromkeys(self.columns[column].name for column in columns))
        places = [names.index(self.columns[column].name) for column in columns]
        size = min(max(batch_rows or _BATCH_ROWS, offset, 1), _BATCH_ROWS)
        for batch in fragment.to_batches(
            columns=names, batch_size=size, batch_readahead=0, fragment_readahead=0, use_threads=False
        ):
            if offset >= batch.num_rows:
                offset -= batch.num_rows
                continue
            yield projected(batch, places).slice(offset)
            offset = 0


READER = table_reader("orc", 1, lambda source, _name, _table: OrcTable(source))


def warm_up() -> None:
    """Let the libraries load what they load at first use."""
    sink = BytesIO()
    pa_orc.write_table(pa.table({"number": [1, 2], "text": ["a", "b"]}), sink)
    warm_up_reader(READER, sink.getvalue(), "number")
