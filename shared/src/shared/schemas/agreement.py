from pydantic import BaseModel


class Agreement(BaseModel):
    """Settings of `auth` that the registry must share. A setting is None if `auth` is too old to report it."""

    quilt2_bucket: str | None = None
    service_bucket: str | None = None
    user_endpoints: bool | None = None
    client_ids: dict[str, str] | None = None
    """OAuth client ids of the sign-in providers, by name of the provider."""
