from pydantic import Field

from shared.schemas.principal import Resolution


class Signer(Resolution):
    """Who was vended an S3 credential, and what their signatures are checked with."""

    secret_access_key: str = Field(repr=False)
