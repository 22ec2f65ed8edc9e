"""Serves an app with as many processes as the settings of its service say: `python -m shared.web.serving registry.main:create_app`.

Options and `UVICORN_…` variables are those of uvicorn. `REGISTRY_WORKERS` is the number of processes of the registry. They
accept connections at the same socket; one that ends is started again.
"""

import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uvicorn.main import main as uvicorn_command

DIRECTORY_VARIABLE = "PATCHWORK_WORKER_DIRECTORY"
"""Names the directory that the processes share. `shared.web.workers` has the other side."""
PARENT_FILE = "parent"
"""The file in it with the id of the process that starts the others."""
_APP = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def workers_of(app: str) -> int:
    """Number of processes for `registry.main:create_app`, from `REGISTRY_WORKERS`."""
    service = re.split("[.:]", app)[0]
    return int(os.environ.get(f"{service.upper()}_WORKERS") or 1)


@contextmanager
def worker_directory() -> Iterator[None]:
    """A directory that the processes find in their environment. It is removed at the end."""
    directory = tempfile.mkdtemp(prefix="patchwork-")
    os.environ[DIRECTORY_VARIABLE] = directory
    Path(directory, PARENT_FILE).write_text(str(os.getpid()))
    # uvicorn handles the signal itself while processes run. Before and after that, the directory must go as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    app = next(filter(_APP.fullmatch, sys.argv[1:]), os.environ.get("UVICORN_APP", ""))
    workers = workers_of(app)
    if workers == 1:
        uvicorn_command()
        return
    os.environ["WEB_CONCURRENCY"] = str(workers)
    with worker_directory():
        uvicorn_command()


if __name__ == "__main__":
    main()
