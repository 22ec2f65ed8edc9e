"""A Chromium to test with: the machine's, else Debian's."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """`PATCHWORK_CHROMIUM` or what is installed; as root on Debian it is installed when it is not."""
    found = os.environ.get("PATCHWORK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", *arguments], env=environment, capture_output=True, check=False, timeout=600)
        if done.returncode != 0:
            return None
    return shutil.which("chromium")
