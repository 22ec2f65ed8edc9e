"""Addresses of single objects behind the S3 proxy, which the registry signs and the proxy believes.

Each is good for one method until it ends, and longer than the credentials of whoever asked for it. Signing takes a
microsecond: documents name 100,000 of them.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

EXPIRES = "X-Patchwork-Expires"
NAME = "X-Patchwork-Name"
"""Under which browsers save it; percent-encoded."""
SIGNATURE = "X-Patchwork-Signature"
METHODS = frozenset({"GET", "HEAD", "PUT"})

Signer = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ObjectUrls:
    """`secret` is what the services have in common; `others` are believed, too."""

    secret: bytes
    base: str = ""
    others: tuple[bytes, ...] = ()

    def signer(
        self, method: str, bucket: str, prefix: str, *, seconds: int, save_as: str = "", now: float | None = None
    ) -> Signer:
        """Of many objects below one prefix: from the rest of the key, which must need no quoting, to the address.

        With `save_as` browsers save what is there, under this name, and do not show it.
        """
        expires = int((time.time() if now is None else now) + seconds)
        path = f"/{bucket}/{quote(prefix)}"
        key, start, end = self.secret, f"{method}\n{expires}\n{path}", f"?{EXPIRES}={expires}&{SIGNATURE}="
        tail = ""
        if save_as:
            tail = _line(quote(save_as, safe=""))
            end = f"?{EXPIRES}={expires}&{NAME}={quote(save_as, safe='')}&{SIGNATURE}="
        where = self.base + path
        digest = hmac.digest

        def sign(name: str) -> str:
            return where + name + end + digest(key, (start + name + tail).encode(), "sha256").hex()

        return sign

    def verify(self, method: str, raw_path: str, query: str, *, now: float | None = None) -> bool:
        """Whether the address was signed for the method, and is still good."""
        named = dict(part.partition("=")[::2] for part in query.split("&"))
        expires = named.get(EXPIRES, "")
        if method not in METHODS or not (expires.isascii() and expires.isdigit()) or len(expires) > 12:
            return False
        if not int(expires) > (time.time() if now is None else now):
            return False
        asked, said = f"{method}\n{expires}\n{raw_path}{_line(named.get(NAME, ''))}".encode(), named.get(SIGNATURE, "")
        made = (hmac.digest(secret, asked, "sha256").hex() for secret in (self.secret, *self.others))
        return any(hmac.compare_digest(each, said) for each in made)


def name_in(query: str) -> str:
    """Under which an address has its object saved, percent-encoded; empty when it does not say."""
    return dict(part.partition("=")[::2] for part in query.split("&")).get(NAME, "")


def _line(name: str) -> str:
    return f"\n{name}" if name else ""


def secret_of(internal_token: str) -> bytes:
    return hmac.digest(internal_token.encode(), b"addresses of objects", "sha256")
