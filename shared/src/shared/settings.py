"""Groups of settings for several services. The settings of a service contain the groups that it needs."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

_FILE = "_file"


class LogSettings(BaseModel):
    format: Literal["console", "json"] = "json"
    """`json` for machines, `console` for people."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Events below this level are not written."""


class TraceSettings(BaseModel):
    """Traces, which are sent to a collector by OTLP over HTTP."""

    url: str = Field("", pattern="^(https?://.+)?$")
    """Where the collector takes traces, such as `http://collector:4318/v1/traces`. Empty: no traces are made."""
    headers: SecretStr | None = None
    """Headers for the collector, such as a key: `name=value`, with commas between several."""
    ratio: float = Field(default=1.0, ge=0, le=1)
    """Share of the traces that are recorded. All services should have the same."""


class DatabaseSettings(BaseModel):
    url: SecretStr
    """postgresql+asyncpg://user:password@host:port/database"""
    password: SecretStr | None = None
    """Put into a URL without a password, for stores of secrets that hold only the password."""
    pool_size: int = Field(default=5, ge=1)
    """Connections that a process keeps open; at most twice as many are used. Fewer where the database allows too few for all processes."""
    replicas: int = Field(default=1, ge=1)
    """Replicas of the service at most, an upgrade not counted. They divide the connections that the database allows."""

    @model_validator(mode="after")
    def password_in_url(self) -> Self:
        if self.password:
            scheme, _, rest = self.url.get_secret_value().partition("://")
            user, _, where = rest.partition("@")
            self.url = SecretStr(f"{scheme}://{user}:{quote(self.password.get_secret_value(), safe='')}@{where}")
            self.password = None
        return self

    @property
    def driver_url(self) -> str:
        """The URL with its password, for asyncpg without SQLAlchemy."""
        return self.url.get_secret_value().replace("postgresql+asyncpg:", "postgresql:", 1)


class AwsSettings(BaseModel):
    region: str = "us-east-1"
    """Region of the buckets, the queue and the roles."""
    endpoint_url: str | None = None
    """URL of an S3-compatible store; AWS when unset."""
    access_key_id: str | None = None
    """Set together with the secret key, or not at all."""
    secret_access_key: SecretStr | None = None
    """When both are unset, boto's usual chain is used (task role, profile)."""


class PublicSettings(BaseModel):
    """URLs for users and clients, without a slash at the end."""

    catalog_url: str
    """The web catalog."""
    registry_url: str
    """The registry: API and sign-in."""
    s3proxy_url: str
    """The S3 proxy."""
    s3_url: str = ""
    """URL of an S3-compatible store for clients; empty for AWS."""
    packages_url: str = ""
    """The package gateway, which the S3 proxy serves on a host of its own; empty where there is none."""

    @model_validator(mode="after")
    def no_trailing_slash(self) -> Self:
        for name in ("catalog_url", "registry_url", "s3proxy_url", "s3_url", "packages_url"):
            setattr(self, name, getattr(self, name).rstrip("/"))
        return self

    @property
    def catalog_origin(self) -> str:
        return origin_of(self.catalog_url)

    @property
    def registry_origin(self) -> str:
        return origin_of(self.registry_url)


def origin_of(url: str) -> str:
    """The origin of a URL as browsers send it: lower case, without the default port of the scheme."""
    parts = urlsplit(url.lower())
    default_port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(default_port)}"


def host_of(given: str) -> str:
    """The host in a URL, or the host itself, as clients send it in `Host`."""
    return origin_of(given).partition("://")[2] if "://" in given else given.lower()


class RateSettings(BaseModel):
    """Rates of expensive requests, such as searches. Each replica counts for itself; the workers of a replica count together."""

    enabled: bool = True
    """Callers who send expensive requests faster than these rates are answered 429."""
    user_per_second: float = Field(default=20, gt=0)
    """Expensive requests of one user per second, in the long run."""
    user_burst: float = Field(default=2_000, ge=1)
    """Expensive requests of one user that may come at once, after a pause."""
    network_per_second: float = Field(default=100, gt=0)
    """Expensive requests per second from one network: an IPv4 address, or a /64 of IPv6. A /48 has four times as many."""
    network_burst: float = Field(default=10_000, ge=1)
    """Expensive requests from one network that may come at once, after a pause."""


class SandboxSettings(BaseModel):
    """Processes that read files whose content anybody may have written. They have no access to files, network or other processes."""

    required: bool = True
    """Read no file where the system cannot lock these processes in (macOS, or Linux without libseccomp). `false`: read with limits of
    time and memory only."""
    workers: int = Field(default=2, ge=1)
    """Files that are read at the same time."""
    memory_bytes: int = Field(default=512 << 20, ge=128 << 20)
    """Memory of one process that reads. It is ended when it takes more."""
    idle_memory_bytes: int = Field(default=768 << 20, ge=256 << 20)
    """Memory of the processes that are kept for the next file, all together."""
    idle_seconds: float = Field(default=60, gt=0)
    """Seconds after which an idle process is ended."""
    spare_workers: int = Field(default=1, ge=0)
    """Processes of a kind that wait for the first file of another bucket, from the first use of that kind on. Together they have up to half of
    `idle_memory_bytes`."""
    spare_seconds: float = Field(default=600, gt=0)
    """Seconds after which a process that has read nothing is ended."""
    seconds: float = Field(default=20, gt=0)
    """Longest time for one file, with the time in which its bytes are fetched."""
    cpu_seconds: float = Field(default=20, gt=0)
    """Longest computing time for one file, all threads together."""
    max_read_bytes: int = Field(default=2 << 30, ge=1 << 20)
    """Bytes that are fetched for one answer."""
    max_answer_bytes: int = Field(default=64 << 20, ge=1 << 20)
    """Bytes of one answer."""
    max_waiting: int = Field(default=64, ge=0)
    """Requests that wait for a process. Further ones are answered 503."""
    max_waiting_per_caller: int = Field(default=16, ge=0)
    """Requests of one user that wait for a process. Further ones are answered 503."""
    wait_seconds: float = Field(default=10, gt=0)
    """Longest wait for a process. After that, the request is answered 503."""

    def divided(self, workers: int) -> Self:
        """The settings of each of the processes of a replica, which divide what it may have at once."""
        parts = {
            name: max(1, getattr(self, name) // workers) for name in ("workers", "idle_memory_bytes", "max_waiting")
        }
        return self.model_copy(update=parts) if workers > 1 else self


InternalCaller = Literal["core", "s3proxy", "indexer"]
"""A caller of `/internal/` endpoints, as its token tells. `core` are `auth` and the registry, which share a token."""


class InternalSettings(BaseModel):
    """Secrets and URLs for requests between services."""

    token: SecretStr
    """Bearer secret of `/internal/` endpoints. `auth` and the registry share one. The S3 proxy and the indexer each have their
    own, which permits less."""
    other_token: SecretStr | None = None
    """Accepted as well, but never sent: for changing the token."""
    s3proxy_token: SecretStr | None = None
    """For `auth` and the registry: token of the S3 proxy, which both sides send. Unset: the S3 proxy has the same token as they."""
    other_s3proxy_token: SecretStr | None = None
    """Accepted as well, but never sent: for changing the token of the S3 proxy."""
    indexer_token: SecretStr | None = None
    """For `auth` and the registry: token of the indexer, which both sides send. Unset: the indexer has the same token as they."""
    other_indexer_token: SecretStr | None = None
    """Accepted as well, but never sent: for changing the token of the indexer."""
    metrics_token: SecretStr | None = None
    """Accepted only for `/internal/metrics`, so that Prometheus need not have `token`."""
    events_token: SecretStr | None = None
    """Accepted only for `/internal/events`: for a store that reports changes by webhook."""
    auth_url: str = ""
    """Where other services reach `auth`."""
    registry_url: str = ""
    """Where other services reach the registry."""
    indexer_url: str = ""
    """Where other services reach the indexer."""
    s3proxy_url: str = ""
    """Where other services reach the S3 proxy."""

    @property
    def accepted(self) -> list[SecretStr]:
        return [each for each in (self.token, self.other_token) if each]

    @property
    def callers(self) -> list[tuple[SecretStr, InternalCaller]]:
        """Accepted tokens, and whose they are."""
        known: list[tuple[SecretStr | None, InternalCaller]] = [
            (self.token, "core"),
            (self.other_token, "core"),
            (self.s3proxy_token, "s3proxy"),
            (self.other_s3proxy_token, "s3proxy"),
            (self.indexer_token, "indexer"),
            (self.other_indexer_token, "indexer"),
        ]
        return [(token, caller) for token, caller in known if token]


class EnvironmentSettings(BaseSettings):
    """Settings from the environment. `X_FILE` is the name of a file that contains `X`, as container engines pass secrets."""

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        if isinstance(env_settings, EnvSettingsSource):
            prefix = env_settings.env_prefix.lower()
            values = {
                name.removesuffix(_FILE): Path(path).read_text().strip()
                for name, path in env_settings.env_vars.items()
                if path and prefix and name.startswith(prefix) and name.endswith(_FILE)
            }
            env_settings.env_vars = {**env_settings.env_vars, **values}
        return init_settings, env_settings


class ServiceSettings(EnvironmentSettings):
    model_config = SettingsConfigDict(hide_input_in_errors=True)  # the refused value may be a secret

    profile: Literal["development", "production"] = "production"
    """`production` refuses weak secrets; `development` accepts them."""
    log: LogSettings = LogSettings()
    traces: TraceSettings = TraceSettings()
    workers: int = Field(default=1, ge=1)
    """Processes that answer requests. More than one is for machines with several cores: each has its own memory and connections."""
    internal: InternalSettings

    @model_validator(mode="after")
    def no_weak_secrets(self) -> Self:
        if self.profile == "production":
            for name in (name for name in InternalSettings.model_fields if name.endswith("token")):
                secret: SecretStr | None = getattr(self.internal, name)
                if secret and len(secret.get_secret_value()) < 32:
                    message = (
                        f"INTERNAL__{name.upper()} must have at least 32 characters outside the development profile"
                    )
                    raise ValueError(message)
        return self

    @model_validator(mode="after")
    def no_empty_token(self) -> Self:
        # A setting that is left empty in a template is an empty string.
        if not self.internal.token.get_secret_value():
            raise ValueError("INTERNAL__TOKEN must not be empty")
        return self
