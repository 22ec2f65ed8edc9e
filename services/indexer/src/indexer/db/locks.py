"""Advisory locks, held to the end of the transaction.

Who holds the lock of a thing may look at it in S3 and write what it saw; nobody else writes it meanwhile.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.engine import AsyncSession

_LOCK = text("SELECT pg_advisory_xact_lock(id) FROM unnest(:ids) AS id").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger))
)


def _id(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


async def lock_keys(session: AsyncSession, bucket: str, keys: Iterable[str]) -> None:
    """In one order everywhere, so that nobody waits in a circle."""
    await session.execute(_LOCK, {"ids": sorted({_id(f"key {bucket}/{key}") for key in keys})})


async def lock_package(session: AsyncSession, bucket: str, name: str) -> None:
    """For its pointers and its search document."""
    await session.execute(_LOCK, {"ids": [_id(f"package {bucket}/{name}")]})


async def try_scan_lock(session: AsyncSession, bucket: str) -> bool:
    return await _try(session, f"scan {bucket}")


async def lock_nodes_to_write(session: AsyncSession) -> None:
    """Shared by all who write nodes, until the manifest that refers to them is written as well."""
    await session.execute(text("SELECT pg_advisory_xact_lock_shared(:id)"), {"id": _id("nodes")})


async def try_lock_nodes_to_sweep(session: AsyncSession) -> bool:
    return await _try(session, "nodes")


async def _try(session: AsyncSession, name: str) -> bool:
    return bool(await session.scalar(text("SELECT pg_try_advisory_xact_lock(:id)"), {"id": _id(name)}))
