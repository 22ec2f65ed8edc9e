"""Bodies of Quilt 2's clients: JSON, often compressed; what is wrong with them is said with 400, before who sends them."""

import asyncio
import zlib
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


async def _json(request: Request, limit: int = _SMALL) -> Any:
    """None when there is no JSON."""
    if "json" not in request.headers.get("content-type", "").partition(";")[0]:
        return None
    encoding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in {"gzip", "identity"}:
        raise Invalid(f"Unsupported content encoding: {encoding[:40]}")
    body = await request.body()
    if encoding == "gzip":
        body = await asyncio.to_thread(_unpacked, body, limit)
    try:
        return orjson.loads(body) if len(body) < _QUICK else await asyncio.to_thread(orjson.loads, body)
    except ValueError as error:
        raise Invalid(f"Not a JSON: {error}") from error


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
    raw = await _json(request, MAX_BODY)
    if int(request.headers.get("content-length", _QUICK)) < _QUICK:
        return Pushed.of(raw)
    return await asyncio.to_thread(Pushed.of, raw)


async def hash_given(request: Request) -> str:
    raw = await _json(request)
    if not isinstance(raw, dict) or not isinstance(raw.get("hash"), str):
        raise Invalid("'hash' is a required property")
    return str(raw["hash"])


async def hashes_given(request: Request) -> list[str]:
    raw = await _json(request, MAX_BODY)
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise Invalid("The body must be an array of hashes")
    return [each for each in raw if len(each) == 64 and set(each) <= set("0123456789abcdef")]


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
