"""Values of the fixtures `database` and `aws`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

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

    def named(self, name: str) -> Self:
        """Another database of the same server."""
        urls = (self.auth, self.registry, self.indexer, self.admin)
        return type(self)(name, *(f"{url.rpartition('/')[0]}/{name}" for url in urls))


CopyDatabase = Callable[[str], Databases]
"""Makes a migrated database. Its name is that of this worker's database and the given ending."""


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
    # The address has no TLS, for which a client would read all certificates.
    return aws_session(key, secret, token).client(service, endpoint_url=url, config=config, verify=False)  # type: ignore[call-overload]


def aws_session(key: str | None, secret: str | None, token: str | None = None) -> aioboto3.Session:
    made = aioboto3.Session(key, secret, token, "us-east-1")
    made._session.register_component("data_loader", LOADER)
    return made
