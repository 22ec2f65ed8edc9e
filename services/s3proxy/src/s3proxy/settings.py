from functools import cached_property

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import AwsSettings, RateSettings, SandboxSettings, ServiceSettings, host_of


class S3ProxySettings(ServiceSettings):
    """Settings of the S3 proxy, read from `S3PROXY_…` in the environment."""

    model_config = SettingsConfigDict(env_prefix="S3PROXY_", env_nested_delimiter="__")

    aws: AwsSettings = AwsSettings()
    """The store. Credentials are needed for a store without STS only: the proxy signs again with them what callers signed with
    credentials of `auth`."""
    sts: bool = True
    """`false` for a store without STS, as for `auth`: requests are refused that are not signed with credentials of `auth`."""
    service_bucket: str = ""
    """Bucket with the settings of Quilt's web catalogs, as the registry's `config.json` names it."""
    packages_host: str = ""
    """Host of the package gateway, with its port unless that is the default one: `packages.example.com`, `localhost:5003`; or its URL.
    Requests with this Host, or with a bucket's name and a dot before it, read packages as if they were objects. Empty: there is no
    gateway."""
    rates: RateSettings = RateSettings()
    sandbox: SandboxSettings = SandboxSettings()
    preview_cache_bytes: int = 64 << 20
    """Memory for answers about files. The service bucket keeps those that took long."""
    read_ahead_bytes: int = 128 << 20
    """Memory for content of archives and files of packages that is read before it is sent, for all of them together."""
    max_archives: int = 200
    """Archives that are sent at the same time. Each takes about 1.2 MB, besides what is read ahead."""
    connect_seconds: float = 5.0
    """Longest wait for a connection to the store."""
    idle_seconds: float = 60.0
    """Longest time in which either side sends and takes no byte."""
    refresh_seconds: float = 10.0
    """Seconds between refreshes of the list of registered buckets."""
    miss_seconds: float = 1.0
    """Shortest time between refreshes because of an unknown bucket."""

    @field_validator("packages_host")
    @classmethod
    def host_in_url(cls, given: str) -> str:
        return host_of(given)

    def of_one_worker(self) -> "S3ProxySettings":
        """The settings of each of its processes, which divide what a replica may have at once."""
        if self.workers == 1:
            return self
        divided = ("preview_cache_bytes", "read_ahead_bytes", "max_archives")
        parts = {name: max(1, getattr(self, name) // self.workers) for name in divided}
        return self.model_copy(update={"sandbox": self.sandbox.divided(self.workers), **parts})

    @cached_property
    def endpoint(self) -> str | None:
        """URL to which all requests are sent; None to send each to the host in its address."""
        return self.aws.endpoint_url.rstrip("/") if self.aws.endpoint_url else None
