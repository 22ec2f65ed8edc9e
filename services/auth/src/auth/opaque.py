"""Secrets handed out once and kept as one-way hashes: random enough that a plain hash cannot be undone."""

import hashlib
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing that reads like something else."""
CODE_LENGTH = 26


def new_code() -> str:
    """130 bits, one double click to select."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def new_refresh_token() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
