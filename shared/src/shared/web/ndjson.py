"""Answers of any length: one JSON document on each line."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

MEDIA_TYPE = "application/x-ndjson"
RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "JSON lines"}
}


def ndjson_response(lines: AsyncIterator[bytes] | AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(lines, media_type=MEDIA_TYPE)
