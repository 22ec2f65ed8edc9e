"""Requests to SQS that are sent without boto, which takes several times as much processor time. Source: the JSON protocol of AWS."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
from multidict import CIMultiDict
from yarl import URL

from shared.aws.direct_http import open_direct_http
from shared.aws.process_credentials import ChainedKeys
from shared.aws.request_signing import sign
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from types_aiobotocore_sqs import SQSClient

    from shared.settings import AwsSettings

_MAX_REFUSAL_BYTES = 500


class SqsRequests:
    def __init__(self, http: aiohttp.ClientSession, endpoint: str, settings: AwsSettings) -> None:
        self._http = http
        self._url = URL(endpoint) / ""
        self._region = settings.region
        self._keys = ChainedKeys(settings)

    async def call(self, operation: str, asked: Mapping[str, object]) -> Any:
        """The answer of an operation, such as `ReceiveMessage`. Raises Unavailable."""
        body = orjson.dumps(asked)
        headers = CIMultiDict(
            {
                "Host": self._url.authority,
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"AmazonSQS.{operation}",
            }
        )
        hashed = hashlib.sha256(body).hexdigest()
        keys = await self._keys.current()
        sign(headers, "POST", self._url.raw_path, "", hashed, self._region, keys, "sqs")
        try:
            async with self._http.post(self._url, headers=headers, data=body, allow_redirects=False) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"The queue does not answer ({type(error).__name__})") from error
        if answer.status != 200:
            said = content[:_MAX_REFUSAL_BYTES].decode(errors="replace")
            raise Unavailable(f"The queue refused the request: {answer.status} {said}")
        try:
            return orjson.loads(content or b"{}")
        except orjson.JSONDecodeError as error:
            raise Unavailable("The queue's answer cannot be read") from error


@asynccontextmanager
async def open_sqs_requests(sqs: SQSClient, settings: AwsSettings) -> AsyncIterator[SqsRequests | None]:
    """With the credentials of the process; `sqs` knows the address of its region. None where only boto finds the way to it."""
    async with open_direct_http(sqs.meta.endpoint_url, "SQS") as http:
        yield SqsRequests(http, sqs.meta.endpoint_url, settings) if http else None
