"""The documentation's pages: their steps, and a walker who types them.

A comment before a fenced block says what it is; readers do not see it:

    <!-- walk -->            typed as it stands, must succeed (`sh`, `python`, `r`)
    <!-- walk: start -->     the same, for a command that runs until it is interrupted
    <!-- walk: interrupt --> no block: Ctrl-C for the command that was started last
    <!-- prints -->          text that the block before must print; `…` stands for anything
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from localrun.child_processes import before_exec

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
START_SECONDS = 600
PORTS = {"CATALOG": 3000, "REGISTRY": 5000, "S3": 5001, "S3PROXY": 5002, "PACKAGES": 5003}
"""The ports that pages have in their addresses."""
_INTERPRETERS = {"sh": ".", "python": "python", "r": "Rscript"}
_STEP = re.compile(
    r"^<!-- (?P<kind>walk|walk: start|prints) -->\n```(?P<language>\w+)\n(?P<text>.*?)^```$"
    r"|^<!-- (?P<mark>walk: interrupt) -->$",
    re.MULTILINE | re.DOTALL,
)


class Strayed(AssertionError):
    """A command failed, or printed something else than the page says."""


@dataclass(frozen=True)
class Step:
    kind: str
    language: str
    text: str
    printed: tuple[str, ...] = ()
    """Texts that its output must contain."""


def steps(page: Path) -> list[Step]:
    return steps_in(page.read_text())


def steps_in(text: str) -> list[Step]:
    found: list[Step] = []
    for match in _STEP.finditer(text):
        kind, language, block = match["kind"] or match["mark"], match["language"] or "", match["text"] or ""
        if kind == "prints":
            last = found.pop()
            found.append(replace(last, printed=(*last.printed, block)))
        else:
            found.append(Step(kind, language, block))
    return found


def pages_in(*folders: str) -> list[Path]:
    """Pages below `docs` with something to be typed, by the name of their folder."""
    return sorted(page for page in DOCS.rglob("*.md") if page.parent.name in folders and steps(page))


def name_of(page: Path) -> str:
    return str(page.relative_to(DOCS))


def addresses_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The addresses that pages have, and those of the system with this environment."""
    return {f"localhost:{port}": f"localhost:{environment[f'PATCHWORK_{name}_PORT']}" for name, port in PORTS.items()}


def matches(expected: str, output: str) -> bool:
    """True if the lines stand in the output, one after the other; `…` is anything, within a line or in place of lines."""
    lines = [_line(line) for line in expected.rstrip("\n").splitlines()]
    return re.search("^" + "".join(lines), output.rstrip("\n") + "\n", re.MULTILINE) is not None


def _line(line: str) -> str:
    if line.strip() == "…":
        return r"(?:.*\n)*?"
    return r"[^\n]*".join(re.escape(part) for part in line.rstrip().split("…")) + r" *\n"


@dataclass
class Walker:
    """Types a page's commands into one shell."""

    folder: Path
    environment: dict[str, str]
    instead: Mapping[str, str] = field(default_factory=dict)
    """Texts of the page, and their replacements: addresses of another system."""
    by_hand: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Commands that need a person."""
    _shell: subprocess.Popen[str] = field(init=False)
    _started: list[tuple[subprocess.Popen[bytes], Path]] = field(default_factory=list)

    def walk(self, page: Path, *before: Step) -> int:
        """The number of the page's steps."""
        taken = steps(page)
        self.take_steps(*before, *taken)
        return len(taken)

    def take_steps(self, *taken: Step) -> None:
        with self._open_shell():
            try:
                for step in taken:
                    self._take(step)
            finally:
                while self._started:
                    self._interrupt()

    @contextmanager
    def _open_shell(self) -> Iterator[None]:
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=before_exec(),
        )
        with self._shell:
            yield
            self._shell.kill()

    def _take(self, step: Step) -> None:
        text = self.here(step.text)
        if step.kind == "walk: interrupt":
            self._interrupt()
        elif step.kind == "walk: start":
            self._start(text, step)
        elif text.strip() in self.by_hand:
            self._compare(step, self.by_hand[text.strip()]())
        else:
            self._compare(step, self._type(text, step.language))

    def here(self, text: str) -> str:
        for said, meant in self.instead.items():
            text = text.replace(said, meant)
        return text

    def _type(self, text: str, language: str) -> str:
        end = uuid4().hex
        file = self.folder / f".step-{end}"
        file.write_text(text)
        run = f"{_INTERPRETERS[language]} {file}"
        assert self._shell.stdin
        assert self._shell.stdout
        self._shell.stdin.write(f"set -eo pipefail; {{ {run}; }} </dev/null; set +e; echo; echo {end}\n")
        self._shell.stdin.flush()
        said = ""
        for line in self._shell.stdout:
            if line.strip() == end:
                file.unlink()
                return said
            said += line
        raise Strayed(f"This failed:\n{text}\n{said}")

    def _start(self, text: str, step: Step) -> None:
        log = self.folder / f".started-{len(self._started)}"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"cd {self._type('pwd', 'sh').strip()}; exec {text.strip()}"],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=before_exec(),
                start_new_session=True,
            )
        self._started.append((process, log))
        deadline = time.monotonic() + START_SECONDS
        while not all(matches(self.here(expected), log.read_text(errors="replace")) for expected in step.printed):
            if process.poll() is not None or time.monotonic() > deadline:
                self._compare(step, log.read_text(errors="replace"))
            time.sleep(0.3)

    def _interrupt(self) -> None:
        process, _ = self._started.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)

    def _compare(self, step: Step, output: str) -> None:
        for expected in step.printed:
            if not matches(self.here(expected), output):
                raise Strayed(f"{step.text}\nshould print\n\n{self.here(expected)}\nbut printed\n\n{output}")
