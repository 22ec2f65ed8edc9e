"""Answers of any length as JSON lines: one JSON document on each line."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

MEDIA_TYPE = "application/x-ndjson"
RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "JSON lines"}
}


def ndjson_response(lines: AsyncIterator[bytes] | AsyncIterator[str]) -> StreamingResponse:
    """An answer that sends lines as they are made; memory is that of one line.

    The status 200 is sent before the first line is made. When making a line fails, the connection is closed before the end of
    the body, so that clients see an incomplete answer (curl exits with 18, httpx raises RemoteProtocolError), and the error is
    logged. Routes therefore check everything that can be refused before they call this.
    """
    return StreamingResponse(lines, media_type=MEDIA_TYPE)
