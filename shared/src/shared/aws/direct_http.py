"""Connections for requests to AWS that are sent without boto."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from botocore.utils import get_environ_proxies

from shared.aws.clients import trace_configs
from shared.tls import tls_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_CONNECTIONS = 50
CONNECT_SECONDS = 3.0
READ_SECONDS = 60.0
"""Longest pause within an answer, as boto's."""
_KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the 5 s after which some servers close idle connections."""


@asynccontextmanager
async def open_direct_http(endpoint: str, service: str) -> AsyncIterator[aiohttp.ClientSession | None]:
    """A session that adds no headers and decodes nothing; None where only boto finds the way to the endpoint, through a proxy.

    `service` names what traces say was asked.
    """
    if get_environ_proxies(endpoint):
        yield None
        return
    async with aiohttp.ClientSession(
        connector=_open_connector(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        auto_decompress=False,
        trace_configs=trace_configs(service),
    ) as http:
        yield http


def _open_connector() -> aiohttp.TCPConnector:
    """Trusts the certificates that boto trusts, which `AWS_CA_BUNDLE` may name, or those of the system."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    trusted = tls_of(bundle) if bundle and Path(bundle).is_file() else True
    return aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_SECONDS, ssl=trusted)
