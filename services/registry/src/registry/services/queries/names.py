"""Names in the arguments of calls: packages, perhaps by pattern, at a revision, and patterns of paths."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from typing import Self

from registry.errors import SqlRefused
from shared.queries.types import SourceCall
from shared.quilt.keys import LATEST
from shared.quilt.names import is_package_name

MAX_NAME_CHARACTERS = 1_000
MAX_PATTERN_CHARACTERS = 1_000
MAX_PATTERN_PARTS = 50
_WILD = re.compile(r"[*?\[]")
_ANY_FOLDERS = "**"


@dataclass(frozen=True, slots=True)
class PackageRef:
    """A package, or with `*`, `?` or `[…]` in its name several, at a revision."""

    bucket: str
    name: str
    reference: str

    @property
    def is_pattern(self) -> bool:
        return _WILD.search(self.name) is not None

    @property
    def fixed_start(self) -> str:
        """The beginning of the names of all packages."""
        found = _WILD.search(self.name)
        return self.name[: found.start()] if found else self.name

    def matches(self, name: str) -> bool:
        author, _, rest = self.name.partition("/")
        found_author, _, found_rest = name.partition("/")
        return _matches(author, found_author) and _matches(rest, found_rest)


def parse_package_ref(call: SourceCall) -> PackageRef:
    """From `bucket/author/name@revision`. Raises SqlRefused."""
    text = call.arguments[0]
    place, _, reference = text.partition("@")
    bucket, _, name = place.partition("/")
    ref = PackageRef(bucket, name, reference or LATEST)
    is_named = name.count("/") == 1 and all(name.split("/"))
    if len(text) > MAX_NAME_CHARACTERS or not bucket or _WILD.search(bucket) or not is_named:
        raise SqlRefused(f"{text[:100]!r} is no package: write 'bucket/author/name@revision'", position=call.position)
    if ref.is_pattern and ref.reference != LATEST:
        raise SqlRefused(
            f"{text[:100]!r}: a pattern names the latest revisions. Leave out @{ref.reference[:64]}",
            position=call.position,
        )
    if not ref.is_pattern and not is_package_name(name):
        raise SqlRefused(f"{name[:100]!r} is no name of a package", position=call.position)
    return ref


class PathPattern:
    """A pattern of logical keys: `*` and `?` stand for characters of a name, `[…]` for one of several, `**` for any folders.

    Each name is matched alone, so a pattern takes time in proportion to the length of a path, and to its own.
    """

    def __init__(self, text: str) -> None:
        """Raises ValueError."""
        parts = text.strip("/").split("/")
        if not text.strip("/") or len(text) > MAX_PATTERN_CHARACTERS or len(parts) > MAX_PATTERN_PARTS:
            raise ValueError(
                f"a pattern has 1 to {MAX_PATTERN_CHARACTERS:,} characters and up to {MAX_PATTERN_PARTS} parts"
            )
        self.text = "/".join(parts)
        self._parts = parts
        self._is_path = _WILD.search(self.text) is None
        self._names = [None if part == _ANY_FOLDERS else re.compile(translate(part), re.DOTALL) for part in parts]

    @classmethod
    def of_path(cls, path: str) -> Self:
        """A pattern of this path alone, whatever characters it has."""
        made = cls("x")
        made.text, made._is_path = path.strip("/"), True
        return made

    @property
    def is_path(self) -> bool:
        """It names one path."""
        return self._is_path

    @cached_property
    def folder(self) -> str:
        """The folder in which everything lies that it matches; empty for the root."""
        fixed: list[str] = []
        for part in self._parts[:-1]:
            if _WILD.search(part):
                break
            fixed.append(part)
        return "/".join(fixed)

    def matches(self, path: str) -> bool:
        reached = {0}
        last = len(self._names)
        for name in path.split("/"):
            following: set[int] = set()
            for at in self._spread(reached):
                if at == last:
                    continue
                pattern = self._names[at]
                if pattern is None:
                    following.add(at)
                elif pattern.match(name):
                    following.add(at + 1)
            if not following:
                return False
            reached = following
        return last in self._spread(reached)

    def _spread(self, reached: set[int]) -> set[int]:
        """Positions in the pattern with those behind `**`, which may stand for no folder."""
        spread = set(reached)
        for at in sorted(reached):
            while at < len(self._names) and self._names[at] is None:
                at += 1  # noqa: PLW2901 – the position moves on
                spread.add(at)
        return spread


def path_pattern(call: SourceCall) -> PathPattern:
    """Raises SqlRefused."""
    try:
        return PathPattern(call.arguments[1])
    except (ValueError, re.error) as error:
        raise SqlRefused(f"{call.arguments[1][:100]!r}: {error}", position=call.position) from error


def call_text(call: SourceCall) -> str:
    """The call as the statement could have it. Equal calls have equal texts."""
    texts = [_quoted(argument) for argument in call.arguments]
    texts += [f"{name} := {_quoted(value)}" for name, value in sorted(call.options.items())]
    return f"{call.function}({', '.join(texts)})"


def _quoted(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def _matches(pattern: str, name: str) -> bool:
    return re.compile(translate(pattern), re.DOTALL).match(name) is not None
