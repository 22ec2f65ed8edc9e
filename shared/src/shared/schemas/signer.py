from pydantic import Field

from shared.schemas.principal import Resolution

MINTED = "PWMK"
"""Prefix of the access key ids that `auth` creates itself, for stores without STS."""
MINTED_FOR_SERVICES = f"{MINTED}0"
"""Prefix of those that services get to act for a user; no others begin with it."""


class Signer(Resolution):
    """The principal of an S3 credential, and the secret to verify its signatures."""

    secret_access_key: str = Field(repr=False)
