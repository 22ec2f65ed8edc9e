"""Reads of the check before an upgrade (`shared.upgrade`). Its code is newer than the schema, so it names only what all versions have."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_QUEUES = {"Pushes": "registry.job", "Queries": "registry.query"}


async def count_waiting_work(connection: AsyncConnection) -> dict[str, int]:
    """Pushes and queries that wait or run, by name."""
    counts = {}
    for name, table in _QUEUES.items():
        if await connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is not None:
            waiting = text(f"SELECT count(*) FROM {table} WHERE state IN ('queued', 'running')")  # noqa: S608 – a constant
            counts[name] = int(await connection.scalar(waiting) or 0)
    return counts
