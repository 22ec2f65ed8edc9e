"""HTTP requests to single sign-on providers, limited in time and size, without redirects."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from auth.errors import ProviderFailed, SsoFailed
from shared.tls import http_tls

HTTP_TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 1 << 20


class ProviderHttp:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, url: str, **headers: str) -> Any:
        """The JSON of the answer; raises ProviderFailed."""
        return await self._request("GET", url, headers=headers)

    async def post(self, url: str, form: Mapping[str, str], auth: tuple[str, str] | None = None) -> Any:
        return await self._request("POST", url, data=form, auth=auth)

    async def _request(self, method: str, url: str, **options: Any) -> Any:
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        try:
            async with (
                asyncio.timeout(HTTP_TIMEOUT_SECONDS),
                self._http.stream(method, url, headers=headers, **options) as answer,
            ):
                body = await _read_body(answer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ProviderFailed(f"The sign-in provider is not responding: {type(error).__name__}") from error
        if method == "POST" and answer.status_code == 400:
            raise SsoFailed("The sign-in provider refused the code")
        if not answer.is_success:
            raise ProviderFailed(f"The sign-in provider answered {answer.status_code}")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ProviderFailed("The sign-in provider's answer is not JSON") from error


async def _read_body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ProviderFailed("The sign-in provider's answer is too large")
    return bytes(body)


@asynccontextmanager
async def open_provider_http() -> AsyncIterator[ProviderHttp]:
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(HTTP_TIMEOUT_SECONDS, connect=5), follow_redirects=False, verify=http_tls()
    ) as http:
        yield ProviderHttp(http)
