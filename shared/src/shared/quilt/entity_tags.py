"""ETags and checksums of files, from the hashes in their manifests, as S3 would give them. Pure."""

import base64
import binascii
import hashlib
import re

from shared.quilt.chunked_hash import part_count

CHUNKED, WHOLE = "sha2-256-chunked", "SHA256"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA256_BYTES = 32


def entity_tag(hash_type: str, hash_value: str, size: int, physical_key: str) -> str:
    """The ETag of a file, in quotation marks. It depends on the file's hash alone, or on its physical key where it has none.

    It never has the form of an MD5, for which clients would take it: a SHA-256 has twice as many digits, and all others a dash
    and a number at their end, as ETags of uploads in parts have.
    """
    if hash_type == WHOLE and _SHA256.fullmatch(hash_value):
        return f'"{hash_value}"'
    if hash_type == CHUNKED and (digest := _decoded(hash_value)):
        return f'"{digest.hex()}-{part_count(size)}"'
    named = f"{hash_type}:{hash_value}" if hash_value else f"{size}:{physical_key}"
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}-0"'


def sha256_checksum(hash_type: str, hash_value: str, size: int) -> tuple[str, str] | None:
    """The value of `x-amz-checksum-sha256` and its type, FULL_OBJECT or COMPOSITE; None when the hash is no such checksum."""
    if hash_type == WHOLE and _SHA256.fullmatch(hash_value):
        return base64.b64encode(bytes.fromhex(hash_value)).decode(), "FULL_OBJECT"
    if hash_type != CHUNKED or not _decoded(hash_value):
        return None
    if not size:  # the chunked hash of nothing is the plain one
        return hash_value, "FULL_OBJECT"
    return f"{hash_value}-{part_count(size)}", "COMPOSITE"


def _decoded(value: str) -> bytes | None:
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == _SHA256_BYTES else None
