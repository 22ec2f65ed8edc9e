"""From what people type to what Postgres searches, and the other way round: one rule for both sides.

Text is cut at everything but letters and digits.
"""

import re

_SEPARATORS = re.compile(r"[\W_]+")


def cut(text: str) -> list[str]:
    """The words in a text, in lower case."""
    return [word for word in _SEPARATORS.split(text.lower()) if word]
