from pydantic import Field

from shared.schemas.principal import Resolution

MINTED = "PWMK"
"""Prefix of the access key ids that `auth` creates itself, for stores without STS."""


class Signer(Resolution):
    """The principal of an S3 credential, and the secret to verify its signatures."""

    secret_access_key: str = Field(repr=False)
