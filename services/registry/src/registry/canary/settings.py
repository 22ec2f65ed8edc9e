"""Settings of the canary, from `CANARY_…` in the environment. It has an account of its own, and no secret of a service."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import EnvironmentSettings, LogSettings


class CanarySettings(EnvironmentSettings):
    model_config = SettingsConfigDict(env_prefix="CANARY_", env_nested_delimiter="__", hide_input_in_errors=True)

    log: LogSettings = LogSettings()
    registry_url: str
    """The registry, as clients reach it. It knows the other addresses."""
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    """Registered bucket in which the canary pushes the package `canary/probe`. Its objects are below `canary/`."""
    user: str = "canary"
    """Account with the role `Canary`."""
    outsider: str = "canary-outsider"
    """Account without a role, which must be refused."""
    password: SecretStr
    """Password of both accounts."""
    every_seconds: float = Field(default=3600, ge=60)
    """Seconds from the beginning of one run to that of the next, with `--forever`."""
    search_seconds: float = Field(default=120, gt=0)
    """Longest time until a search must find what was pushed."""
