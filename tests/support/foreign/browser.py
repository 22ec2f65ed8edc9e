"""A Chromium to test with: the machine's, else Debian's, else npm's. `python -m support.foreign.browser` installs it if there is none."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.foreign.node import OWN, find_node

from localrun.testing import locked

ROOT = Path(__file__).resolve().parents[3]
NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""The same browser without its window comes first: it needs half the computing."""
PACKED = ROOT / "tests" / "chromium"
UNPACKED = ROOT / ".state" / "chromium"
FROM_NPM = "npm"


def find_chromium() -> str | None:
    """`PATCHWORK_CHROMIUM` (a path, or `npm`) or what is installed; else it is installed."""
    chosen = os.environ.get("PATCHWORK_CHROMIUM", "")
    installed = None if chosen == FROM_NPM else chosen or next(filter(None, map(shutil.which, NAMES)), None)
    if installed:
        return installed
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with locked(UNPACKED.with_suffix(".lock")):
        return (None if chosen == FROM_NPM else _from_debian()) or _from_npm()


def _from_debian() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", NAMES[0]]):
        if not _runs(["apt-get", *arguments], env=environment):
            return None
    return shutil.which(NAMES[0])


def _from_npm() -> str | None:
    """Unpacked once; its own libraries are for machines that lack them."""
    found = UNPACKED / "chromium"
    if not found.exists() and not _unpacked():
        return None
    if _runs([found, "--version"]):
        return str(found)
    wrapped = UNPACKED / "with-libraries"
    wrapped.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{UNPACKED}/al2023/lib" exec "{found}" "$@"\n')
    wrapped.chmod(0o755)
    return str(wrapped) if _runs([wrapped, "--version"]) else None


def _unpacked() -> bool:
    node, npm = find_node(), shutil.which("npm") or str(OWN.with_name("npm"))
    if node is None:
        return False
    environment = {**os.environ, "PATH": f"{Path(node).parent}:{os.environ['PATH']}", "TMPDIR": str(UNPACKED)}
    installed = _runs([npm, "ci", "--silent", "--no-progress"], cwd=PACKED, env=environment)
    return installed and _runs([node, PACKED / "unpack.js"], env=environment)


def _runs(command: Sequence[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False, timeout=600)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    find_chromium()
