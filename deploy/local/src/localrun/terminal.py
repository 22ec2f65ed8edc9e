"""Output of `patchwork up` on the terminal."""

import contextlib
import re
import sys

from localrun.system import System

_COLOURS = (36, 33, 32, 35, 34, 31)
_ROUTINE = re.compile(r"\[(info|debug)\b|^LOG: |database system is (starting up|shutting down)")
_STARTUP_WARNING = re.compile(r"\[warning\b")
"""Warnings while the system starts: services do not reach each other yet."""
WIDTH = 9


class Terminal:
    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._started = self._stopping = False
        self._colour = sys.stdout.isatty()
        self._known: list[str] = []

    def stopping(self) -> None:
        """Hide the output of programs from here on, since they are being stopped."""
        self._stopping = True
        self.say("Stopping …")

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a closed terminal must not stop the system
            print(text, flush=True)

    def line(self, name: str, text: str) -> None:
        """Show a line of a program. Routine lines are shown only when verbose; the log files have all."""
        hidden = self._stopping or _ROUTINE.search(text) or (not self._started and _STARTUP_WARNING.search(text))
        if hidden and not self._verbose:
            return
        label = f"{name:<{WIDTH}}|"
        if self._colour:
            if name not in self._known:
                self._known.append(name)
            label = f"\033[{_COLOURS[self._known.index(name) % len(_COLOURS)]}m{label}\033[0m"
        self.say(f"{label} {text}")

    def table(self, system: System, sign_in: tuple[str, str], seconds: float) -> None:
        self._started = True
        urls = system.public_urls
        rows = [
            ("web catalog", urls["catalog"]),
            ("registry", urls["registry"]),
            ("S3", urls["s3"]),
            ("S3 proxy", urls["s3proxy"]),
            ("packages", urls["packages"]),
            ("sign-in", " / ".join(sign_in)),
            ("data, logs", f"{system.data}"),
        ]
        lines = "\n".join(f"  {label:<12} {value}" for label, value in rows)
        self.say(
            f"\nPatchwork is ready ({seconds:.1f} s). Ctrl-C stops it.\n\n{lines}\n\n"
            f"  export AWS_ENDPOINT_URL={urls['s3']}\n"
            f"  quilt3 config {urls['catalog']}\n"
            f"  quilt3 login\n\n"
            "  make demo, in another terminal, pushes real packages.\n"
        )
