"""Reads of the check before an upgrade (`shared.upgrade`). Its code is newer than the schema, so it names only what all versions have."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def find_client_versions(connection: AsyncConnection) -> set[str]:
    """Versions of quilt3 in the audit trail of 90 days."""
    if await connection.scalar(text("SELECT to_regclass('auth.audit')")) is None:
        return set()
    agents = text(
        "SELECT DISTINCT substring(user_agent FROM '^quilt-python/([0-9.]+)') FROM auth.audit "
        "WHERE at > now() - interval '90 days' AND user_agent LIKE 'quilt-python/%'"
    )
    return {str(each) for each in await connection.scalars(agents) if each}
