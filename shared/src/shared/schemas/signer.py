import re

from pydantic import Field

from shared.schemas.principal import Resolution

MINTED = "PWMK"
"""Prefix of the access key ids that `auth` creates itself, for stores without STS."""
MINTED_FOR_SERVICES = f"{MINTED}0"
"""Prefix of those that services get to act for a user; no others begin with it."""
KEY_PAIR = "PK"
"""Prefix of the access key ids of S3 key pairs, which API keys have. They are valid at the package gateway alone."""
KEY_PAIR_REFUSAL = "The S3 key pair of an API key is valid at the package gateway alone; its address is `packages_url` in /api/v1/config"

_KEY_PAIR_ID = re.compile(KEY_PAIR + "[A-Z0-9]{18}")


def is_key_pair(access_key_id: str) -> bool:
    return _KEY_PAIR_ID.fullmatch(access_key_id) is not None


class Signer(Resolution):
    """The principal of an S3 credential, and the secret to verify its signatures."""

    secret_access_key: str = Field(repr=False)
