"""Groups of settings that several services have; each service's `Settings` nests those it needs."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class LogSettings(BaseModel):
    format: Literal["console", "json"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class DatabaseSettings(BaseModel):
    url: SecretStr
    """postgresql+asyncpg://user:password@host:port/database"""
    pool_size: int = 5


class AwsSettings(BaseModel):
    region: str = "us-east-1"
    endpoint_url: str | None = None
    """Of an S3-compatible store; AWS's own when unset."""
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    """Both unset: the usual chain (task role, profile)."""


class PublicSettings(BaseModel):
    """Addresses as people and clients see them, without a trailing slash."""

    catalog_url: str
    registry_url: str
    s3proxy_url: str
    s3_url: str = ""
    """Where clients reach an S3-compatible store; empty for AWS's own S3."""

    @model_validator(mode="after")
    def no_trailing_slash(self) -> Self:
        for name in ("catalog_url", "registry_url", "s3proxy_url", "s3_url"):
            setattr(self, name, getattr(self, name).rstrip("/"))
        return self

    @property
    def catalog_origin(self) -> str:
        return origin_of(self.catalog_url)

    @property
    def registry_origin(self) -> str:
        return origin_of(self.registry_url)


def origin_of(url: str) -> str:
    """As browsers say it in `Origin`: lower case, without the scheme's own port."""
    parts = urlsplit(url.lower())
    usual_port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual_port)}"


class InternalSettings(BaseModel):
    """How the services reach each other."""

    token: SecretStr
    """Shared bearer secret of every `/internal/` endpoint."""
    auth_url: str = ""
    registry_url: str = ""
    indexer_url: str = ""
    s3proxy_url: str = ""


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(hide_input_in_errors=True)  # what is refused may be a secret

    profile: Literal["development", "production"] = "production"
    log: LogSettings = LogSettings()
    internal: InternalSettings

    @model_validator(mode="after")
    def no_weak_secrets(self) -> Self:
        if self.profile == "production" and len(self.internal.token.get_secret_value()) < 32:
            raise ValueError("INTERNAL__TOKEN must have at least 32 characters outside the development profile")
        return self
