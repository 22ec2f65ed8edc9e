"""English stems: `proteins` finds `protein`."""

from collections.abc import Iterable

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

_STEMMER = TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()


def stem(word: str) -> str:
    return _STEMMER.analyze(word)[0] if word.isascii() else word


MAX_KNOWN = 100_000
"""Words whose stems are remembered. Most words of a text are among them."""
_OWN = ""

_known: dict[str, str] = {}
"""Stems of words, _OWN for a word that is its own stem. Only the thread that writes the index uses it."""


def inflected_stems(words: Iterable[str]) -> set[str]:
    """Stems of the words that are not their own stem, as those that end with a digit are."""
    inflected = [word for word in words if word[-1] > "9"]
    found = set(map(_known.get, inflected))
    if None in found:
        if len(_known) > MAX_KNOWN:
            _known.clear()
        _learn({word for word in inflected if word not in _known})
        found = set(map(_known.__getitem__, inflected))
    found.discard(_OWN)
    return found  # type: ignore[return-value]  # there is no None any more


def _learn(words: set[str]) -> None:
    ascii_words = [word for word in words if word.isascii()]
    stems = _STEMMER.analyze(" ".join(ascii_words))
    made = {word: found if found != word else _OWN for word, found in zip(ascii_words, stems, strict=True)}
    _known.update(dict.fromkeys(words, _OWN) | made)
