"""Repetition of an import's steps while S3, `auth` or a database does not respond."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shared.errors import Unavailable

Result = TypeVar("Result")

RETRY_PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 60.0, 60.0, 60.0)
"""Pauses before the repetitions of one step: five minutes. An outage that lasts longer ends the run, which can be repeated."""

ReportOutage = Callable[[str, float], None]
"""Takes the reason, and the seconds until the next try."""


async def outlast_outages(
    step: Callable[[], Awaitable[Result]], pauses: Sequence[float], report_outage: ReportOutage
) -> Result:
    """The step's result. The step is repeated while it raises Unavailable, which is raised after the last repetition."""
    for seconds in pauses:
        try:
            return await step()
        except Unavailable as error:
            report_outage(str(error), seconds)
            await asyncio.sleep(seconds)
    return await step()
