"""A clock that tests can move, for single processes or for all processes of a system. Needs a C compiler; for a system, root too."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMPILER = shutil.which("cc")
OVERLAY = """
mkdir "$0/tmp" && mount -t tmpfs tmpfs "$0/tmp" && mkdir "$0/tmp/etc" "$0/tmp/work"
echo "$1" >"$0/tmp/etc/ld.so.preload"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/tmp/etc,workdir=$0/tmp/work" /etc
shift
exec "$@"
"""
"""Lets every program of a mount namespace load the library, also those whose environment others write."""


def may_overlay() -> bool:
    """Mounts can be made, which needs root."""
    asked = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return os.geteuid() == 0 and not subprocess.run(asked, capture_output=True, check=False).returncode


@dataclass(frozen=True)
class MovableClock:
    directory: Path

    @classmethod
    def make(cls, directory: Path) -> "MovableClock":
        directory.mkdir()
        made = cls(directory)
        made.move(0)
        source = Path(__file__).with_name("clock.c")
        assert COMPILER
        defined = f'-DOFFSET_FILE="{directory / "offset"}"'
        subprocess.run([COMPILER, "-shared", "-fPIC", "-O2", defined, "-o", made.library, source, "-ldl"], check=True)
        return made

    @property
    def library(self) -> Path:
        return self.directory / "clock.so"

    def move(self, seconds: int) -> None:
        """Set the clock ahead of the real one by the seconds, at once, for all processes that have it."""
        with (self.directory / "offset").open("r+b" if (self.directory / "offset").exists() else "wb") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))

    @property
    def for_a_process(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library)}

    @property
    def for_a_system(self) -> tuple[str | Path, ...]:
        """A command that becomes the one that follows it, which has the clock, as have all processes that it starts."""
        return ("unshare", "--mount", "sh", "-ec", OVERLAY, self.directory, self.library)
