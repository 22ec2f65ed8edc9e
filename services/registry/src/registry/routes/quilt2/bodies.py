"""Bodies of Quilt 2's clients: JSON, often compressed; what is wrong with them is said with 400, before who sends them."""

import asyncio
import re
import zlib
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request

from registry.services.quilt2.pushes import Pushed
from registry.services.quilt2.sharing import MAX_COMMENT
from shared.errors import Invalid, TooLarge

MAX_BODY = 75 << 20
"""Of a push, compressed or not."""
_SMALL = 1 << 20
_QUICK = 1 << 16
"""Bytes that are read without a thread."""
_HASH = re.compile(r"[0-9a-f]{64}")

Read = Callable[[Any], Any]


def _same(raw: Any) -> Any:
    return raw


async def _json(request: Request, limit: int = _SMALL, read: Read = _same) -> Any:
    """As `read` takes it; None is read when there is no JSON."""
    if "json" not in request.headers.get("content-type", "").partition(";")[0]:
        return read(None)
    encoding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in {"gzip", "identity"}:
        raise Invalid(f"Unsupported content encoding: {encoding[:40]}")
    body = await request.body()
    if encoding == "gzip":
        body = await asyncio.to_thread(_unpacked, body, limit)
    return _read(body, read) if len(body) < _QUICK else await asyncio.to_thread(_read, body, read)


def _read(body: bytes, read: Read) -> Any:
    try:
        raw = orjson.loads(body)
    except ValueError as error:
        raise Invalid(f"Not a JSON: {error}") from error
    return read(raw)


def _unpacked(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Invalid("The body is no gzip") from error
    if len(plain) > limit:
        raise TooLarge(f"The body unpacks to more than {limit} bytes")
    if not unpacker.eof:
        raise Invalid("The body is no gzip: it ends too soon")
    return plain


async def pushed(request: Request) -> Pushed:
    made: Pushed = await _json(request, MAX_BODY, Pushed.of)
    return made


async def hash_given(request: Request) -> str:
    raw = await _json(request)
    if not isinstance(raw, dict) or not isinstance(raw.get("hash"), str):
        raise Invalid("'hash' is a required property")
    return str(raw["hash"])


async def hashes_given(request: Request) -> list[str]:
    found: list[str] = await _json(request, MAX_BODY, _hashes)
    return found


def _hashes(raw: Any) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise Invalid("The body must be an array of hashes")
    return [each for each in raw if _HASH.fullmatch(each)]


async def comment_given(request: Request) -> str:
    raw = await _json(request)
    contents = raw.get("contents") if isinstance(raw, dict) else None
    if not isinstance(contents, str) or not contents or len(contents) > MAX_COMMENT or "\0" in contents:
        raise Invalid(f"'contents' must be a text of 1 to {MAX_COMMENT} characters")
    return contents


async def client_log(request: Request) -> None:
    raw = await _json(request)
    if not isinstance(raw, list) or not all(isinstance(each, dict) and each.get("type") == "build" for each in raw):
        raise Invalid("The body must be an array of events")


PushedBody = Annotated[Pushed, Depends(pushed)]
HashGiven = Annotated[str, Depends(hash_given)]
HashesGiven = Annotated[list[str], Depends(hashes_given)]
CommentGiven = Annotated[str, Depends(comment_given)]
