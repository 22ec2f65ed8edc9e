"""Text or not, and the encodings of Unicode, by rules. Encodings of single languages are guessed in the sandbox."""

import codecs
import unicodedata

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\b\x1b") | {127})
_MAX_CONTROL_SHARE = 0.002
_SAMPLE_BYTES = 16 << 10
_NO_CHARACTERS = frozenset({"Cc", "Cn", "Co", "Cs"})


def is_text(head: bytes) -> bool:
    if unicode_encoding(head):
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) * _MAX_CONTROL_SHARE


def unicode_encoding(head: bytes) -> str | None:
    """UTF-8, UTF-16 or UTF-32 as Python calls them, with or without byte order mark; None for anything else, binary data too."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if _is_utf8(head):
        return "utf-8"
    if b"\0" not in head:
        return None
    sample = head[:_SAMPLE_BYTES]
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        if _decodes_to_text(sample, encoding):
            return encoding
    return None


def _is_utf8(head: bytes) -> bool:
    """A character that is cut off at the end is no error."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) * _MAX_CONTROL_SHARE


def _decodes_to_text(sample: bytes, encoding: str) -> bool:
    """Characters that exist, among them a blank or the end of a line, and no controls: what other data do not give."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    if not any(character in text for character in " \n\r,;\t"):
        return False
    return all(character in "\t\n\v\f\r" or unicodedata.category(character) not in _NO_CHARACTERS for character in text)
