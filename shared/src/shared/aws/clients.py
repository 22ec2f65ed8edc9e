"""AWS clients, and the credentials with which they sign. A process opens one client per service, in its exit stack."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import aioboto3
import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import get_cert_path
from botocore.loaders import JSONFileLoader, Loader
from botocore.utils import parse_timestamp
from typing_extensions import override

from shared.aws.request_signing import USER_AGENT
from shared.settings import AwsSettings
from shared.tls import tls_of
from shared.tracing import begin_child, is_tracing

if TYPE_CHECKING:  # stubs, slow to import and not installed in production
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from botocore.model import OperationModel
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_sqs import SQSClient
    from types_aiobotocore_sts import STSClient


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime


def _open(
    service: Literal["cloudtrail", "iam", "s3", "sqs", "sts"], settings: AwsSettings, attempts: int = 5, **config: Any
) -> Any:
    secret = settings.secret_access_key
    session = aioboto3.Session(
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        region_name=settings.region,
        botocore_session=_session(),
    )
    return session.client(service, endpoint_url=settings.endpoint_url, config=_config(attempts, **config))


def _session() -> AioSession:
    session = AioSession()
    session.register_component("data_loader", _loader())
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_parse_timestamp)
    if is_tracing():
        session.register("before-call", _begin_traced_call)
        session.register("after-call", _end_traced_call)
        session.register("after-call-error", _fail_traced_call)
    return session


_SPAN = "patchwork_span"


def _begin_traced_call(model: OperationModel, context: dict[str, Any], **_: Any) -> None:
    service, operation = model.service_model.service_id, model.name
    attributes = {"rpc.system.name": "aws-api", "rpc.method": f"{service}/{operation}"}
    context[_SPAN] = begin_child(f"{service} {operation}", "client", attributes)


def _end_traced_call(http_response: Any, context: dict[str, Any], **_: Any) -> None:
    if begun := context.pop(_SPAN, None):
        begun.set_attribute("http.response.status_code", http_response.status_code)
        if http_response.status_code >= 500:
            begun.mark_failed(str(http_response.status_code))
        begun.end()


def _fail_traced_call(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    if begun := context.pop(_SPAN, None):
        begun.mark_failed(type(exception).__name__)
        begun.end()


def trace_configs(service: str = "S3") -> list[aiohttp.TraceConfig]:
    """For sessions that speak to S3, or to another service, without boto. The names of objects are not recorded."""
    if not is_tracing():
        return []
    config = aiohttp.TraceConfig()

    async def begin(_session: Any, context: Any, asked: aiohttp.TraceRequestStartParams) -> None:
        attributes = {"http.request.method": asked.method, "server.address": asked.url.host or ""}
        context.span = begin_child(f"{service} {asked.method}", "client", attributes)

    async def end(_session: Any, context: Any, answered: aiohttp.TraceRequestEndParams) -> None:
        if context.span:
            context.span.set_attribute("http.response.status_code", answered.response.status)
            context.span.end()

    async def fail(_session: Any, context: Any, failed: aiohttp.TraceRequestExceptionParams) -> None:
        if context.span:
            context.span.mark_failed(type(failed.exception).__name__)
            context.span.end()

    config.on_request_start.append(begin)
    config.on_request_end.append(end)
    config.on_request_exception.append(fail)
    return [config]


def _parse_timestamp(value: Any) -> datetime:
    """As botocore's parser, which takes two thirds of the time that a listing takes, but for ISO 8601 in UTC."""
    if isinstance(value, str) and value.endswith("Z"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    found: datetime = parse_timestamp(value)
    return found


def _config(attempts: int, **config: Any) -> AioConfig:
    retries = {"total_max_attempts": attempts, "mode": "standard"}
    return AioConfig(
        connect_timeout=3,
        max_pool_connections=50,
        retries=retries,
        user_agent_extra=USER_AGENT,
        http_session_cls=_HttpSession,
        **config,
    )


class _AnyHeadersResponse(aiohttp.ClientResponse):
    """A response whose headers all decode as UTF-8: S3 sends the headers of an object as they were stored, mostly in Latin-1."""

    @property
    @override
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return tuple((_in_utf8(name), _in_utf8(value)) for name, value in super().raw_headers)


class _HttpSession(AIOHTTPSession):
    """The HTTP session of aiobotocore, but it takes headers in any encoding and reads certificates once per process."""

    _verify: bool  # or a path
    _cert_file: str | None
    _max_pool_connections: int
    _connector_args: dict[str, Any]

    async def _get_session(self, proxy_url: str | None) -> aiohttp.ClientSession:
        session: aiohttp.ClientSession = await super()._get_session(proxy_url)  # type: ignore[misc]  # private, so not in the stubs
        session._response_class = _AnyHeadersResponse  # noqa: SLF001 – the library passes no response class
        return session

    def _create_connector(self, proxy_url: str | None) -> aiohttp.TCPConnector:
        certificates = get_cert_path(self._verify)
        if proxy_url or self._cert_file or not certificates:
            connector: aiohttp.TCPConnector = super()._create_connector(proxy_url)  # type: ignore[misc]
            return connector
        return aiohttp.TCPConnector(limit=self._max_pool_connections, ssl=tls_of(certificates), **self._connector_args)


def _in_utf8(header: bytes) -> bytes:
    try:
        header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1").encode()
    return header


def open_s3(
    settings: AwsSettings, *, attempts: int = 5, current: Callable[[], Awaitable[Credentials]] | None = None
) -> AbstractAsyncContextManager[S3Client]:
    """An S3 client with the credentials of the process, or with those that `current` returns for each request."""
    config: dict[str, Any] = {
        "signature_version": "s3v4",
        "s3": {"addressing_style": "path"} if settings.endpoint_url else {},
    }
    client: AbstractAsyncContextManager[S3Client]
    if current is None:
        client = _open("s3", settings, attempts, **config)
        return client
    session = _session()
    session._credentials = _CurrentCredentials(current)  # type: ignore[attr-defined]  # noqa: SLF001 – there is no public way
    client = session.create_client(
        "s3", region_name=settings.region, endpoint_url=settings.endpoint_url, config=_config(attempts, **config)
    )
    return client


@cache
def _loader() -> Loader:
    """The service definitions of boto, read once: a process has several clients, and reading takes longer than most requests."""
    return Loader(file_loader=_DefinitionFiles())


class _DefinitionFiles(JSONFileLoader):
    """Leaves the documentation out, which is most of what the definitions hold."""

    def _load_file(self, full_path: str, open_method: Callable[[str, str], Any]) -> Any:
        if not Path(full_path).is_file():
            return None
        with open_method(full_path, "rb") as file:
            return json.loads(file.read(), object_hook=_without_documentation)


def _without_documentation(definition: dict[str, Any]) -> dict[str, Any]:
    if isinstance(definition.get("documentation"), str):
        definition["documentation"] = ""  # some must have one
    return definition


class _CurrentCredentials(AioCredentials):
    def __init__(self, current: Callable[[], Awaitable[Credentials]]) -> None:
        super().__init__("placeholder", "placeholder", method="current")
        self._current = current

    @override
    async def get_frozen_credentials(self) -> ReadOnlyCredentials:  # type: ignore[override]  # the stubs are those of the blocking class
        found = await self._current()
        return ReadOnlyCredentials(found.access_key_id, found.secret_access_key, found.session_token or None)


def open_sqs(settings: AwsSettings, *, attempts: int = 5) -> AbstractAsyncContextManager[SQSClient]:
    client: AbstractAsyncContextManager[SQSClient] = _open("sqs", settings, attempts)
    return client


def open_sts(settings: AwsSettings) -> AbstractAsyncContextManager[STSClient]:
    client: AbstractAsyncContextManager[STSClient] = _open("sts", settings)
    return client


def open_cloudtrail(settings: AwsSettings) -> AbstractAsyncContextManager[Any]:
    client: AbstractAsyncContextManager[Any] = _open("cloudtrail", settings)
    return client


def open_iam(settings: AwsSettings) -> AbstractAsyncContextManager[Any]:
    client: AbstractAsyncContextManager[Any] = _open("iam", settings)
    return client
