"""Logos of installations: PNG and SVG pictures, written again without what a logo does not need."""

import binascii
import re
import struct
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from html import escape
from pathlib import Path
from xml.parsers import expat

MAX_LOGO_BYTES = 64 << 10
MAX_LOGO_SIDE = 2048
"""Pixels of a PNG picture's width and height."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"})
"""Chunks that are kept. Texts, times and what cameras add are not."""
_SVG = "http://www.w3.org/2000/svg"
_XLINK_HREF = "http://www.w3.org/1999/xlink href"
_SHAPES = "svg g defs path rect circle ellipse line polyline polygon text tspan title desc style clipPath"
_PAINTS = "linearGradient radialGradient stop"
_SVG_ELEMENTS = frozenset(f"{_SHAPES} {_PAINTS}".split())
"""Elements that are kept. Scripts, links, pictures, animations and what repeats other elements are not."""
_SVG_TEXTS = frozenset({"text", "tspan", "title", "desc", "style"})
_LOCAL_URL = re.compile(r"""url\(\s*(["']?)#[\w.-]+\1\s*\)""", re.IGNORECASE)
_ACTIVE = re.compile(r"url\s*\(|[@\\<]|expression|script:|image-set", re.IGNORECASE)
"""In values and style sheets: what loads something, and escapes that could hide it."""
_DATA_URL = re.compile(r"data:image/(?:png|svg\+xml);base64,([A-Za-z0-9+/=]*)")


def logo_of_file(path: Path) -> str:
    """The harmless picture as a data URL. Raises ValueError for others than PNG and SVG, and for large ones."""
    with path.open("rb") as file:
        return harmless_logo(file.read(MAX_LOGO_BYTES + 1))


def logo_of_url(url: str) -> str:
    """The harmless picture of a data URL, as another. Raises ValueError as `logo_of_file`."""
    found = _DATA_URL.fullmatch(url)
    if not found:
        raise ValueError("the logo is neither a PNG nor an SVG picture")
    try:
        content = b64decode(found[1], validate=True)
    except binascii.Error as error:
        raise ValueError("the logo is not in Base64") from error
    return harmless_logo(content)


def harmless_logo(content: bytes) -> str:
    """The picture without what a logo does not need, as a data URL. Neither it nor `content` may be larger than MAX_LOGO_BYTES."""
    _require_small(content)
    if content.startswith(_PNG):
        media_type, picture = "image/png", b"".join(_png_parts(content))
    elif b"<svg" in content or b":svg" in content:
        media_type, picture = "image/svg+xml", _HarmlessSvg().write(content).encode()
    else:
        raise ValueError("the logo is neither a PNG nor an SVG picture")
    _require_small(picture)  # texts grow when they are escaped
    return f"data:{media_type};base64,{b64encode(picture).decode()}"


def _require_small(picture: bytes) -> None:
    if len(picture) > MAX_LOGO_BYTES:
        raise ValueError(f"the logo is larger than {MAX_LOGO_BYTES // 1024} KiB")


def _png_parts(content: bytes) -> Iterator[bytes]:
    """The signature and the kept chunks. Raises ValueError for a picture that is damaged or too large."""
    yield _PNG
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        head = content[at : at + 8]
        if len(head) < 8:
            raise ValueError("the logo is a PNG picture without its end")
        length, kind = struct.unpack(">I4s", head)
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise ValueError("the logo is a damaged PNG picture")
        if at == len(_PNG):
            _check_size(kind, chunk[8:-4])
        if kind in _PNG_CHUNKS:
            yield chunk
        at += len(chunk)


def _check_size(kind: bytes, header: bytes) -> None:
    if kind != b"IHDR" or len(header) != 13:
        raise ValueError("the logo is a damaged PNG picture")
    width, height = struct.unpack(">II", header[:8])
    if not (0 < width <= MAX_LOGO_SIDE and 0 < height <= MAX_LOGO_SIDE):
        raise ValueError(
            f"the logo has {width} × {height} pixels; at most {MAX_LOGO_SIDE} × {MAX_LOGO_SIDE} are allowed"
        )


class _HarmlessSvg:
    """Writes the allowed elements and attributes of an SVG document."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[str] = []
        self._left_out = 0
        """Depth inside of an element that is left out."""
        self._style: list[str] = []

    def write(self, content: bytes) -> str:
        """Raises ValueError for a document that is not SVG, and for one with entities."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse_entities
        parser.EntityDeclHandler = self._refuse_entities
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, LookupError) as error:  # the latter for an encoding that nobody knows
            raise ValueError(f"the logo is a damaged SVG picture: {error}") from error
        return "".join(self._parts)

    def _refuse_entities(self, *_: object) -> None:
        raise ValueError("the logo is an SVG picture with a document type. Save it without one")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._parts and (space, local) != (_SVG, "svg"):
            raise ValueError("the logo is XML, but no SVG picture")
        if self._left_out or space != _SVG or local not in _SVG_ELEMENTS or self._open[-1:] == ["style"]:
            self._left_out += 1
            return
        shown = {} if self._parts else {"xmlns": _SVG}
        shown |= dict(_harmless_attributes(local, attributes))
        self._open.append(local)
        written = "".join(f' {key}="{escape(value)}"' for key, value in shown.items())
        self._parts.append(f"<{local}{written}>")

    def _end(self, _: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        if self._open[-1] == "style":
            sheet, self._style = "".join(self._style), []
            self._parts.append(escape(sheet, quote=False) if _is_harmless(sheet) else "")
        self._parts.append(f"</{self._open.pop()}>")

    def _text(self, text: str) -> None:
        if self._left_out or self._open[-1] not in _SVG_TEXTS:
            return
        if self._open[-1] == "style":
            self._style.append(text)
        else:
            self._parts.append(escape(text, quote=False))


def _harmless_attributes(element: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if name in {"href", _XLINK_HREF}:
            # Gradients may continue others of the same picture.
            if element.endswith("Gradient") and value.startswith("#"):
                yield "href", value
        elif " " not in name and not name.lower().startswith("on") and _is_harmless(value):
            yield name, value


def _is_harmless(value: str) -> bool:
    return not _ACTIVE.search(_LOCAL_URL.sub("", value))
