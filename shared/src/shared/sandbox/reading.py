"""The readers, as a worker imports them."""

from shared.readers.operations import OPERATIONS
from shared.readers.registry import load_family

__all__ = ["OPERATIONS", "load_family"]
