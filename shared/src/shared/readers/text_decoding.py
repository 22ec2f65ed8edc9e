"""The encoding of a text, guessed where it is none of Unicode, and the text without it."""

import codecs
import unicodedata
from dataclasses import dataclass

from charset_normalizer import from_bytes

from shared.readers.text_detection import unicode_encoding

_SAMPLE_BYTES = 32 << 10
_CANDIDATES = [
    "cp932", "gb18030", "big5", "euc_jp", "cp949", "cp1251", "koi8_r", "cp866", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1252",
]  # fmt: skip
_MULTIBYTE = frozenset({"cp932", "gb18030", "big5", "euc_jp", "cp949"})
_LABELS = {
    "utf_8": "utf-8", "cp932": "shift_jis", "cp949": "euc-kr", "euc_jp": "euc-jp", "koi8_r": "koi8-r", "cp866": "ibm866",
    "cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "cp1253": "windows-1253", "cp1254": "windows-1254",
    "cp1255": "windows-1255", "cp1256": "windows-1256", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be", "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be", "utf-8-sig": "utf-8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextEncoding:
    codec: str
    """As Python calls it."""
    label: str
    """As browsers call it."""
    note: str | None
    """What was assumed."""


def guess_encoding(head: bytes) -> TextEncoding:
    """The encoding of a text of which these are the first bytes."""
    codec = unicode_encoding(head)
    if codec:
        has_mark = codec in {"utf-8", "utf-8-sig", "utf-16", "utf-32"}
        label = _LABELS.get(codec, codec)
        return TextEncoding(codec, label, None if has_mark else f"Read as {label}, which was guessed")
    codec = _guess_codec(head[:_SAMPLE_BYTES])
    label = _LABELS[codec]
    return TextEncoding(codec, label, f"Read as {label}, which was guessed")


def decode_text(data: bytes, encoding: TextEncoding) -> str:
    """The text; invalid bytes are replaced, and a character that is cut off at the end is left out."""
    return codecs.getincrementaldecoder(encoding.codec)("replace").decode(data)


def warm_up() -> None:
    guess_encoding("Привет, мир".encode("koi8-r"))


def _guess_codec(sample: bytes) -> str:
    high = bytes(byte for byte in sample if byte >= 0x80)
    if len(high) < len(sample) * 0.15 and _is_western(high):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=_CANDIDATES, preemptive_behaviour=False).best()
    return best.encoding if best is not None and best.encoding in _LABELS else "cp1252"


def _is_western(high: bytes) -> bool:
    """Latin letters with accents, quotes, dashes and signs such as £ and °, and no more."""
    try:
        characters = high.decode("cp1252")
    except UnicodeDecodeError:
        return False
    good = sum(
        1
        for character in characters
        if character in "ÄÖÜäöüßàâáãåæçèéêëìíîïñòóôõøùúûýÿœŒÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØÙÚÛÝ‘’“”„–—…•«»°±²³µ·×£§©®€¿¡ºª´¼½¾"
        and unicodedata.category(character) != "Cc"
    )
    return good >= len(characters) * 0.95
