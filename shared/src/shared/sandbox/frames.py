"""Messages between the pool and its workers.

A frame is two lengths (32 bits each, big-endian), a head in msgpack, and a body of plain bytes. The pool does not trust the lengths:
`decode_lengths` refuses what is larger than the limits.
"""

import struct
from typing import Literal

import msgspec

MAX_HEAD_BYTES = 1 << 16
MAX_READ_BYTES = 4 << 20
"""Bytes of one read."""
MAX_CONCURRENT_READS = 16
"""Reads of one worker that are under way."""
MAX_CONCURRENT_READ_BYTES = 16 << 20
"""Bytes of these reads together."""

LENGTHS = struct.Struct(">II")


class WorkerCall(msgspec.Struct, tag="call"):
    """The arguments are the body."""

    operation: str
    name: str
    size: int


class RangeBytes(msgspec.Struct, tag="bytes"):
    """The bytes are the body."""

    number: int


class RangeRefusal(msgspec.Struct, tag="refused"):
    """The bytes cannot be fetched."""

    number: int


class WorkerReady(msgspec.Struct, tag="ready"):
    """A worker has imported its readers and is locked in. `protections` names what holds it."""

    protections: list[str]


class RangeRequest(msgspec.Struct, tag="read"):
    number: int
    offset: int
    length: int


class WorkerAnswer(msgspec.Struct, tag="answer"):
    """The content is the body."""

    media_type: str


class AnswerPart(msgspec.Struct, tag="part"):
    """A part of an answer that comes before its end. The bytes are the body."""


class WorkerFailure(msgspec.Struct, tag="failure"):
    reason: Literal["unreadable", "no_such_reader", "wrong_family", "source", "memory", "error"]
    text: str


Bytes = bytes | bytearray | memoryview
ToWorker = WorkerCall | RangeBytes | RangeRefusal
FromWorker = WorkerReady | RangeRequest | AnswerPart | WorkerAnswer | WorkerFailure

encode = msgspec.msgpack.Encoder().encode
decode_to_worker = msgspec.msgpack.Decoder(ToWorker).decode
decode_from_worker = msgspec.msgpack.Decoder(FromWorker).decode


class FrameError(Exception):
    """The other side does not keep to the format."""


class BodyTooLarge(FrameError):
    """A body is larger than the other side takes."""


def frame_start(head: ToWorker | FromWorker, body: Bytes = b"") -> bytes:
    """Lengths and head of a frame, which stand before its body."""
    encoded = encode(head)
    if len(encoded) > MAX_HEAD_BYTES:
        raise FrameError(f"The head has {len(encoded)} bytes")
    return LENGTHS.pack(len(encoded), memoryview(body).nbytes) + encoded


def decode_lengths(start: Bytes, max_body_bytes: int) -> tuple[int, int]:
    head, body = LENGTHS.unpack(start)
    if head > MAX_HEAD_BYTES:
        raise FrameError(f"A head of {head} bytes")
    if body > max_body_bytes:
        raise BodyTooLarge(f"A body of {body} bytes")
    return head, body
