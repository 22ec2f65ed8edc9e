"""Compressed files as sources of what they hold. They are unpacked from the beginning, as far as somebody reads, and up to a limit."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Literal, Protocol, cast

import brotli
import lz4.frame
import zstandard

from shared.readers.choice import Compression
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource

MAX_UNPACKED_BYTES = 64 << 20
MAX_COMPRESSED_MEMBERS = 10_000
"""Members of a compressed file, or frames. Each takes some microseconds, even an empty one."""
MAX_DECODER_BYTES = 128 << 20
"""Memory of a decoder: the window that a file asks for."""
_CHUNK_BYTES = 64 << 10
_PIECE_BYTES = 256 << 10

_ERRORS = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zstandard.ZstdError, brotli.error)


class Decoder(Protocol):
    """One member of a compressed file."""

    def decompress(self, data: bytes, max_length: int) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def pending(self) -> bytes | None:
        """Bytes to be given again; None when the decoder keeps them and wants more input or none."""
        ...

    @property
    def unused_data(self) -> bytes: ...


class Inflater:
    def __init__(self, wbits: int) -> None:
        self._inflater = zlib.decompressobj(wbits=wbits)
        self._has_more = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        found = self._inflater.decompress(data, max_length)
        self._has_more = len(found) == max_length
        return found

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def pending(self) -> bytes | None:
        return self._inflater.unconsumed_tail or (None if self._has_more else b"")

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data


class Buffered:
    """bz2, lzma and lz4, which keep the input that they have not used."""

    def __init__(
        self, decompressor: "bz2.BZ2Decompressor | lzma.LZMADecompressor | lz4.frame.LZ4FrameDecompressor"
    ) -> None:
        self._decompressor = decompressor

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return cast("bytes", self._decompressor.decompress(data, max_length))

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.eof)

    @property
    def pending(self) -> bytes | None:
        return b"" if self._decompressor.needs_input else None

    @property
    def unused_data(self) -> bytes:
        return self._decompressor.unused_data or b""


class ZstdFrames:
    """zstandard has no limit for a piece of output, so it gets its input in small pieces."""

    _INPUT_BYTES = 256
    """A block of four bytes may hold 128 KiB, so these hold at most 8 MiB."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_DECODER_BYTES).decompressobj()
        self._rest = memoryview(b"")

    def decompress(self, data: bytes, max_length: int) -> bytes:  # noqa: ARG002 – bounded by the input instead
        if data:
            self._rest = memoryview(data)
        piece, self._rest = self._rest[: self._INPUT_BYTES], self._rest[self._INPUT_BYTES :]
        return self._decompressor.decompress(piece)

    @property
    def eof(self) -> bool:
        return self._decompressor.eof

    @property
    def pending(self) -> bytes | None:
        return None if self._rest else b""

    @property
    def unused_data(self) -> bytes:
        return self._decompressor.unused_data + bytes(self._rest)


class _Brotli:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return cast("bytes", self._decompressor.process(data, output_buffer_limit=max_length))

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.is_finished())

    @property
    def pending(self) -> bytes | None:
        return b"" if self._decompressor.can_accept_more_data() else None

    @property
    def unused_data(self) -> bytes:
        return b""


Method = Compression | Literal["deflate", "zlib", "brotli"]

_DECODERS: dict[Method, tuple[bytes | None, Callable[[], Decoder]]] = {
    "gzip": (b"\x1f\x8b", lambda: Inflater(31)),
    "deflate": (None, lambda: Inflater(-15)),
    "zlib": (None, lambda: Inflater(15)),
    "brotli": (None, _Brotli),
    "bzip2": (b"BZh", lambda: Buffered(bz2.BZ2Decompressor())),
    "xz": (b"\xfd7zXZ", lambda: Buffered(lzma.LZMADecompressor(memlimit=MAX_DECODER_BYTES))),
    "lz4": (b"\x04\x22\x4d\x18", lambda: Buffered(lz4.frame.LZ4FrameDecompressor())),
    "zstd": (b"\x28\xb5\x2f\xfd", ZstdFrames),
}


class UnwrappedSource:
    """Content of a compressed file, up to `MAX_UNPACKED_BYTES`. `size` unpacks it all."""

    def __init__(
        self,
        source: RangeSource,
        compression: Method | Callable[[], Decoder],
        *,
        max_bytes: int = MAX_UNPACKED_BYTES,
        skip: int = 0,
        length: int | None = None,
    ) -> None:
        """`skip`: bytes of the content that are dropped. `length`: where it ends."""
        self._source = source
        self._magic, self._make_decoder = (None, compression) if callable(compression) else _DECODERS[compression]
        self._name = "packed" if callable(compression) else compression
        self._decoder = self._make_decoder()
        self._skip = skip
        self._length = length
        self._max_bytes = max_bytes
        self._unpacked = bytearray()
        self._position = 0
        self._input = b""
        self._members = 1
        self._ended = False
        self.truncated = False
        """More is in the file than was unpacked, and somebody asked for it."""
        self.damage: str | None = None
        """Why it ends where it does."""

    @property
    def size(self) -> int:
        self._unpack_to(self._max_bytes + 1)
        return len(self._unpacked)

    @property
    def read_bytes(self) -> int:
        return self._source.read_bytes

    def read(self, offset: int, length: int) -> bytes:
        self._unpack_to(offset + length)
        return bytes(self._unpacked[offset : offset + length])

    def _unpack_to(self, end: int) -> None:
        end = end if self._length is None else min(end, self._length)
        while not self._ended and len(self._unpacked) < end:
            if len(self._unpacked) >= self._max_bytes:
                self.truncated = True
                return
            try:
                self._unpack_piece()
            except MemoryError:
                raise
            except _ERRORS as error:
                if not self._unpacked:
                    raise UnreadableFile(f"The file is not {self._name} data, or it is damaged: {error}") from error
                self.damage, self._ended = "The file is damaged: only its beginning can be unpacked", True
        if self._length is not None and len(self._unpacked) >= self._length:
            del self._unpacked[self._length :]
            self._ended = True
        if len(self._unpacked) > self._max_bytes:
            del self._unpacked[self._max_bytes :]
            self.truncated, self._ended = True, True

    def _unpack_piece(self) -> None:
        if self._decoder.eof:
            self._begin_member()
            if self._ended:
                return
        if not self._input and self._decoder.pending is not None:
            self._fetch()
            if not self._input:
                if not self._unpacked:
                    raise UnreadableFile(f"The file is cut off, or it is not {self._name} data")
                self.damage, self._ended = "The file is cut off", True
                return
        given, self._input = self._input, b""
        found = self._decoder.decompress(given, _PIECE_BYTES)
        dropped = min(self._skip, len(found))
        self._skip -= dropped
        self._unpacked += found[dropped:]
        if not self._decoder.eof:
            self._input = self._decoder.pending or b""

    def _begin_member(self) -> None:
        self._input = self._decoder.unused_data
        if self._magic is None:
            self._ended = True
            return
        if len(self._input) < len(self._magic):
            self._fetch()
        if not self._input.startswith(self._magic):  # padding, or the end
            self._ended = True
            return
        self._members += 1
        if self._members > MAX_COMPRESSED_MEMBERS:
            raise UnreadableFile(f"The file consists of more than {MAX_COMPRESSED_MEMBERS:,} compressed pieces")
        self._decoder = self._make_decoder()

    def _fetch(self) -> None:
        found = self._source.read(self._position, _CHUNK_BYTES)
        self._position += len(found)
        self._input += found
