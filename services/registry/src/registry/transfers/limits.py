"""How much is done at once."""

import os
from dataclasses import dataclass, field

from registry.transfers.patience import Patience

LARGEST = 5 << 40
"""S3's largest object: 5 TiB."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one process. Reading holds at most `reads` × `block` bytes in memory."""

    reads: int = 12
    block: int = 4 << 20
    copies: int = 16
    """Copies of objects or parts under way."""
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    """That hash."""
    patience: Patience = field(default_factory=Patience)
