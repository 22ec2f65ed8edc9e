"""Words that differ from a word in a letter or two."""

from collections import Counter
from collections.abc import Iterable

from shared.index.search.words import cut

MAX_NEAR_WORDS = 5
_SHORT = 5
"""Words with fewer letters may differ in one letter only."""


def max_edits(word: str) -> int:
    return 1 if len(word) < _SHORT else 2


def near_words_in(word: str, texts: Iterable[str]) -> list[str]:
    """Words of the texts that are near a word, the most frequent first."""
    frequency = Counter(found for text in texts for found in cut(text))
    most = max_edits(word)
    near = [found for found in frequency if found != word and edits(word, found, most) <= most]
    return sorted(near, key=lambda found: (-frequency[found], found))[:MAX_NEAR_WORDS]


def edits(one: str, other: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; more than `most` where it is clear early."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (left != right))
            if row > 1 < column and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return last[-1]
