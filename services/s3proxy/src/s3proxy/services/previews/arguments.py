"""Parameters of addresses as arguments of readers. Pure; raises Invalid."""

import re

from shared.errors import Invalid
from shared.readers.queries import MAX_THUMBNAIL_PIXELS, Region

MAX_CHANNELS = 16

_REGION = re.compile(r"(\d{1,9}),(\d{1,9}),([1-9]\d{0,8}),([1-9]\d{0,8})")
_SIZE = re.compile(r"(\d{1,4})|w(\d{1,4})h(\d{1,4})")


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from `256` or `w256h256`."""
    found = _SIZE.fullmatch(text)
    width, height = (int(found[1] or found[2]), int(found[1] or found[3])) if found else (0, 0)
    if not (1 <= width <= MAX_THUMBNAIL_PIXELS and 1 <= height <= MAX_THUMBNAIL_PIXELS):
        raise Invalid(f"size must be a number from 1 to {MAX_THUMBNAIL_PIXELS}, or w…h… with two of them")
    return width, height


def parse_region(text: str) -> Region:
    found = _REGION.fullmatch(text)
    if not found:
        raise Invalid("region must be left,top,width,height in pixels of the whole picture")
    return Region(*map(int, found.groups()))


def parse_channels(text: str) -> list[int]:
    numbers = text.split(",")
    if len(numbers) > MAX_CHANNELS or not all(re.fullmatch(r"[0-9]{1,4}", number) for number in numbers):
        raise Invalid(f"channels must be at most {MAX_CHANNELS} numbers from 0 on, separated by commas")
    return [int(number) for number in numbers]
