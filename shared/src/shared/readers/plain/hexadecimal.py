"""The first bytes of a file that nothing else reads."""

from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import BytesPreview

_MAX_SHOWN_BYTES = 4096


def preview_bytes(source: RangeSource, _name: str, options: PreviewOptions) -> BytesPreview:
    limit = min(options.max_bytes, _MAX_SHOWN_BYTES)
    data = source.read(0, limit + 1)
    return BytesPreview(**blank(complete=len(data) <= limit), hexadecimal=data[:limit].hex())


READER = Reader("bytes", 1, "plain", preview_bytes)
