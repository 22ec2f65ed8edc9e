"""Checks that a question of the package gateway is about what its caller signed. Pure."""

from urllib.parse import parse_qsl, unquote

from registry.errors import NotAsSigned
from shared.schemas.gateway import SignedCall
from shared.schemas.package_gateway import KeysQuestion, PageQuestion


def require_key(signed: SignedCall, asked: PageQuestion) -> None:
    """Raises NotAsSigned unless the request names this key."""
    key = f"{asked.package}/{asked.revision}/{asked.path}"
    if _place_of(signed, asked.bucket) != key:
        raise NotAsSigned("This is not the key that was signed")


def require_listing(signed: SignedCall, asked: KeysQuestion) -> None:
    """Raises NotAsSigned unless the request is for the bucket, and lists no other prefix."""
    prefix = dict(parse_qsl(signed.query, keep_blank_values=True)).get("prefix", "")
    if _place_of(signed, asked.bucket) != "" or prefix != asked.prefix:
        raise NotAsSigned("This is not the listing that was signed")


def require_buckets(signed: SignedCall) -> None:
    if signed.path != "/":
        raise NotAsSigned("This is not the listing that was signed")


def _place_of(signed: SignedCall, bucket: str) -> str | None:
    """The key that the request names in the bucket, empty for the bucket itself. None when it names another bucket.

    The bucket is in the path or, before a dot, in the Host.
    """
    path = unquote(signed.path)
    if path == f"/{bucket}" or path.startswith(f"/{bucket}/"):
        return path[len(bucket) + 2 :]
    host = next((value for name, value in signed.headers if name == "host"), "")
    return path[1:] if host.startswith(f"{bucket}.") else None
