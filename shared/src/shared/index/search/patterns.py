"""Patterns with `*` and `?`, which are literal after a backslash."""

import re
from collections.abc import Iterator

from shared.index.search.words import fold


def pattern_characters(pattern: str) -> Iterator[tuple[str, bool]]:
    """The characters of a pattern without its escapes, and whether each is a wildcard."""
    characters = iter(pattern)
    for char in characters:
        if char == "\\":
            yield next(characters, "\\"), False
        else:
            yield char, char in "*?"


def folded_pattern(pattern: str) -> re.Pattern[str]:
    """Matches folded values."""
    made: list[str] = []
    literal = ""
    for char, is_wildcard in pattern_characters(pattern):
        if is_wildcard:
            made += [re.escape(fold(literal)), ".*" if char == "*" else "."]
            literal = ""
        else:
            literal += char
    return re.compile("".join([*made, re.escape(fold(literal))]), re.DOTALL)


def sql_pattern(pattern: str) -> str:
    """The pattern for LIKE in SQL."""
    wildcards = {"*": "%", "?": "_"}
    return "".join(
        wildcards[char] if is_wildcard else "\\" + char if char in "%_\\" else char
        for char, is_wildcard in pattern_characters(pattern)
    )
