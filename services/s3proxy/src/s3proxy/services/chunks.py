"""Bodies that are signed chunk by chunk (`aws-chunked`): checked with one key, and signed anew with another. Pure.

A signature is as long as any other, so the body keeps its length, and what it says of trailing checksums stays as it is.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from s3proxy.errors import AccessDenied, InvalidRequest
from s3proxy.services.signatures import ALGORITHM, NOTHING, SigningScope, signing_key

PLAIN = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
WITH_TRAILERS = f"{PLAIN}-TRAILER"
SIGNED_IN_CHUNKS = frozenset({PLAIN, WITH_TRAILERS})

MAX_CHUNK = 8 << 20
"""Of one chunk, which is held until it is known to be true; SDKs send 64 KiB to 1 MiB."""
_MAX_LINE = 8192
_END = b"\r\n"
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f]{64})")
_SIGNATURE = b"x-amz-trailer-signature:"


@dataclass(slots=True)
class Chain:
    """The signatures of one body: each signs the one before, and the first that of the request's head."""

    key: bytes
    scope: SigningScope
    before: str

    @classmethod
    def of(cls, secret: str, scope: SigningScope, seed: str) -> "Chain":
        return cls(signing_key(secret, scope), scope, seed)

    def chunk(self, digest: str) -> str:
        return self._next("PAYLOAD", f"{NOTHING}\n{digest}")

    def trailers(self, digest: str) -> str:
        return self._next("TRAILER", digest)

    def _next(self, kind: str, digest: str) -> str:
        text = f"{ALGORITHM}-{kind}\n{self.scope.moment}\n{'/'.join(self.scope.parts)}\n{self.before}\n{digest}"
        self.before = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
        return self.before


class ChunkedBody:
    """Fed with what the caller sends, it gives what the store gets; raises S3Error before anything untrue is passed on."""

    def __init__(self, theirs: Chain, ours: Chain, *, has_trailers: bool) -> None:
        self._theirs = theirs
        self._ours = ours
        self._has_trailers = has_trailers
        self._held = bytearray()
        self._trailers = bytearray()
        self._in_trailers = False
        self._done = False

    def feed(self, data: bytes) -> bytes:
        self._held += data
        passed = bytearray()
        while not self._done and (part := self._trailer() if self._in_trailers else self._chunk()):
            passed += part
        if self._done and self._held:
            raise InvalidRequest("Something follows the last chunk")
        return bytes(passed)

    def close(self) -> None:
        """The caller has sent everything."""
        if not self._done:
            raise InvalidRequest("The body ends before its last chunk")

    def _chunk(self) -> bytes | None:
        """The next one, when it is there as a whole."""
        end = self._line_end()
        if end is None:
            return None
        found = _CHUNK.fullmatch(self._held, 0, end)
        if not found:
            raise InvalidRequest("A chunk begins with its length and signature")
        size, signature = int(found[1], 16), found[2].decode()
        if size > MAX_CHUNK:
            raise InvalidRequest(f"A chunk has at most {MAX_CHUNK:,} bytes")
        begin, last = end + len(_END), size == 0
        after = begin + size + (0 if last and self._has_trailers else len(_END))
        if len(self._held) < after:
            return None
        if self._held[begin + size : after] not in (b"", _END):
            raise InvalidRequest("A chunk is longer than it says")
        digest = hashlib.sha256(memoryview(self._held)[begin : begin + size]).hexdigest()
        anew = self._signed_anew(self._theirs.chunk(digest), self._ours.chunk(digest), signature)
        part = b"%s;chunk-signature=%s" % (found[1], anew) + bytes(self._held[end:after])
        self._drop(after)
        self._in_trailers, self._done = last and self._has_trailers, last and not self._has_trailers
        return part

    def _trailer(self) -> bytes | None:
        """The trailing headers at once, which their signature ends."""
        end = self._line_end()
        if end is None:
            return None
        line = bytes(self._held[:end])
        if not line.startswith(_SIGNATURE):
            if len(self._trailers) > _MAX_LINE or b":" not in line:
                raise InvalidRequest("The trailing headers are not signed")
            name, _, value = line.partition(b":")
            self._trailers += name.strip().lower() + b":" + value.strip() + b"\n"
            self._drop(end + len(_END))
            return line + _END
        if len(self._held) < end + 2 * len(_END):
            return None
        digest = hashlib.sha256(self._trailers).hexdigest()
        given = line.removeprefix(_SIGNATURE).strip().decode("latin-1")
        anew = self._signed_anew(self._theirs.trailers(digest), self._ours.trailers(digest), given)
        self._drop(end + 2 * len(_END))
        self._done = True
        return _SIGNATURE + anew + _END + _END

    def _signed_anew(self, expected: str, anew: str, given: str) -> bytes:
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise AccessDenied("The signature of a chunk does not match it")
        return anew.encode()

    def _line_end(self) -> int | None:
        end = self._held.find(_END, 0, _MAX_LINE)
        if end < 0 and len(self._held) >= _MAX_LINE:
            raise InvalidRequest("A chunk begins with its length and signature")
        return end if end >= 0 else None

    def _drop(self, count: int) -> None:
        del self._held[:count]
