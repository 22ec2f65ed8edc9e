from pydantic import Field

from shared.schemas.principal import Resolution

MINTED = "PWMK"
"""How the access keys begin that `auth` mints itself, for stores without STS."""


class Signer(Resolution):
    """Who was vended an S3 credential, and what their signatures are checked with."""

    secret_access_key: str = Field(repr=False)
