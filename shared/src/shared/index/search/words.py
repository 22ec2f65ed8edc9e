"""Cuts text into words: one rule for the text that is indexed and for the text that is searched.

A word is a run of letters, marks and digits of any script, without case, composed, and with compatible characters replaced
(`CO₂` becomes `co2`). In scripts that put no spaces between words each character is a word, so that any part of a run is a
phrase of its characters. Every run of letters and digits of a text, searched as it is typed, finds the text.
"""

import unicodedata
from itertools import chain

import regex

MAX_WORD = 500
"""Characters of a word that count. Longer runs are compared by their beginnings."""

_ASCII = bytes(ord(chr(code).lower()) if chr(code).isalnum() and code < 128 else ord(" ") for code in range(256))
_BLOCK = MAX_WORD // 2
"""Characters. Every word that is too long has a whole one of the blocks into which a text is divided."""
_RUN = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(rf"{_UNSPACED}\p{{M}}*|(?:(?!{_UNSPACED})[\p{{L}}\p{{M}}\p{{N}}])+")


def cut(text: str) -> list[str]:
    """The words of a text, in order."""
    return spaced(text).split() if text.isascii() else _cut_unicode(text)


def spaced(text: str) -> str:
    """The words of a text, in order, with spaces between them. There may be several, also at both ends."""
    if not text.isascii():
        return " ".join(_cut_unicode(text))
    found = text.encode().translate(_ASCII).decode()
    return " ".join([word[:MAX_WORD] for word in found.split()]) if _may_have_long_words(found) else found


def _cut_unicode(text: str) -> list[str]:
    runs = _RUN.findall(unicodedata.normalize("NFC", text))
    return [word[:MAX_WORD] for word in chain.from_iterable(_WORD.findall(fold(run)) for run in runs)]


def _may_have_long_words(spaced: str) -> bool:
    if len(spaced) <= MAX_WORD:
        return False
    return any(spaced.find(" ", start, start + _BLOCK) < 0 for start in range(0, len(spaced) - _BLOCK + 1, _BLOCK))


def fold(text: str) -> str:
    """The text without differences of case, composition and compatible forms."""
    if text.isascii():
        return text.lower()
    compatible = unicodedata.normalize("NFKC", text).casefold()
    # Folding may decompose what was composed, and composing may give what folds again: `ᾳ` and `ΐ`, for example.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", compatible).casefold())
