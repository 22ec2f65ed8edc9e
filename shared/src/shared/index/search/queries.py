"""Splits text into words: one rule for the text that is indexed and for the text that is searched."""

import re

_SEPARATORS = re.compile(r"[\W_]+")


def cut(text: str) -> list[str]:
    """The words of a text in lower case. Everything except letters and digits separates words."""
    return [word for word in _SEPARATORS.split(text.lower()) if word]
