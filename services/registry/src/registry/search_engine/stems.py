"""English stems: `proteins` finds `protein`."""

from collections.abc import Collection

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

_STEMMER = TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()


def stem(word: str) -> str:
    return _STEMMER.analyze(word)[0] if word.isascii() else word


def inflected_stems(words: Collection[str]) -> set[str]:
    """Stems of the words that are not their own stem."""
    ascii_words = [word for word in set(words) if word.isascii()]
    stems = _STEMMER.analyze(" ".join(ascii_words))
    return {made for word, made in zip(ascii_words, stems, strict=True) if made != word}
