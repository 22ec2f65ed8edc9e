"""JSON bodies of Quilt 2's clients, often compressed. The caller is checked before the body is read."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import orjson
from fastapi import Depends, Request

from registry.quilt2.body_budget import BudgetClaim
from registry.quilt2.resources import Quilt2Resources
from registry.quilt2.routes.deps import Quilt2Res, Reader, Writer
from registry.quilt2.services import trees
from registry.quilt2.services.pushed_trees import MAX_SIZE, NODE_TYPES, PushedTree
from registry.quilt2.services.sharing import MAX_COMMENT
from shared.errors import Invalid, TooLarge

MAX_PUSH_BYTES = 75 << 20
"""Bytes of a push, compressed or not."""
MAX_BODY_BYTES = 1 << 20
"""Bytes of all other bodies, except lists of hashes."""
MAX_HASHES = 100_000
MAX_HASHES_BYTES = MAX_HASHES * 68 + 2
"""Each hash has 64 characters, two quotes, a comma and the space that Python's writers put after it."""
MAX_RATIO = 150
"""Highest ratio of a body's size to its compressed size, for bodies of more than MAX_BODY_BYTES.

A push has 3; one whose files are all the same has 30, and 66 if they have paths of 250 characters as well.
"""
MAX_PUSH_VALUES = 4_000_000
"""JSON values of a push. 75 MiB of files without users' metadata are 310,000 files of nine values each."""
VALUE_BYTES = 128
"""Memory of a parsed value (measured: 47 for a list, 130 for an object with a member)."""
BODY_SECONDS = 300
"""Seconds within which a body must arrive."""
_INLINE_BYTES = 8 << 10
"""Compressed bytes that are unpacked without a thread. They become 1.2 MB at most, which takes a millisecond."""
_SMALL_BYTES = 1 << 16
"""Bytes of a body that is parsed without a thread and outside the budget."""

_HASH = re.compile(r"[0-9a-f]{64}")

T = TypeVar("T")

Body = bytes | bytearray
HashLong = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
Size = Annotated[int, msgspec.Meta(ge=0, le=MAX_SIZE)]


class PushBody(msgspec.Struct, forbid_unknown_fields=True):
    contents: msgspec.Raw
    description: str
    sizes: dict[HashLong, Size]
    dry_run: bool = False
    is_public: bool | None = None
    is_team: bool = False
    public: bool = False


class HashBody(msgspec.Struct):
    hash: str


class CommentBody(msgspec.Struct):
    contents: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_COMMENT)]


class BuildEvent(msgspec.Struct):
    type: Literal["build"]


_push = msgspec.json.Decoder(PushBody)
_hash = msgspec.json.Decoder(HashBody)
_hashes = msgspec.json.Decoder(list[Annotated[str, msgspec.Meta(max_length=64)]])
_comment = msgspec.json.Decoder(CommentBody)
_events = msgspec.json.Decoder(list[BuildEvent])


@asynccontextmanager
async def _parsed(
    request: Request, quilt2: Quilt2Res, parse: Callable[[Body], T], limit: int, memory: Callable[[Body], int] = len
) -> AsyncIterator[T]:
    """The result of `parse`. Until the context ends, the budget holds the bytes that `memory` returns for the body."""
    if "json" not in request.headers.get("content-type", "").partition(";")[0]:
        raise Invalid("The body must be JSON, and its Content-Type must say so")
    encoding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in {"gzip", "identity"}:
        raise Invalid(f"Unsupported content encoding: {encoding[:40]}")
    async with quilt2.body_budget.claim() as claim:
        body = await _read(request, claim, limit)
        if encoding == "gzip":
            body = await _unpack(body, claim, limit)
        if len(body) < _SMALL_BYTES:
            yield parse(body)
        else:
            await claim.hold(await asyncio.to_thread(memory, body))
            yield await asyncio.to_thread(parse, body)


async def _read(request: Request, claim: BudgetClaim, limit: int) -> Body:
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdecimal() else limit
    if size > limit:
        raise _too_large(limit)
    if size > _SMALL_BYTES:
        await claim.hold(size)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError as error:
        raise Invalid(f"The body did not arrive within {BODY_SECONDS} seconds") from error
    return body


async def _unpack(body: Body, claim: BudgetClaim, limit: int) -> bytes:
    allowed = min(limit, max(MAX_BODY_BYTES, MAX_RATIO * len(body)))
    await claim.hold(len(body) + allowed)
    is_small = len(body) <= _INLINE_BYTES
    plain = _unpacked(body, allowed) if is_small else await asyncio.to_thread(_unpacked, body, allowed)
    await claim.hold(len(plain) if len(plain) >= _SMALL_BYTES else 0)
    return plain


def _unpacked(body: Body, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Invalid("The body is no gzip") from error
    if len(plain) > limit:
        raise TooLarge(f"The body unpacks to more than {limit} bytes, which is too much for its compressed size")
    if not unpacker.eof:
        raise Invalid("The body is no complete gzip: its end is missing")
    return plain


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than the {limit} bytes that this endpoint takes")


def _decode(decoder: msgspec.json.Decoder[T], body: Body, refusal: str = "") -> T:
    """Raises Invalid when a value has another type, with the text `refusal` if it is given."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Invalid(refusal or str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(f"Not a JSON: {error}") from error


def _push_memory(body: Body) -> int:
    """Bytes of the body and of its values, each of which follows a comma or begins an array or an object."""
    values = body.count(b",") + body.count(b"[") + body.count(b"{")
    if values > MAX_PUSH_VALUES:
        raise TooLarge(f"The body has more than {MAX_PUSH_VALUES} values")
    return len(body) + values * VALUE_BYTES


def _pushed(body: Body) -> PushedTree:
    made = _decode(_push, body)
    for each in made.sizes:
        trees.require_hash(each)
    try:
        contents: Any = orjson.loads(memoryview(made.contents))
    except ValueError as error:
        raise Invalid(f"Not a JSON: {error}") from error
    return PushedTree(
        contents=trees.checked(contents, types=NODE_TYPES),
        sizes=made.sizes,
        dry_run=made.dry_run,
        is_public=made.public if made.is_public is None else made.is_public,
        is_team=made.is_team,
        json_bytes=len(body),
    )


def pushed_body(request: Request, quilt2: Quilt2Resources) -> AbstractAsyncContextManager[PushedTree]:
    """The tree of a push, whose memory counts until the context ends. The caller is known."""
    return _parsed(request, quilt2, _pushed, MAX_PUSH_BYTES, _push_memory)


async def pushed(request: Request, quilt2: Quilt2Res, _: Writer) -> AsyncIterator[PushedTree]:
    async with pushed_body(request, quilt2) as made:
        yield made


def _hash_of(body: Body) -> str:
    return _decode(_hash, body, "'hash' is a required property").hash


async def hash_given(request: Request, quilt2: Quilt2Res, _: Writer) -> str:
    async with _parsed(request, quilt2, _hash_of, MAX_BODY_BYTES) as made:
        return made


def _hashes_of(body: Body) -> list[str]:
    if body.count(b",") >= MAX_HASHES:
        raise TooLarge(f"The body has more than {MAX_HASHES} hashes")
    return [each for each in _decode(_hashes, body, "The body must be an array of hashes") if _HASH.fullmatch(each)]


async def hashes_given(request: Request, quilt2: Quilt2Res, _: Reader) -> AsyncIterator[list[str]]:
    async with _parsed(request, quilt2, _hashes_of, MAX_HASHES_BYTES) as made:
        yield made


def _comment_of(body: Body) -> str:
    refusal = f"'contents' must be a text of 1 to {MAX_COMMENT} characters"
    contents = _decode(_comment, body, refusal).contents
    if "\0" in contents:
        raise Invalid(refusal)
    return contents


async def comment_given(request: Request, quilt2: Quilt2Res, _: Writer) -> str:
    async with _parsed(request, quilt2, _comment_of, MAX_BODY_BYTES) as made:
        return made


def _events_of(body: Body) -> None:
    _decode(_events, body, "The body must be an array of events")


async def client_log(request: Request, quilt2: Quilt2Res, _: Reader) -> None:
    async with _parsed(request, quilt2, _events_of, MAX_BODY_BYTES):
        return


PushedBody = Annotated[PushedTree, Depends(pushed)]
HashGiven = Annotated[str, Depends(hash_given)]
HashesGiven = Annotated[list[str], Depends(hashes_given)]
CommentGiven = Annotated[str, Depends(comment_given)]
