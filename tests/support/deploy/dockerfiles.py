"""Dockerfiles, as far as ours go: stages, instructions, and which files of the repository they may see."""

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from localrun.paths import ROOT

IMAGES = ROOT / "deploy" / "images"
SERVICE, CATALOG = IMAGES / "service.Dockerfile", IMAGES / "catalog.Dockerfile"


@dataclass(frozen=True)
class Instruction:
    name: str
    value: str

    @property
    def options(self) -> dict[str, str]:
        """Options such as `--from=build`."""
        return dict(re.findall(r"--([a-z-]+)=(\S+)", self.value.partition("[")[0]))

    @property
    def words(self) -> list[str]:
        return [word for word in shlex.split(self.value) if not word.startswith("--")]

    @property
    def command(self) -> list[str]:
        """Arguments of CMD, ENTRYPOINT and HEALTHCHECK, which must be in exec form."""
        found: list[str] = json.loads(self.value[self.value.index("[") :])
        return found

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of ENV and LABEL."""
        return [(name, value) for name, _, value in (word.partition("=") for word in self.words)]


@dataclass
class Stage:
    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [each for each in self.instructions if each.name == name]

    def last(self, name: str) -> Instruction:
        return self.all(name)[-1]


def stages_of(dockerfile: Path) -> list[Stage]:
    found: list[Stage] = []
    for name, value in _lines(dockerfile):
        if name == "FROM":
            base, *rest = value.split()
            found.append(Stage(base, rest[1] if rest else ""))
        else:
            found[-1].instructions.append(Instruction(name, value))
    return found


def _lines(dockerfile: Path) -> Iterator[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE)
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            name, _, value = line.strip().partition(" ")
            yield name, value.strip()


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: values[found[1] or found[2]], text)


class Context:
    """Files of the repository that the Dockerfile's own .dockerignore lets through."""

    def __init__(self, dockerfile: Path) -> None:
        lines = dockerfile.with_name(f"{dockerfile.name}.dockerignore").read_text().splitlines()
        self._patterns = [line for line in lines if line]

    def sees(self, path: str) -> bool:
        """Return whether a path is let through: the last pattern that matches it or a directory above decides."""
        seen = True
        for pattern in self._patterns:
            bare = pattern.removeprefix("!")
            if any(
                fnmatch(str(each), bare) or (bare.startswith("**/") and each.name == bare[3:]) for each in _up(path)
            ):
                seen = pattern.startswith("!")
        return seen

    def files(self, source: str) -> list[Path]:
        """Files of a source of COPY, relative to the root of the repository."""
        start = ROOT / source
        found = [start] if start.is_file() else self._walk(start)
        return [each.relative_to(ROOT) for each in found if self.sees(each.relative_to(ROOT).as_posix())]

    def _walk(self, start: Path) -> Iterator[Path]:
        for directory, below, names in os.walk(start):
            here = Path(directory)
            below[:] = [name for name in below if self.sees((here / name).relative_to(ROOT).as_posix())]
            yield from (here / name for name in names)


def _up(path: str) -> list[PurePosixPath]:
    pure = PurePosixPath(path)
    return [pure, *pure.parents][:-1]


def arguments_of(stage: Stage, given: Mapping[str, str]) -> dict[str, Any]:
    """Values of a stage's ARGs: those given, or their defaults."""
    declared = [each.value.partition("=") for each in stage.all("ARG")]
    return {name: given.get(name, default) for name, _, default in declared}
