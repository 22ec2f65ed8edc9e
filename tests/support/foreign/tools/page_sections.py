"""The sections of docs/use/tools.md: each is typed by itself, after the section that makes the keys.

`<!-- needs: PROGRAM -->` in a section names a program without which it is not typed.
"""

import re
from dataclasses import dataclass

from support.docs.pages import DOCS, Step, steps_in

PAGE = DOCS / "use" / "tools.md"
KEYS = "Keys"
"""Title of the section that is typed before every other one."""


@dataclass(frozen=True)
class Section:
    title: str
    steps: tuple[Step, ...]
    needs: tuple[str, ...]


def sections() -> list[Section]:
    """Sections with something to be typed."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(), flags=re.MULTILINE)[1:]
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    keys = steps_in(texts[KEYS])
    return [
        Section(title, (*keys, *steps_in(text)), tuple(re.findall(r"<!-- needs: (\S+) -->", text)))
        for title, text in texts.items()
        if title != KEYS and steps_in(text)
    ]
