"""Signed URLs of single objects at the S3 proxy. The registry signs them, and the proxy verifies them.

A URL is valid for one method until it expires, which may be later than the credentials of the user who asked for it.
Signing takes a microsecond, since a document may contain 100,000 URLs.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

EXPIRES = "X-Patchwork-Expires"
NAME = "X-Patchwork-Name"
"""File name under which browsers save the object; percent-encoded."""
PLAIN = "X-Patchwork-Plain"
"""In addresses that take the object only as its hash describes it, without a `Content-Encoding`."""
SIGNATURE = "X-Patchwork-Signature"
METHODS = frozenset({"GET", "HEAD", "PUT"})

Signer = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ObjectUrls:
    """Signs with `secret`, which comes from the token of the S3 proxy. Verifies with `secret` and `others`."""

    secret: bytes
    base: str = ""
    others: tuple[bytes, ...] = ()

    def signer(
        self,
        method: str,
        bucket: str,
        prefix: str,
        *,
        seconds: int,
        save_as: str = "",
        is_plain: bool = False,
        now: float | None = None,
    ) -> Signer:
        """A function from the rest of a key below `prefix` to the URL of the object. The rest must need no quoting.

        With `save_as`, browsers save the object under this name and do not show it. `is_plain` adds the mark PLAIN.
        """
        expires = int((time.time() if now is None else now) + seconds)
        path = f"/{bucket}/{quote(prefix)}"
        key, start, end = self.secret, f"{method}\n{expires}\n{path}", f"?{EXPIRES}={expires}&{SIGNATURE}="
        tail = ""
        if save_as:
            tail = _line(quote(save_as, safe=""))
            end = f"?{EXPIRES}={expires}&{NAME}={quote(save_as, safe='')}&{SIGNATURE}="
        if is_plain:
            start, end = f"{PLAIN}\n{start}", f"?{PLAIN}=1&{end[1:]}"
        where = self.base + path
        digest = hmac.digest

        def sign(name: str) -> str:
            return where + name + end + digest(key, (start + name + tail).encode(), "sha256").hex()

        return sign

    def verify(self, method: str, raw_path: str, query: str, *, now: float | None = None) -> bool:
        """True if the URL was signed for the method and has not expired."""
        named = dict(part.partition("=")[::2] for part in query.split("&"))
        expires = named.get(EXPIRES, "")
        if method not in METHODS or not (expires.isascii() and expires.isdigit()) or len(expires) > 12:
            return False
        if not int(expires) > (time.time() if now is None else now):
            return False
        mark = f"{PLAIN}\n" if is_plain(query) else ""
        signed, signature = (
            f"{mark}{method}\n{expires}\n{raw_path}{_line(named.get(NAME, ''))}".encode(),
            named.get(SIGNATURE, ""),
        )
        made = (hmac.digest(secret, signed, "sha256").hex() for secret in (self.secret, *self.others))
        return any(hmac.compare_digest(each, signature) for each in made)


def name_in(query: str) -> str:
    """File name in the query of a URL, percent-encoded; empty without one."""
    return dict(part.partition("=")[::2] for part in query.split("&")).get(NAME, "")


def is_plain(query: str) -> bool:
    """True if the query of a URL has the mark PLAIN."""
    return any(part.partition("=")[0] == PLAIN for part in query.split("&"))


def _line(name: str) -> str:
    return f"\n{name}" if name else ""


def secret_of(s3proxy_token: str) -> bytes:
    return hmac.digest(s3proxy_token.encode(), b"addresses of objects", "sha256")
