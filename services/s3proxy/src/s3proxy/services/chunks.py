"""Bodies that are signed chunk by chunk (`aws-chunked`): each signature is checked with one key and replaced with another. Pure.

All signatures have the same length, so the body keeps its length. Trailing checksums stay as they are.
Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks" in the S3 API reference.
"""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from s3proxy.errors import AccessDenied, InvalidRequest
from shared.aws.signatures import ALGORITHM, EMPTY_HASH, SigningScope, signing_key

PLAIN = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
WITH_TRAILERS = f"{PLAIN}-TRAILER"
SIGNED_IN_CHUNKS = frozenset({PLAIN, WITH_TRAILERS})

MAX_CHUNK_BYTES = 8 << 20
"""Largest chunk. A chunk is held in memory until its signature is checked; SDKs send 64 KiB to 1 MiB."""
_MAX_LINE_BYTES = 8192
_END = b"\r\n"
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f]{64})")
_SIGNATURE = b"x-amz-trailer-signature:"


@dataclass(slots=True)
class SignatureChain:
    """The signatures of one body. Each covers the one before it; the first covers the signature of the request's head."""

    key: bytes
    scope: SigningScope
    previous: str

    @classmethod
    def of(cls, secret: str, scope: SigningScope, seed: str) -> "SignatureChain":
        return cls(signing_key(secret, scope), scope, seed)

    def sign_chunk(self, digest: str) -> str:
        return self._next("PAYLOAD", f"{EMPTY_HASH}\n{digest}")

    def sign_trailers(self, digest: str) -> str:
        return self._next("TRAILER", digest)

    def _next(self, kind: str, digest: str) -> str:
        text = f"{ALGORITHM}-{kind}\n{self.scope.moment}\n{'/'.join(self.scope.parts)}\n{self.previous}\n{digest}"
        self.previous = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous


async def resigned(chunks: AsyncIterator[bytes], resigner: "ChunkResigner") -> AsyncIterator[bytes]:
    """A caller's body as the store gets it. Raises S3Error at the first chunk whose signature does not match.

    The end is held back until the body is known to be complete.
    """
    passed = b""
    async for chunk in chunks:
        if passed:
            yield passed
        passed = resigner.feed(chunk)
    resigner.close()
    if passed:
        yield passed


class ChunkResigner:
    """Takes the body in pieces of any size, and gives back the chunks that are complete and whose signatures match."""

    def __init__(self, theirs: SignatureChain, ours: SignatureChain, *, has_trailers: bool) -> None:
        self._theirs = theirs
        self._ours = ours
        self._has_trailers = has_trailers
        self._held = bytearray()
        self._trailers = bytearray()
        self._in_trailers = False
        self._done = False

    def feed(self, data: bytes) -> bytes:
        """Raises S3Error before it passes on any byte of a chunk whose signature does not match."""
        self._held += data
        passed = bytearray()
        while not self._done and (part := self._trailer() if self._in_trailers else self._chunk()):
            passed += part
        if self._done and self._held:
            raise InvalidRequest("Data follows the last chunk")
        return bytes(passed)

    def close(self) -> None:
        """Raises S3Error when the body is not complete."""
        if not self._done:
            raise InvalidRequest("The body ends before its last chunk")

    def _chunk(self) -> bytes | None:
        """The next chunk with its new signature; None until it is complete."""
        end = self._line_end()
        if end is None:
            return None
        found = _CHUNK.fullmatch(self._held, 0, end)
        if not found:
            raise InvalidRequest("A chunk must begin with its length and signature")
        size, signature = int(found[1], 16), found[2].decode()
        if size > MAX_CHUNK_BYTES:
            raise InvalidRequest(f"A chunk may have at most {MAX_CHUNK_BYTES:,} bytes")
        begin, last = end + len(_END), size == 0
        after = begin + size + (0 if last and self._has_trailers else len(_END))
        if len(self._held) < after:
            return None
        if self._held[begin + size : after] not in (b"", _END):
            raise InvalidRequest("A chunk does not have the length that it gives")
        digest = hashlib.sha256(memoryview(self._held)[begin : begin + size]).hexdigest()
        own = self._exchange(self._theirs.sign_chunk(digest), self._ours.sign_chunk(digest), signature)
        part = b"%s;chunk-signature=%s" % (found[1], own) + bytes(self._held[end:after])
        self._drop(after)
        self._in_trailers, self._done = last and self._has_trailers, last and not self._has_trailers
        return part

    def _trailer(self) -> bytes | None:
        """The next trailing header as it is, or the line with their signature, which is the last; None until it is complete."""
        end = self._line_end()
        if end is None:
            return None
        line = bytes(self._held[:end])
        if not line.startswith(_SIGNATURE):
            if len(self._trailers) > _MAX_LINE_BYTES or b":" not in line:
                raise InvalidRequest("The trailing headers are not signed")
            name, _, value = line.partition(b":")
            self._trailers += name.strip().lower() + b":" + value.strip() + b"\n"
            self._drop(end + len(_END))
            return line + _END
        if len(self._held) < end + 2 * len(_END):
            return None
        digest = hashlib.sha256(self._trailers).hexdigest()
        given = line.removeprefix(_SIGNATURE).strip().decode("latin-1")
        own = self._exchange(self._theirs.sign_trailers(digest), self._ours.sign_trailers(digest), given)
        self._drop(end + 2 * len(_END))
        self._done = True
        return _SIGNATURE + own + _END + _END

    @staticmethod
    def _exchange(expected: str, own: str, given: str) -> bytes:
        """The proxy's own signature in exchange for the caller's, if that is the expected one."""
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise AccessDenied("The signature of a chunk does not match its content")
        return own.encode()

    def _line_end(self) -> int | None:
        end = self._held.find(_END, 0, _MAX_LINE_BYTES)
        if end < 0 and len(self._held) >= _MAX_LINE_BYTES:
            raise InvalidRequest("A chunk must begin with its length and signature")
        return end if end >= 0 else None

    def _drop(self, count: int) -> None:
        del self._held[:count]
