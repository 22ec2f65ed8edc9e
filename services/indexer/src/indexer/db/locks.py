"""Advisory locks, held to the end of the transaction.

Objects, pointers and small manifests are read in S3 without a lock: a worker locks them to write, and reads again what others have
written or removed since. A manifest that is read alone is locked before that, so that two workers do not read it.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.engine import AsyncSession

_LOCK = text("SELECT pg_advisory_xact_lock(id) FROM unnest(:ids) AS id").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger))
)
_TRY_LOCK = text("SELECT id, pg_try_advisory_xact_lock(id) AS is_locked FROM unnest(:ids) AS id").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger))
)


def _id(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


async def lock_keys(session: AsyncSession, bucket: str, keys: Iterable[str]) -> None:
    """Lock keys, in the same order everywhere so that there is no deadlock."""
    await session.execute(_LOCK, {"ids": sorted({_id(f"key {bucket}/{key}") for key in keys})})


async def try_lock_keys(session: AsyncSession, bucket: str, keys: Iterable[str]) -> set[str]:
    """Lock keys that nobody else has locked; returns them."""
    ids = {_id(f"key {bucket}/{key}"): key for key in keys}
    found = await session.execute(_TRY_LOCK, {"ids": list(ids)})
    return {ids[row.id] for row in found if row.is_locked}


async def lock_packages(session: AsyncSession, bucket: str, names: Iterable[str]) -> None:
    """Lock the pointers and the search documents of packages, in the same order everywhere so that there is no deadlock."""
    await session.execute(_LOCK, {"ids": sorted({_id(f"package {bucket}/{name}") for name in names})})


async def lock_nodes_to_write(session: AsyncSession) -> None:
    """Keep the sweep out while nodes are written that no manifest refers to yet. Writers share the lock."""
    await session.execute(text("SELECT pg_advisory_xact_lock_shared(:id)"), {"id": _id("nodes")})


async def try_lock_kinds(session: AsyncSession, bucket: str, top_hash: str) -> bool:
    """Keep other indexers from adding up the same revision."""
    return await _try_lock(session, f"kinds {bucket}/{top_hash}")


async def try_lock_nodes_to_sweep(session: AsyncSession) -> bool:
    return await _try_lock(session, "nodes")


async def _try_lock(session: AsyncSession, name: str) -> bool:
    return bool(await session.scalar(text("SELECT pg_try_advisory_xact_lock(:id)"), {"id": _id(name)}))
