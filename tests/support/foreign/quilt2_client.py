"""The command line client of Quilt 2, as a user runs it."""

import json
import re
from pathlib import Path

from support.worlds.system import ROOT, Api, Client

PYTHON = ROOT / ".venvs" / "quilt2" / "bin"
ACTS = ROOT / "tests" / "support" / "foreign" / "quilt2_acts.py"


class Quilt2Client(Client):
    def quilt(self, *arguments: str | Path, stdin: str = "", fails: bool = False) -> str:
        done = self.attempt("quilt", *arguments, stdin=stdin)
        assert bool(done.returncode) is fails, f"quilt {arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def configured(self, api: Api | None = None) -> "Quilt2Client":
        self.quilt("config", stdin=f"{self.system.registry}\n")
        if api:
            self.quilt("login", stdin=f"{api.code()}\n")
        return self

    def found(self, package: str) -> dict[str, str]:
        done = self.attempt("python", ACTS, package)
        assert done.returncode == 0, done.stderr
        read: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
        return read

    def hash_of(self, package: str) -> str:
        return str(re.findall(r"\b[0-9a-f]{64}\b", self.quilt("log", package))[0])

    def recording(self, lines: Path | None = None) -> Path:
        """Record its requests from now on, and return the file that they are in."""
        if lines is None:
            lines = self.home / "requests.jsonl"
            lines.unlink(missing_ok=True)
        bootstrap = str(ROOT / "tests" / "support" / "foreign" / "bootstrap")
        self.environment |= {"PYTHONPATH": bootstrap, "QUILT_TEST_RECORD": str(lines)}
        return lines
