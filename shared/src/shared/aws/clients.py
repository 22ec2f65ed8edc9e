"""AWS clients: one per process and service, opened in the process's exit stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import aioboto3
from aiobotocore.config import AioConfig

from shared.settings import AwsSettings

if TYPE_CHECKING:  # stubs, slow to import and not installed in production
    from contextlib import AbstractAsyncContextManager

    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_sqs import SQSClient
    from types_aiobotocore_sts import STSClient


def _open(service: Literal["s3", "sqs", "sts"], settings: AwsSettings, attempts: int = 5, **config: Any) -> Any:
    secret = settings.secret_access_key
    session = aioboto3.Session(
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        region_name=settings.region,
    )
    retries = {"total_max_attempts": attempts, "mode": "standard"}
    settled = AioConfig(connect_timeout=3, max_pool_connections=50, retries=retries, **config)
    return session.client(service, endpoint_url=settings.endpoint_url, config=settled)


def open_s3(settings: AwsSettings, *, attempts: int = 5) -> AbstractAsyncContextManager[S3Client]:
    style = {"addressing_style": "path"} if settings.endpoint_url else {}
    client: AbstractAsyncContextManager[S3Client] = _open("s3", settings, attempts, signature_version="s3v4", s3=style)
    return client


def open_sqs(settings: AwsSettings, *, attempts: int = 5) -> AbstractAsyncContextManager[SQSClient]:
    client: AbstractAsyncContextManager[SQSClient] = _open("sqs", settings, attempts)
    return client


def open_sts(settings: AwsSettings) -> AbstractAsyncContextManager[STSClient]:
    client: AbstractAsyncContextManager[STSClient] = _open("sts", settings)
    return client
