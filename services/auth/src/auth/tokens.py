"""One-time codes, refresh tokens, API keys and their S3 key pairs.

The database holds only SHA-256 digests of these random secrets, and those of S3 key pairs encrypted.
"""

import hashlib
import secrets
import string
import zlib

from shared.schemas.signer import KEY_PAIR

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, which has no characters that look alike."""
CODE_LENGTH = 26
RECOVERY_CODE_LENGTH = 16

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY_PREFIX = "qk_"
KEY_LENGTH = 32
CHECKSUM_LENGTH = 6
KEY_PAIR_LENGTH = 18


def new_code() -> str:
    """A one-time code of 130 bits; a double click selects it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def new_refresh_token() -> str:
    return secrets.token_urlsafe(32)


def new_recovery_code() -> str:
    """A code of 80 bits in groups of four characters, which people type from paper."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, RECOVERY_CODE_LENGTH, 4))


def recovery_code_digest(typed: str) -> bytes:
    """Digest of a recovery code, however it is typed: in any case, with or without its hyphens."""
    return digest(typed.lower().replace("-", "").replace(" ", ""))


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def new_api_key() -> str:
    """A prefix, 190 random bits and their checksum, by which scanners for secrets recognise a key reliably."""
    random = "".join(secrets.choice(BASE62) for _ in range(KEY_LENGTH))
    return f"{KEY_PREFIX}{random}{_checksum(random)}"


def new_s3_key_pair() -> tuple[str, str]:
    """An access key id, and a secret access key of 240 bits in 40 characters."""
    letters = string.ascii_uppercase + string.digits
    access_key_id = KEY_PAIR + "".join(secrets.choice(letters) for _ in range(KEY_PAIR_LENGTH))
    return access_key_id, secrets.token_urlsafe(30)


def is_api_key(secret: str) -> bool:
    """Test the form and the checksum. A text that fails need not be looked up."""
    random, checksum = secret.removeprefix(KEY_PREFIX)[:-CHECKSUM_LENGTH], secret[-CHECKSUM_LENGTH:]
    return secret.startswith(KEY_PREFIX) and len(random) == KEY_LENGTH and checksum == _checksum(random)


def fingerprint(api_key: str) -> str:
    """A short form by which the owner recognises a key."""
    return f"{api_key[:6]}...{api_key[-3:]}"


def _checksum(random: str) -> str:
    """CRC-32 in base 62, as in GitHub's tokens."""
    rest, digits = zlib.crc32(random.encode(errors="replace")), ""
    for _ in range(CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(BASE62))
        digits = BASE62[digit] + digits
    return digits
