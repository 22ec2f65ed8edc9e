"""Bounds on the use of S3 by one process, and its retries."""

import os
from dataclasses import dataclass, field

import stamina

from shared.errors import Unavailable

MAX_OBJECT_BYTES = 5 << 40
"""S3's limit on the size of an object."""

S3_RETRIES = stamina.AsyncRetryingCaller(
    attempts=10, timeout=None, wait_initial=0.5, wait_max=30.0, wait_jitter=1.0
).on(Unavailable)
"""Retries on top of boto's own few. With pauses of 0.5 to 30 seconds they outlive an outage of two minutes."""


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """Bounds of one process. Reading holds at most `max_concurrent_reads` × `block_bytes` in memory."""

    max_concurrent_reads: int = 12
    block_bytes: int = 4 << 20
    """Size of one ranged read."""
    max_concurrent_copies: int = 16
    """Bound on requests that copy an object or a part."""
    hash_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    retries: stamina.BoundAsyncRetryingCaller = S3_RETRIES
