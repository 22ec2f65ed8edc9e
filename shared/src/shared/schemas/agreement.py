from pydantic import BaseModel


class Agreement(BaseModel):
    """What `auth` has set, of that which the registry must have set alike; None of what an `auth` of before does not tell."""

    quilt2_bucket: str | None = None
    service_bucket: str | None = None
    user_endpoints: bool | None = None
    client_ids: dict[str, str] | None = None
    """Of the providers that people sign in with, by their names."""
