"""Colours that installations choose for the catalog, and what makes them legible."""

from typing import NamedTuple

COLOUR = "^(#[0-9a-fA-F]{6})?$"
MIN_CONTRAST = 4.5
"""Contrast of text (WCAG 2.2, criterion 1.4.3)."""
SOFT_SHARE = 0.12
"""Share of the accent in the background of chosen things; the rest is the surface. The catalog mixes it in the same way."""


class PageColours(NamedTuple):
    """Colours of the catalog (`catalog/src/styles/tokens.css`) on which the accent is text, and the colour of text on the accent."""

    surface: str
    others: tuple[str, ...]
    on_accent: str


LIGHT_PAGE = PageColours("#ffffff", ("#f8f7f4", "#f3f1ed", "#f5f3ef"), "#ffffff")
DARK_PAGE = PageColours("#191d21", ("#121518", "#15181c", "#20262b"), "#06201f")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((_luminance(_channels(one)), _luminance(_channels(other))))
    return (light + 0.05) / (dark + 0.05)


def check_accent(accent: str, page: PageColours) -> None:
    """Raises ValueError with the background or text from which the accent stands out too little."""
    soft = _mixed(accent, page.surface)
    for background in (page.surface, *page.others, soft):
        _check(contrast(accent, background), f"text in {accent} on {background}")
    _check(contrast(page.on_accent, accent), f"text in {page.on_accent} on {accent}")


def _check(ratio: float, place: str) -> None:
    if ratio < MIN_CONTRAST:
        raise ValueError(f"{place} has a contrast of {ratio:.2f}:1; it must be at least {MIN_CONTRAST}:1")


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _luminance(channels: tuple[int, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in channels)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(accent: str, surface: str) -> str:
    pairs = zip(_channels(accent), _channels(surface), strict=True)
    return "#" + bytes(round(a * SOFT_SHARE + b * (1 - SOFT_SHARE)) for a, b in pairs).hex()
