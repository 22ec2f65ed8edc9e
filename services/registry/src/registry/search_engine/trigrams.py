"""Substrings of names by trigrams: each run of three characters is a term with its position.

A piece of a pattern is found as a phrase of its trigrams, exactly and without looking at the name. Sentinels at both ends
anchor the first and the last piece, and let every character of a name begin a trigram.
"""

from shared.index.search.words import fold

START, END = "\x02", "\x03"
LENGTH = 3

_SPACES = {
    ord(space): 0xF0000 + number
    for number, space in enumerate(
        "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        "\u2028\u2029\u202f\u205f\u3000"
    )
}
"""White space becomes characters for private use, since terms are separated by spaces."""


def trigrams(folded: str) -> str:
    """The trigrams of a folded name in order, separated by spaces."""
    text = f"{START}{_without_spaces(folded)}{END}{END}"
    count = len(text) - LENGTH + 1
    if not text.isascii():
        return " ".join([text[at : at + LENGTH] for at in range(count)])
    characters, made = text.encode(), bytearray(b" " * (count * (LENGTH + 1) - 1))
    for place in range(LENGTH):
        made[place :: LENGTH + 1] = characters[place : place + count]
    return made.decode()


def written(name: str) -> str:
    """The name as its trigrams have it."""
    return _without_spaces(fold(name))


def _without_spaces(folded: str) -> str:
    # White space is not printable, but for the space itself.
    return folded if folded.isprintable() and " " not in folded else folded.translate(_SPACES)


def spaced(piece: str) -> list[tuple[int, str]]:
    """As few trigrams of a piece, with their positions, as cover it. The piece has at least three characters."""
    last = len(piece) - LENGTH
    places = [*range(0, last, LENGTH), last]
    return [(at, piece[at : at + LENGTH]) for at in places]
