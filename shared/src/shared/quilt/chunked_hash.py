"""The parts of the chunked hash (`sha2-256-chunked`), as clients cut them. Pure."""

PART_BYTES = 8 << 20
"""Smallest part of the chunked hash."""
MAX_PARTS = 10_000


def part_size(size: int) -> int:
    """Bytes of a part of the chunked hash of an object of this size: doubled until there are at most MAX_PARTS parts."""
    part = PART_BYTES
    while part * MAX_PARTS < size:
        part *= 2
    return part


def part_count(size: int) -> int:
    """Parts of the chunked hash of an object. An empty object has one empty part."""
    return max(1, -(-size // part_size(size)))
