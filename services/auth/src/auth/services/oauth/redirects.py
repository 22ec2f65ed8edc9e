"""Redirect addresses of tools: allowed by the installation, and registered by the tool (RFC 8252)."""

from collections.abc import Collection
from urllib.parse import SplitResult, urlencode, urlsplit

LOCAL = "localhost"
_LOOPBACKS = frozenset({"localhost", "127.0.0.1", "::1"})
_NEVER = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "ws", "wss", "ftp"})
MAX_LENGTH = 2000


def is_allowed(uri: str, hosts: Collection[str]) -> bool:
    """`hosts`: `name` (https only), `.suffix` (any host below it), `scheme://`, or `localhost` (http, on any port)."""
    parts = _split(uri)
    if parts is None or parts.scheme in _NEVER:
        return False
    host = parts.hostname or ""
    if parts.scheme == "http":
        return LOCAL in hosts and host in _LOOPBACKS
    if parts.scheme == "https":
        below = any(each.startswith(".") and len(host) > len(each) and host.endswith(each) for each in hosts)
        named = host in hosts and host != LOCAL
        return (named or below) and _port(parts) in {None, 443}
    return f"{parts.scheme}://" in hosts and uri.startswith(f"{parts.scheme}:/")


def is_registered(uri: str, registered: Collection[str]) -> bool:
    """Compare to the letter, but for the port of a loopback address: a tool listens on any free port."""
    return uri in registered or any(_same_but_port(uri, each) for each in registered)


def with_answer(uri: str, answer: dict[str, str]) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"


def _same_but_port(uri: str, registered: str) -> bool:
    given, known = _split(uri), _split(registered)
    if given is None or known is None or not (given.scheme == known.scheme == "http"):
        return False
    if given.hostname not in _LOOPBACKS or given.hostname != known.hostname:
        return False
    return (given.path, given.query) == (known.path, known.query)


def _split(uri: str) -> SplitResult | None:
    """The parts, or None for an address that browsers and parsers might read differently."""
    if len(uri) > MAX_LENGTH or not uri.isascii() or not uri.isprintable() or any(each in uri for each in " \\#"):
        return None
    try:
        parts = urlsplit(uri)
        _port(parts)
    except ValueError:
        return None
    is_plain = bool(parts.scheme) and "@" not in parts.netloc and "%" not in parts.netloc
    return parts if is_plain and (parts.hostname or parts.scheme not in {"http", "https"}) else None


def _port(parts: SplitResult) -> int | None:
    return parts.port
