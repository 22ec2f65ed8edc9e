import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from support.processes import command_line

from shared.sandbox.families import WorkerFamily
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

TESTS = Path(__file__).resolve().parents[2]
REQUIRED = sys.platform == "linux"
"""The tests' readers must be locked in."""
HOSTILE = WorkerFamily("support.sandbox.hostile_family", (str(TESTS),))


@asynccontextmanager
async def open_hostile_pool(**settings: object) -> AsyncIterator[SandboxPool]:
    """A pool whose readers attack, without spare workers unless they are asked for. `hostile` and `other` are the same family under two names."""
    async with SandboxPool(
        SandboxSettings.model_validate({"required": REQUIRED, "spare_workers": 0, **settings}),
        {"hostile": HOSTILE, "other": HOSTILE},
    ) as pool:
        yield pool


_kept_by_others: set[int] = set()
"""Process ids of workers that pools of other tests keep in this process."""


def overlook_workers() -> None:
    """Leave out of `workers` those that run now."""
    _kept_by_others.update(each.pid for each in workers())


def workers(parent: int | None = None) -> list[psutil.Process]:
    """Workers of a process, of this one by default."""
    running = (each for each in psutil.Process(parent).children() if each.pid not in _kept_by_others)
    return [each for each in running if "shared.sandbox.worker" in command_line(each)]
