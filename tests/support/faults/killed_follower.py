"""`python -m support.faults.killed_follower`: followers that kill themselves, as if by `kill -9`, at a chosen step.

For each number that it reads it starts a follower, whose settings are in the environment, and writes `killed` or `followed` when that
has ended. Steps are the beginning and the end of each call that changes the directory. Followers are forked, because most of the
time for which one runs is taken by its imports.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from typing_extensions import override

from registry.follower.directory import IndexDirectory, Origin
from registry.follower.opening import directory_of, open_follower, open_index_writer
from registry.follower.status import FollowerState, FollowerStatus
from registry.search_engine.schema import FORMAT
from registry.settings import FollowerSettings

WRITES = {"apply", "remove_entries", "commit", "close"}
"""Methods of the writer that are steps."""


class StepsLeft:
    def __init__(self, count: int) -> None:
        self._count = count

    def step(self) -> None:
        if self._count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._count -= 1


class SteppingDirectory(IndexDirectory):
    def __init__(self, root: Path, steps: StepsLeft) -> None:
        super().__init__(root, FORMAT)
        self._steps = steps

    @override
    def begin(self, origin: Origin) -> None:
        self._steps.step()
        super().begin(origin)
        self._steps.step()

    @override
    def remove_index(self) -> None:
        self._steps.step()
        super().remove_index()
        self._steps.step()


class SteppingWriter:
    def __init__(self, directory: Path, steps: StepsLeft) -> None:
        steps.step()
        self._writer = open_index_writer(directory)
        steps.step()
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._writer, name)
        if name not in WRITES:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._steps.step()
            answer = found(*arguments, **named)
            self._steps.step()
            return answer

        return call


async def follow(settings: FollowerSettings, steps: StepsLeft) -> None:
    """Follow until all changes are there."""
    stopping = asyncio.Event()

    def note(status: FollowerStatus) -> None:
        if status.state is FollowerState.FOLLOWING:
            stopping.set()

    with directory_of(settings.search).locked():
        async with open_follower(settings) as follower:
            follower.directory = SteppingDirectory(settings.search.directory, steps)
            follower.open_writer = lambda directory: SteppingWriter(directory, steps)
            follower.report = note
            await follower.run(stopping)


def main() -> None:
    settings = FollowerSettings()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # logs
            asyncio.run(follow(settings, StepsLeft(int(line))))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        outcomes = {0: "followed", int(signal.SIGKILL): "killed"}
        sys.stdout.write(f"{outcomes.get(status, f'failed with {status}')}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
