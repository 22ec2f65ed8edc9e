"""Node to test with: the machine's, else the one that `make` installs."""

import shutil
import subprocess
from pathlib import Path

OWN = Path(__file__).resolve().parents[3] / ".venvs" / "node" / "bin" / "node"
NEEDED = (20, 19)


def find_node() -> str | None:
    return next((node for node in (shutil.which("node"), str(OWN)) if node and _version(node) >= NEEDED), None)


def _version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])
