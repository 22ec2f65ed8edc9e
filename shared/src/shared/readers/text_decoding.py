"""The encoding of a text, guessed where it is none of Unicode, and the text without it."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from charset_normalizer import from_bytes

from shared.readers.text_detection import unicode_encoding

_SAMPLE_BYTES = 32 << 10
_CANDIDATES = [
    "cp932", "gb18030", "big5", "euc_jp", "cp949", "cp1251", "koi8_r", "cp866", "mac_cyrillic", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1252",
]  # fmt: skip
_LABELS = {
    "utf_8": "utf-8", "mac_cyrillic": "x-mac-cyrillic", "big5hkscs": "big5", "cp932": "shift_jis", "cp949": "euc-kr", "euc_jp": "euc-jp", "koi8_r": "koi8-r", "cp866": "ibm866",
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
    """The assumption, if there is one."""


def guess_encoding(head: bytes) -> TextEncoding:
    """The encoding of a text of which these are the first bytes."""
    codec = unicode_encoding(head)
    if codec:
        has_mark = codec in {"utf-8", "utf-8-sig", "utf-16", "utf-32"}
        label = _LABELS.get(codec, codec)
        return TextEncoding(codec, label, None if has_mark else f"Read as {label}, which was guessed")
    codec = _guess_codec(head[:_SAMPLE_BYTES])
    label = _LABELS.get(codec, codec)
    return TextEncoding(codec, label, f"Read as {label}, which was guessed")


def decode_text(data: bytes, encoding: TextEncoding) -> str:
    """The text; invalid bytes are replaced, and a character that is cut off at the end is left out."""
    return codecs.getincrementaldecoder(encoding.codec)("replace").decode(data)


def warm_up() -> None:
    guess_encoding("Привет, мир".encode("koi8-r"))


def _guess_codec(sample: bytes) -> str:
    high = sum(byte >= 0x80 for byte in sample)
    if high < len(sample) * _MAX_WESTERN_SHARE and _is_western(sample):
        return "cp1252"
    by_rule = _alphabet_codec(sample) or _chinese_codec(sample)
    if by_rule:
        return by_rule
    best = from_bytes(sample, cp_isolation=_CANDIDATES, preemptive_behaviour=False).best()
    return best.encoding if best is not None else "cp1252"


_MAX_WESTERN_SHARE = 0.3
_WESTERN = frozenset("ÄÖÜäöüßàâáãåæçèéêëìíîïñòóôõøùúûÿœŒÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØÙÚÛ‘’“”„–—…•«»°±²³µ·×£§©®€¿¡ºª´¼½¾¹\xa0")
_SIGN_WITHIN_WORD = re.compile("[³¹£][a-zà-ÿ]")
"""Polish that is read as a Western language has such words."""


def _is_western(sample: bytes) -> bool:
    """Letters with accents, quotes, dashes and signs such as £ and °, and nearly nothing else beyond ASCII."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    characters = [character for character in text if not character.isascii()]
    good = sum(character in _WESTERN for character in characters)
    return good >= len(characters) * 0.95 and not _SIGN_WITHIN_WORD.search(text)


_FREQUENT_LETTERS = {
    "cp1251": "оеаинтсрвл",
    "koi8_r": "оеаинтсрвл",
    "cp866": "оеаинтсрвл",
    "cp1253": "αοιετνσηυρςλκάίό",
    "cp1255": "יוהלארתמבשםן",
    "cp1256": "البيمنروتةه",
}
_MIN_FREQUENT_SHARE = 0.5
_MAC_CAPITALS = bytes(range(0x80, 0xA0)).translate(None, b"\x82\x84\x85\x91\x92\x93\x94\x95\x96\x97")
"""Without the quotes and dashes of Windows."""
_WINDOWS_CAPITALS = bytes(range(0xC0, 0xE0))


def _alphabet_codec(sample: bytes) -> str | None:
    """The encoding in which the frequent letters of an alphabet are frequent."""
    high = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    if not high:
        return None

    def count(letters: bytes) -> int:
        return len(sample) - len(sample.translate(None, letters))

    counts = {codec: count(letters.encode(codec)) for codec, letters in _FREQUENT_LETTERS.items()}
    best = max(counts, key=lambda codec: counts[codec])
    if counts[best] < high * _MIN_FREQUENT_SHARE:
        return None
    if best == "cp1251" and count(_MAC_CAPITALS) > count(_WINDOWS_CAPITALS):
        best = "mac_cyrillic"
    return best if _decodes(sample, best) else None


def _chinese_codec(sample: bytes) -> str | None:
    """GB 18030 or Big5 by the places of frequent characters, which stand first in both."""
    pairs = [(found[0][0], found[0][1]) for found in _PAIR.finditer(sample)]
    if not pairs:
        return None

    def share(rule: Callable[[int, int], bool]) -> float:
        return sum(rule(*pair) for pair in pairs) / len(pairs)

    if (
        share(lambda lead, _: 0xB0 <= lead <= 0xD7) > 0.6
        and share(lambda lead, _: 0xC9 <= lead <= 0xD7) > 0.15
        and share(lambda _, trail: 0xA1 <= trail <= 0xBF) > 0.1
        and _decodes(sample, "gb18030")
    ):
        return "gb18030"
    if (
        share(lambda lead, _: 0xA4 <= lead <= 0xC6) > 0.65
        and share(lambda _, trail: 0x40 <= trail <= 0x7E) > 0.15
        and _decodes(sample, "big5hkscs")
    ):
        return "big5hkscs"
    return None


_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xff]")


def _decodes(sample: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True
