"""Digests of sets of objects, which a listing and the index must have in common. Pure.

The digest of an object is the first 8 bytes of the SHA-256 of a line about it, as a signed number. That of a set is the sum, so it does
not depend on the order, and sums of disjoint sets can be added. The line of an object is `SIZE ETAG SECONDS KEY`, that of a pointer or
manifest, whose size the index does not keep, `ETAG SECONDS KEY`. SECONDS is the time of the last change in whole seconds: listings
may give fractions that HEAD requests do not.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.aws.objects import ListedObject

_MODULUS = 1 << 64


@dataclass(frozen=True, slots=True)
class SetDigest:
    """Number of objects, and the digest of the set."""

    count: int = 0
    digest: int = 0

    def __add__(self, other: "SetDigest") -> "SetDigest":
        """That of the union of disjoint sets."""
        return SetDigest(self.count + other.count, signed(self.digest + other.digest))


@dataclass(frozen=True, slots=True)
class SliceDigests:
    objects: SetDigest = field(default_factory=SetDigest)
    pointers: SetDigest = field(default_factory=SetDigest)
    manifests: SetDigest = field(default_factory=SetDigest)

    def __add__(self, other: "SliceDigests") -> "SliceDigests":
        return SliceDigests(
            self.objects + other.objects, self.pointers + other.pointers, self.manifests + other.manifests
        )


def tally_objects(listed: Iterable[ListedObject]) -> SetDigest:
    return _tally(f"{each.size} {each.etag} {int(each.modified.timestamp())} {each.key}" for each in listed)


def tally_state(listed: Iterable[ListedObject]) -> SetDigest:
    """Count and digest of pointers or manifests."""
    return _tally(f"{each.etag} {int(each.modified.timestamp())} {each.key}" for each in listed)


def signed(total: int) -> int:
    """A sum as a signed number of 64 bits."""
    return (total + (_MODULUS >> 1)) % _MODULUS - (_MODULUS >> 1)


def _tally(lines: Iterable[str]) -> SetDigest:
    digests = [int.from_bytes(hashlib.sha256(line.encode()).digest()[:8], "big") for line in lines]
    return SetDigest(len(digests), signed(sum(digests)))
