"""Scripts in a client's own Python without the second that its libraries take to load: see `act_server.py`."""

import atexit
import json
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from itertools import count
from pathlib import Path

SERVER = Path(__file__).with_name("act_server.py")
STARTING = threading.Lock()


class ActServer:
    """One process, used by any number of threads. It ends when this process does."""

    def __init__(self, programs: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="acts-")
        self._process = subprocess.Popen(
            [programs / "python", SERVER],
            env={"HOME": self._folder.name, "PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._numbers = count()
        self._running: dict[int, Future[int]] = {}
        self._sending = threading.Lock()
        threading.Thread(target=self._take_answers, daemon=True).start()
        atexit.register(self.close)

    def run(
        self,
        script: Path,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        stdin: str,
        seconds: float,
    ) -> subprocess.CompletedProcess[str]:
        """Raises TimeoutError, and EOFError when the server does not run."""
        number, ended = next(self._numbers), Future[int]()
        files = {name: Path(self._folder.name) / f"{number}.{name}" for name in ("stdin", "stdout", "stderr")}
        for name, file in files.items():
            file.write_text(stdin if name == "stdin" else "", encoding="utf-8")
        self._running[number] = ended
        asked = {
            "number": number,
            "script": str(script),
            "arguments": list(arguments),
            "environment": dict(environment),
            "directory": str(directory),
            **{name: str(file) for name, file in files.items()},
        }
        assert self._process.stdin
        with self._sending:
            self._process.stdin.write(f"{json.dumps(asked)}\n")
            self._process.stdin.flush()
        status = ended.result(seconds)
        out, error = (files[name].read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess([script, *arguments], status, out, error)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()

    def _take_answers(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            number, status = json.loads(line)
            self._running.pop(number).set_result(status)
        for each in self._running.values():
            each.set_exception(EOFError("The server of acts has ended"))


def act_server(programs: Path) -> ActServer:
    """The server of these programs, started when it is first needed."""
    with STARTING:
        return _started(programs)


_started = cache(ActServer)
