"""Audio and video, which browsers play: only their media type."""

from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import MediaPreview

_BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime"}
_TRANSPORT_MARK = 0x47


def preview_media(source: RangeSource, name: str, _: PreviewOptions) -> MediaPreview:
    return MediaPreview(**blank(complete=True), media_type=media_type(source.read(0, 4096), name))


def media_type(head: bytes, name: str) -> str:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska_type(head)
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:256] else "audio/ogg"
    if head.startswith((b"RIF", b"RF64")):
        return "audio/wav" if head[8:12] == b"WAVE" else "video/x-msvideo"
    if _TRANSPORT_MARK in head[:1] + head[4:5]:
        return "video/mp2t"
    is_flac = head.startswith(b"fLaC")
    return "audio/flac" if is_flac else "audio/aac" if name.lower().endswith(".aac") else "audio/mpeg"


def _matroska_type(head: bytes) -> str:
    if b"webm" not in head[:64]:
        return "video/x-matroska"
    return "audio/webm" if b"A_OPUS" in head and b"V_" not in head else "video/webm"


READER = Reader("media", 1, "plain", preview_media)
