from functools import cached_property

from pydantic_settings import SettingsConfigDict

from shared.settings import AwsSettings, ServiceSettings


class S3ProxySettings(ServiceSettings):
    """Read from `S3PROXY_…`, groups separated by two underscores."""

    model_config = SettingsConfigDict(env_prefix="S3PROXY_", env_nested_delimiter="__")

    aws: AwsSettings = AwsSettings()
    """Callers bring their signatures, so the endpoint is enough. Credentials are for a store without STS: with them
    requests are signed anew whose callers have credentials that `auth` minted."""
    service_bucket: str = ""
    """Where Quilt's web catalogs keep their settings; the registry says it in `config.json`."""
    connect_seconds: float = 5.0
    idle_seconds: float = 60.0
    """How long either side may neither send nor take a byte."""
    refresh_seconds: float = 10.0
    """How often the list of registered buckets is asked for."""
    miss_seconds: float = 1.0
    """How soon an unknown bucket may have it asked for again."""

    @cached_property
    def endpoint(self) -> str | None:
        """Where every request goes, whatever its Host; None for the real host."""
        return self.aws.endpoint_url.rstrip("/") if self.aws.endpoint_url else None
