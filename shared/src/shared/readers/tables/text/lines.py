"""The lines of a text of any encoding and with any line ends, bounded in length."""

import io
from collections.abc import Iterator

from shared.readers.source import RangeSource, SourceFile
from shared.readers.text_decoding import TextEncoding

MAX_LINE_CHARACTERS = 4 << 20
_BUFFER_BYTES = 64 << 10


class TextLines:
    """Lines with their ends. Invalid bytes are replaced. It ends at a line that is too long, whose beginning it gives."""

    def __init__(self, source: RangeSource, encoding: TextEncoding) -> None:
        self._text = io.TextIOWrapper(
            io.BufferedReader(SourceFile(source), _BUFFER_BYTES), encoding.codec, errors="replace", newline=""
        )
        self._text._CHUNK_SIZE = _BUFFER_BYTES  # type: ignore[attr-defined]  # noqa: SLF001 – 8 KiB are slow
        self.is_cut = False

    def __iter__(self) -> Iterator[str]:
        read_line = self._text.readline
        while line := read_line(MAX_LINE_CHARACTERS):
            yield line
            if len(line) == MAX_LINE_CHARACTERS and not line.endswith(("\n", "\r")):
                self.is_cut = True
                return

    def read(self, characters: int) -> str:
        """The next characters, across lines."""
        return self._text.read(characters)
