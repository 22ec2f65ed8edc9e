"""Runs when a client's Python starts, whatever its age: sends S3 to `QUILT_TEST_S3`, and keeps requests in `QUILT_TEST_RECORD`.

botocore before 1.31 knows no AWS_ENDPOINT_URL.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import requests  # noqa: TID251 - the clients use it

try:
    import botocore.client
    import botocore.httpsession
except ImportError:  # the first generation of clients has none
    botocore = None  # type: ignore[assignment]


def send_s3_to(url: str) -> None:
    create = botocore.client.ClientCreator.create_client

    def create_client(self: Any, service_name: str, *arguments: Any, **options: Any) -> Any:
        if service_name == "s3":
            options["endpoint_url"] = url
            options["is_secure"] = False
        return create(self, service_name, *arguments, **options)

    botocore.client.ClientCreator.create_client = create_client  # type: ignore[method-assign]


def record_to(path: str) -> None:
    def keep(request: Any, status: int, headers: Any, answer: bytes) -> None:
        body = request.body
        if hasattr(body, "read"):
            body.seek(0)
            body = body.read()
            request.body.seek(0)
        sent = body.encode() if isinstance(body, str) else bytes(body or b"")
        exchange = {
            "method": request.method,
            "url": request.url,
            "headers": {name: _text(value) for name, value in request.headers.items()},
            "body": base64.b64encode(sent).decode(),
            "answer": {
                "status": status,
                "headers": dict(headers),
                "body": base64.b64encode(answer).decode(),
            },
        }
        with open(path, "a") as kept:  # noqa: PTH123
            kept.write(json.dumps(exchange) + "\n")

    send = requests.Session.send

    def recorded(self: Any, request: Any, **options: Any) -> Any:
        try:
            answer = send(self, request, **options)
        except Exception as error:
            # The first generation of clients raises what it is refused as soon as it hears it.
            refusal = getattr(error, "response", None)
            if refusal is not None:
                keep(request, refusal.status_code, refusal.headers, refusal.content)
            raise
        keep(request, answer.status_code, answer.headers, answer.content)
        return answer

    requests.Session.send = recorded  # type: ignore[method-assign]
    if botocore is None:
        return
    send_s3 = botocore.httpsession.URLLib3Session.send

    def recorded_s3(self: Any, request: Any) -> Any:
        answer = send_s3(self, request)
        streamed = b"" if request.stream_output else answer.content
        keep(request, answer.status_code, answer.headers, streamed)
        return answer

    botocore.httpsession.URLLib3Session.send = recorded_s3  # type: ignore[method-assign]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


if os.environ.get("QUILT_TEST_S3"):
    send_s3_to(os.environ["QUILT_TEST_S3"])
if os.environ.get("QUILT_TEST_RECORD"):
    record_to(os.environ["QUILT_TEST_RECORD"])
