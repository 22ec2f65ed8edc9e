"""Checks that a question of the package gateway is about what its caller signed. Pure."""

from urllib.parse import parse_qsl, unquote

from registry.errors import NotAsSigned
from shared.schemas.gateway import SignedCall
from shared.schemas.package_gateway import KeysQuestion, PageQuestion


def require_key(signed: SignedCall, asked: PageQuestion) -> None:
    """Raises NotAsSigned unless the request names this key."""
    key = f"{asked.package}/{asked.revision}/{asked.path}"
    if key not in _places_of(signed, asked.bucket):
        raise NotAsSigned("This is not the key that was signed")


def require_listing(signed: SignedCall, asked: KeysQuestion) -> None:
    """Raises NotAsSigned unless the request is for the bucket, and lists no other prefix."""
    prefix = dict(parse_qsl(signed.query, keep_blank_values=True)).get("prefix", "")
    if "" not in _places_of(signed, asked.bucket) or prefix != asked.prefix:
        raise NotAsSigned("This is not the listing that was signed")


def require_buckets(signed: SignedCall) -> None:
    if signed.path != "/":
        raise NotAsSigned("This is not the listing that was signed")


def _places_of(signed: SignedCall, bucket: str) -> set[str]:
    """The keys that the request may name in the bucket, empty for the bucket itself; none when it names another bucket.

    The bucket is in the path or, before a dot, in the Host. Only the gateway knows its own host, so with a bucket that is an
    author's name, too, both may be meant.
    """
    path = unquote(signed.path)
    host = next((value for name, value in signed.headers if name == "host"), "")
    places = {path[1:]} if host.startswith(f"{bucket}.") else set()
    if path == f"/{bucket}" or path.startswith(f"/{bucket}/"):
        places.add(path[len(bucket) + 2 :])
    return places
