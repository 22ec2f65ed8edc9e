"""Permissions on buckets: the only place that decides them, for all services.

Packages of Quilt 2 also have readers of their own (`registry.db.access`).
"""

from shared.errors import NotAWriter
from shared.schemas.principal import EVERY_BUCKET, Level, Principal


def level(principal: Principal, bucket: str) -> Level | None:
    """The caller's level on a registered bucket; None if they may not know of it."""
    granted = {principal.permissions.get(bucket)}
    if bucket not in principal.apart:
        granted.add(principal.permissions.get(EVERY_BUCKET))
    if Level.READ_WRITE in granted:
        return Level.READ_WRITE
    return Level.READ if Level.READ in granted else None


def allows(principal: Principal, bucket: str, wanted: Level = Level.READ) -> bool:
    granted = level(principal, bucket)
    return granted is not None and wanted in {granted, Level.READ}


def require_writer(principal: Principal, bucket: str) -> None:
    """Raise NotAWriter unless the caller may write to the bucket."""
    if not allows(principal, bucket, Level.READ_WRITE):
        raise NotAWriter(f"Your role may not write to the bucket {bucket}")


def readable(principal: Principal) -> frozenset[str] | None:
    """Names of the buckets that the caller may read; None means all registered buckets except those in `hidden`."""
    return None if EVERY_BUCKET in principal.permissions else frozenset(principal.permissions)


def hidden(principal: Principal) -> frozenset[str]:
    """Buckets that the caller may not read although their role has `*`."""
    return principal.apart - principal.permissions.keys()
