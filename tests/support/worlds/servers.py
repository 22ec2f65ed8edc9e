"""Values of the fixtures `database` and `aws`."""

from dataclasses import dataclass
from typing import Any

import aioboto3
from aiobotocore.config import AioConfig
from botocore.loaders import create_loader

from shared.settings import AwsSettings

LOADER = create_loader()
"""The service definitions of boto, read once, because reading takes longer than most requests."""


@dataclass(frozen=True)
class Databases:
    """SQLAlchemy URLs of the migrated database of a test worker, one for each service."""

    name: str
    auth: str
    registry: str
    indexer: str
    admin: str
    """libpq URL of the superuser."""


@dataclass(frozen=True)
class Aws:
    """S3, SQS, STS and IAM; the keys in `settings` may do everything."""

    url: str
    settings: AwsSettings

    def root(self, service: str) -> Any:
        """A context manager for a client that may do everything."""
        secret = self.settings.secret_access_key
        return client(service, self.url, str(self.settings.access_key_id), secret.get_secret_value() if secret else "")


def client(service: str, url: str, key: str, secret: str, token: str | None = None) -> Any:
    """A context manager for a client with these keys."""
    config = AioConfig(signature_version="s3v4" if service == "s3" else None, retries={"total_max_attempts": 3})
    session = aioboto3.Session(key, secret, token, "us-east-1")
    session._session.register_component("data_loader", LOADER)
    return session.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]
