"""Title and description of a package: from its metadata, else from its README."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_README_CHARACTERS = 4_000
"""Beginning of a README in which its heading and first paragraph are looked for."""
MAX_TITLE_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 600
_MAX_PLAIN_CHARACTERS = 1_500
"""Characters of a line or paragraph that are read: the time for marks that come in pairs grows with their square."""

_TITLES = ("title", "Title")
_DESCRIPTIONS = ("description", "Description")
_FRONT_MATTER = re.compile(r"\A﻿?---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_PICTURE = re.compile(r"!\[[^\]\n]*\](\([^)\n]*\)|\[[^\]\n]*\])")
_LINK = re.compile(r"\[([^\]\n]*)\](\([^)\n]*\)|\[[^\]\n]*\])")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_EMPHASIS = re.compile(r"(\*\*|__|[*`]|~~)(?=\S)(.+?)(?<=\S)\1")
_NOT_PROSE = re.compile(r"^\s*([-*+>|]|\d+[.)]\s|={3,}|-{3,}|\.\. |:::)")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class PackageLabel:
    title: str | None
    """Absent where only the name says what it is."""
    description: str | None


def package_label(meta: Mapping[str, Any] | None, readme: str) -> PackageLabel:
    """The title and description that a package's metadata gives, else the first heading and paragraph of its README."""
    heading, paragraph = _beginning(readme[:MAX_README_CHARACTERS])
    return PackageLabel(
        _cut(_text_at(meta, _TITLES) or heading, MAX_TITLE_CHARACTERS),
        _cut(_text_at(meta, _DESCRIPTIONS) or paragraph, MAX_DESCRIPTION_CHARACTERS),
    )


def _text_at(meta: Mapping[str, Any] | None, keys: tuple[str, ...]) -> str:
    found = (meta.get(key) for key in keys) if meta else ()
    return next((_SPACE.sub(" ", each).strip() for each in found if isinstance(each, str) and each.strip()), "")


def _beginning(readme: str) -> tuple[str, str]:
    """The first heading and the first paragraph of Markdown, as plain text; empty where there is none."""
    text = _FENCE.sub("", _COMMENT.sub("", _FRONT_MATTER.sub("", readme.replace("\r\n", "\n"))))
    heading = ""
    paragraph: list[str] = []
    for line in text.split("\n"):
        found = _HEADING.match(line)
        if _UNDERLINE.match(line) and len(paragraph) == 1:
            heading, paragraph = heading or _plain(paragraph[0]), []
        elif found:
            if paragraph:
                break
            heading = heading or _plain(found[1])
        elif _plain(line) and not _NOT_PROSE.match(line):
            paragraph.append(line)
        elif paragraph:
            break
    return heading, _plain(" ".join(paragraph))


def _plain(line: str) -> str:
    """Text without the marks of Markdown and HTML."""
    text = _LINK.sub(r"\1", _PICTURE.sub("", line[:_MAX_PLAIN_CHARACTERS]))
    text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _TAG.sub("", text)))
    return _SPACE.sub(" ", text).strip()


def _cut(text: str, characters: int) -> str | None:
    if len(text) <= characters:
        return text or None
    return f"{text[:characters].rsplit(' ', 1)[0]}…"
