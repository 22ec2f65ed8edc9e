"""English stems: `proteins` finds `protein`."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

_STEMMER = TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()


def stem(word: str) -> str:
    return _STEMMER.analyze(word)[0] if word.isascii() else word


MAX_KNOWN = 100_000
"""Words that are remembered. Most words of a text are among them."""

_plain: set[str] = set()
"""Words that are their own stem. Only the thread that writes the index uses these two."""
_stems: dict[str, str] = {}
"""Stems of other words."""


def inflected_stems(words: AbstractSet[str]) -> set[str]:
    """Stems of the words that are not their own stem, as those that end with a digit are."""
    rest = words - _plain
    found = set(map(_stems.get, rest))
    if None in found:
        new = [word for word in rest if word not in _stems and not word.isdigit()]
        if new:
            _learn(new)
            found.update(map(_stems.get, new))
        found.discard(None)
    return found  # type: ignore[return-value]  # there is no None any more


def _learn(words: Iterable[str]) -> None:
    if len(_plain) + len(_stems) > MAX_KNOWN:
        _plain.clear()
        _stems.clear()
    _plain.update(words)
    with_letter = [word for word in words if word[-1] > "9" and word.isascii()]
    if with_letter:
        stems = _STEMMER.analyze(" ".join(with_letter))
        inflected = {word: found for word, found in zip(with_letter, stems, strict=True) if found != word}
        _stems.update(inflected)
        _plain.difference_update(inflected)
