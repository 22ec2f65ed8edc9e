"""From what people type to what Postgres searches, and the other way round: one rule for both sides.

Text is cut at everything but letters and digits; a word of the query stands for the parts it is cut into, in sequence.
"""

import re

_SEPARATORS = re.compile(r"[\W_]+")


def cut(text: str) -> list[str]:
    """The words in a text, in lower case."""
    return [word for word in _SEPARATORS.split(text.lower()) if word]


def words(query: str) -> str:
    """A `tsquery` that wants every word; a word that ends in `*` is a prefix."""
    wanted = []
    for word in query.split():
        parts = [part for part in _SEPARATORS.split(word) if part]
        if parts:
            wanted.append(" <-> ".join(parts) + (":*" if word.endswith("*") else ""))
    return " & ".join(f"({phrase})" for phrase in wanted)
