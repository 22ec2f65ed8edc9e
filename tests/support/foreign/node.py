"""Node to test with: the machine's, else the one that `make` installs."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from support.environments import is_made

OWN = Path(__file__).resolve().parents[3] / ".venvs" / "node" / "bin" / "node"
NEEDED = (20, 19)


@cache
def find_node() -> str | None:
    found = shutil.which("node")
    if found and _version(found) >= NEEDED:
        return found
    return str(OWN) if is_made("node") and _version(str(OWN)) >= NEEDED else None


def _version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])
