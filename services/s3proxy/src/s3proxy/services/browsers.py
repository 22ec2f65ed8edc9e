"""Headers that keep browsers from running on the origin of the proxy what users stored. Pure.

Only headers change, and of what browsers load themselves: a navigation, a frame or a picture never carries `Authorization`.
"""

from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.types import Scope

RawHeader = tuple[bytes, bytes]

SANDBOX = b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:"
"""Policy of every answer but PDFs, whose viewers do not work in a sandbox."""
_NOT_GUESSED = (b"x-content-type-options", b"nosniff")
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")

_PDF = b"application/pdf"
_RUNNING = frozenset(
    {
        *(b"text/html", b"text/xml", b"application/xml", b"application/xhtml+xml", b"text/xsl"),
        *(b"text/javascript", b"application/javascript", b"application/x-javascript", b"application/ecmascript"),
        *(b"text/ecmascript", b"text/jscript", b"text/livescript", b"message/rfc822", b"multipart/related"),
        *(b"multipart/x-mixed-replace", b"application/x-shockwave-flash"),
    }
)
_UNTYPED = frozenset({b"", b"application/octet-stream", b"binary/octet-stream"})
MEDIA_TYPES = {
    "apng": b"image/apng",
    "avif": b"image/avif",
    "bmp": b"image/bmp",
    "gif": b"image/gif",
    "ico": b"image/x-icon",
    "jpeg": b"image/jpeg",
    "jpg": b"image/jpeg",
    "png": b"image/png",
    "svg": b"image/svg+xml",
    "tif": b"image/tiff",
    "tiff": b"image/tiff",
    "webp": b"image/webp",
    "aac": b"audio/aac",
    "flac": b"audio/flac",
    "m4a": b"audio/mp4",
    "mp3": b"audio/mpeg",
    "oga": b"audio/ogg",
    "ogg": b"audio/ogg",
    "opus": b"audio/ogg",
    "wav": b"audio/wav",
    "m4v": b"video/mp4",
    "mov": b"video/quicktime",
    "mp4": b"video/mp4",
    "ogv": b"video/ogg",
    "webm": b"video/webm",
}
"""Types of pictures, audio and video by extension, for objects that are stored without a type."""


def safe(asked: Scope, status: int, headers: Sequence[RawHeader]) -> list[RawHeader]:
    """The headers of an answer, and those that keep browsers from running it."""
    made = list(headers)
    if status in {200, 206} and asked["method"] in {"GET", "HEAD"} and not _has(asked["headers"], b"authorization"):
        made = _typed(asked, made)
        made = _attached(asked, made)
    if asked.get("scheme") == "https":
        made.append(_STRICT_TRANSPORT)
    if _essence(made) != _PDF:
        made.append((b"content-security-policy", SANDBOX))
    made.append(_NOT_GUESSED)
    return made


def _typed(asked: Scope, headers: list[RawHeader]) -> list[RawHeader]:
    """With the type that the extension says, where none is stored."""
    media = MEDIA_TYPES.get(asked["path"].rpartition(".")[2].lower())
    if media is None or _essence(headers) not in _UNTYPED:
        return headers
    return [*((name, value) for name, value in headers if name != b"content-type"), (b"content-type", media)]


def _attached(asked: Scope, headers: list[RawHeader]) -> list[RawHeader]:
    """To be saved, not shown, where it would run as a page. What the caller signed or its frame's sandbox decides comes first."""
    essence = _essence(headers)
    is_page = _value(asked["headers"], b"sec-fetch-dest") in {b"", b"document"}
    if not is_page or not (essence in _RUNNING or essence.endswith(b"+xml")):
        return headers
    if "response-content-disposition" in parse_qs(asked["query_string"].decode("latin-1"), keep_blank_values=True):
        return headers
    stored = _value(headers, b"content-disposition")
    if stored.lower().startswith(b"attachment"):
        return headers
    kept = [(name, value) for name, value in headers if name != b"content-disposition"]
    return [*kept, (b"content-disposition", b"attachment")]


def _essence(headers: Sequence[RawHeader]) -> bytes:
    return _value(headers, b"content-type").partition(b";")[0].strip().lower()


# Loops, since each answer comes here and a generator costs as much as the rest.
def _has(headers: Sequence[RawHeader], name: bytes) -> bool:
    for each, _ in headers:  # noqa: SIM110
        if each == name:
            return True
    return False


def _value(headers: Sequence[RawHeader], name: bytes) -> bytes:
    for each, value in headers:
        if each == name:
            return value
    return b""
