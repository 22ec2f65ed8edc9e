"""The three hashes, against values of real clients and against a plain computation."""

import base64
import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.services.transfers.digests import (
    KINDS,
    DigestKind,
    chunked_of_one_part,
    digest_of,
    new_digest,
    part_ranges,
)
from shared.quilt.chunked_hash import PART_BYTES, part_count, part_size

MIB8 = 8 << 20
VECTORS = [
    (b"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "AAAAAAAAAAA="),
    (b"hello", "lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=", "M3eFcAZSQlc="),
    (b"123456789", "KSsNAHVmgy25S/rmic1w0at3KBH9RLn0nYVQ7p6mpJQ=", "rosUhgp5mIg="),
    (bytes(MIB8 - 1), "6D2pq48irFt4HfUg5jZ5Mh0xLWnHtZnvhWpbUMHXGos=", "hq1h6wASsY8="),
    (bytes(MIB8), "MIsGKY+ykqN4CPj3gGGu4Gv03N7OWKWpsZqEf+OrGJs=", "of12kAisj10="),
    (bytes(MIB8 + 1), "Y68lgvvPstmbueZHNVw/WNEIEX0Qxy01vyRB//bzz/g=", "atFxuE1UqMo="),
]


@pytest.mark.parametrize(("body", "chunked", "crc"), VECTORS, ids=lambda value: str(len(value)))
def test_hashes_equal_those_of_real_clients(body: bytes, chunked: str, crc: str) -> None:
    assert digest_of("sha2-256-chunked", body) == chunked
    assert digest_of("CRC64NVME", body) == crc
    assert digest_of("SHA256", body) == hashlib.sha256(body).hexdigest()
    if len(body) <= MIB8:
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert chunked_of_one_part(checksum, len(body)) == chunked


@pytest.mark.parametrize(
    ("size", "part", "count"),
    [
        (0, MIB8, 1),
        (1, MIB8, 1),
        (MIB8, MIB8, 1),
        (MIB8 + 1, MIB8, 2),
        (MIB8 * 10_000, MIB8, 10_000),
        (MIB8 * 10_000 + 1, 2 * MIB8, 5_001),
        (5 << 40, 1 << 30, 5_120),
    ],
)
def test_parts_double_until_there_are_at_most_10000(size: int, part: int, count: int) -> None:
    ranges = list(part_ranges(size))
    assert (part_size(size), part_count(size), len(ranges)) == (part, count, count)
    assert (ranges[0][0], ranges[-1][1]) == (0, size)


@given(st.lists(st.integers(0, 3 * PART_BYTES), max_size=6), st.randoms(use_true_random=False))
def test_a_hash_fed_in_pieces_equals_the_hash_of_the_whole(cuts: list[int], chance: random.Random) -> None:
    size = max(cuts, default=0)
    body = _BYTES[:size]
    ends = sorted({*cuts, size})
    kind: DigestKind = chance.choice(KINDS)
    digest = new_digest(kind, size)
    for start, end in zip([0, *ends], ends, strict=False):
        digest.update(body[start:end])
    assert digest.value() == _plain(kind, body)


_BYTES = random.Random(4).randbytes(3 * PART_BYTES)  # noqa: S311


def _plain(kind: DigestKind, body: bytes) -> str:
    if kind == "SHA256":
        return hashlib.sha256(body).hexdigest()
    if kind == "CRC64NVME":
        return digest_of(kind, body)
    parts = [hashlib.sha256(body[at : at + PART_BYTES]).digest() for at in range(0, len(body), PART_BYTES)]
    return base64.b64encode(hashlib.sha256(b"".join(parts)).digest()).decode()
