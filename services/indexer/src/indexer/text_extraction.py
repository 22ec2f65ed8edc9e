"""Searchable content of objects: the extension, and the text of text files, notebooks and pages, also where gzip holds it."""

import codecs
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import orjson
from typing_extensions import override

from shared.aws.objects import ObjectInfo
from shared.quilt.extensions import extension
from shared.schemas.content_indexing import DEFAULT_CONTENT_BYTES, DEFAULT_EXTENSIONS, READER_EXTENSIONS

MAX_TEXT_BYTES = DEFAULT_CONTENT_BYTES
"""Bytes of a README, a message or package metadata that can be searched."""
MAX_NOTEBOOK_BYTES = 10 << 20
"""Notebooks are read as a whole up to this size, because pictures stand between the cells. Of larger ones the beginning is plain text."""
MAX_HTML_BYTES = 512 << 10
"""Bytes of an HTML file that are read to find its text, if the limit of the text is lower."""

GZIP_OVERHEAD_BYTES = 1 << 10
"""More than gzip adds to a short text."""
_NOTEBOOKS = frozenset({".ipynb"})
_PAGES = frozenset({".htm", ".html", ".xhtml"})
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_GZIP_LAYERS = 2
_MAX_GZIP_MEMBERS = 10_000
_CHUNK_BYTES = 16 << 10
_PAGE_CHUNK_CHARACTERS = 4 << 10
_UNREADABLE_ENCODINGS = frozenset({"br", "compress", "deflate", "x-compress", "zstd"})
_TEXT_OUTPUTS = ("text/plain", "text/markdown", "text/latex")
_EMBEDDED = re.compile(r"data:[\w/+.;=-]{0,100};base64,[\w+/=%]*")
"""Pictures and fonts in attributes, which are longer than the parser can read quickly."""
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*"
    rb"(iso-?8859-\d\d?|latin-?1|windows-125\d|koi8-[ru]|shift_jis|euc-jp|euc-kr|gb2312|gbk|gb18030|big5)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ContentRules:
    """The part of a bucket's contents that can be searched."""

    extensions: frozenset[str] = DEFAULT_EXTENSIONS
    max_bytes: int = DEFAULT_CONTENT_BYTES
    """Bytes of text that can be searched. More may be read from S3."""

    def has_content(self, key: str) -> bool:
        """True for a file whose content is searched by its extension, compressed with gzip or not, and for a README."""
        if not self.extensions or not self.max_bytes:
            return False
        plain = _without_gz(extension(key))
        name = key.rpartition("/")[2].lower()
        return plain in self.extensions or (not plain and name.startswith("readme"))


def needs_reader(key: str) -> bool:
    """True for tables and documents, whose content is no text."""
    return _without_gz(extension(key)) in READER_EXTENSIONS


DEFAULT_RULES = ContentRules()


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """An object with its searchable content."""

    info: ObjectInfo
    extension: str
    text: str


def bytes_to_read(name: str, max_bytes: int) -> int:
    """Bytes at the beginning of a file that `extract_text` needs for so much text."""
    plain = _without_gz(extension(name))
    if plain in _NOTEBOOKS:
        return max(max_bytes, MAX_NOTEBOOK_BYTES)
    return max(max_bytes, MAX_HTML_BYTES) if plain in _PAGES else max_bytes + GZIP_OVERHEAD_BYTES


def extract_text(name: str, body: bytes, encoding: str = "", *, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """The text of a file, at most `max_bytes` of it in UTF-8. The name gives the format.

    `encoding` is the `Content-Encoding`. What begins like gzip is decompressed, whatever the header says, and never to more than is
    wanted. With an encoding that cannot be read, and with a name in `.gz`, only valid UTF-8 is taken for text.
    """
    plain = _without_gz(extension(name))
    wanted = bytes_to_read(name, max_bytes)
    data = body[:wanted]
    layers = 0
    while data.startswith(_GZIP_MAGIC) and layers < _MAX_GZIP_LAYERS:
        data, layers = _gunzip(data, wanted), layers + 1
    if not layers and (_is_unreadable(encoding) or plain != extension(name)) and not _is_utf8(data):
        return ""
    text = None
    if plain in _NOTEBOOKS:
        text = _notebook_text(data)
    elif plain in _PAGES:
        text = _page_text(data, max_bytes)
    return _cut(decode(data[:max_bytes]) if text is None else storable(text), max_bytes)


def decode(body: bytes) -> str:
    """The text of UTF-8 or UTF-16. Invalid bytes are replaced, and NUL, which Postgres refuses, is removed."""
    encoding = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    return body.decode(encoding, "replace").replace("\0", "")


def storable(text: str) -> str:
    """The text without NUL and lone surrogates, which Postgres refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _without_gz(suffixes: str) -> str:
    """The extension of what a file in `.gz` holds; other extensions as they are."""
    return suffixes.removesuffix(".gz")


def _is_unreadable(encoding: str) -> bool:
    """The header names an encoding other than gzip. Values that are no encoding, such as `UTF-8`, are found as well."""
    return not _UNREADABLE_ENCODINGS.isdisjoint(name.strip().lower() for name in encoding.split(","))


def _is_utf8(data: bytes) -> bool:
    """A character that is cut off at the end is no error."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _gunzip(data: bytes, limit: int) -> bytes:
    """The first bytes of what gzip holds, at most `limit`; less when the data are cut off or damaged."""
    found = bytearray()
    member = zlib.decompressobj(wbits=31)
    members = 1
    with suppress(zlib.error):
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            while chunk:
                found += member.decompress(chunk, max(limit - len(found), 1))
                if len(found) >= limit:
                    return bytes(found)
                chunk = member.unused_data if member.eof else member.unconsumed_tail
                if member.eof:
                    members += 1
                    if members > _MAX_GZIP_MEMBERS:
                        return bytes(found)
                    member = zlib.decompressobj(wbits=31)
    return bytes(found)


def _cut(text: str, max_bytes: int) -> str:
    if len(text) * 4 <= max_bytes:
        return text
    return text.encode()[:max_bytes].decode("utf-8", "ignore")


def _notebook_text(data: bytes) -> str | None:
    """The sources of a notebook's cells and their outputs that are text; None if it cannot be read as a notebook."""
    try:
        notebook = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(notebook, dict):
        return None
    sheets = [notebook, *_dicts(notebook.get("worksheets"))]  # the latter until version 3
    cells = [cell for sheet in sheets for cell in _dicts(sheet.get("cells"))]
    return "\n\n".join(filter(None, map(_cell_text, cells)))


def _cell_text(cell: dict[str, Any]) -> str:
    parts = [_joined(cell.get("source")) or _joined(cell.get("input"))]
    for output in _dicts(cell.get("outputs")):
        parts.append(_joined(output.get("text")))
        parts.append(" ".join(filter(None, (_joined(output.get("ename")), _joined(output.get("evalue"))))))
        data = output.get("data")
        if isinstance(data, dict):
            parts += [_joined(data.get(kind)) for kind in _TEXT_OUTPUTS]
    return "\n".join(filter(None, parts))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _joined(value: object) -> str:
    """Text, or its lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _page_text(data: bytes, max_bytes: int) -> str:
    page = _PageText()
    for chunk in _chunks(_EMBEDDED.sub("", _decode_page(data))):
        page.feed(chunk)
        page.forget_unfinished()
        if page.characters >= max_bytes:
            break
    page.close()
    return re.sub(r"[^\S\n]*\n\s*", "\n", "".join(page.parts)).strip()


def _decode_page(data: bytes) -> str:
    charset = _META_CHARSET.search(data[:2048])
    if charset and not _is_utf8(data):
        return data.decode(charset[1].decode(), "replace")
    return decode(data)


def _chunks(text: str) -> Iterator[str]:
    return (text[start : start + _PAGE_CHUNK_CHARACTERS] for start in range(0, len(text), _PAGE_CHUNK_CHARACTERS))


class _PageText(HTMLParser):
    """Collects the text of a page, without scripts and styles. Elements that are not inline are lines of their own."""

    _LEFT_OUT = frozenset({"script", "style", "template"})
    _INLINE = frozenset(
        [
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "cite",
            "code",
            "data",
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "ins",
            "kbd",
            "mark",
            "q",
            "s",
            "samp",
            "small",
            "span",
            "strong",
            "sub",
            "sup",
            "tt",
            "u",
            "var",
            "wbr",
        ]
    )
    _MAX_UNFINISHED_CHARACTERS = 2 * _PAGE_CHUNK_CHARACTERS
    _KEPT_CHARACTERS = 16
    """They may be the beginning of an end tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.characters = 0
        self._left_out: str | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._left_out is None and tag in self._LEFT_OUT:
            self._left_out = tag
        self._separate(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._separate(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == self._left_out:
            self._left_out = None
        self._separate(tag)

    @override
    def handle_data(self, data: str) -> None:
        if self._left_out is None:
            self.parts.append(data)
            self.characters += len(data)

    def forget_unfinished(self) -> None:
        """Drop a tag or a script that does not end. The parser would read it again with each chunk."""
        if len(self.rawdata) > self._MAX_UNFINISHED_CHARACTERS:
            self.rawdata = self.rawdata[-self._KEPT_CHARACTERS :]

    def _separate(self, tag: str) -> None:
        if self._left_out is None and tag not in self._INLINE:
            self.parts.append("\n")
