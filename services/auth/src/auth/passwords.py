"""Rules for passwords, and their hashes: argon2id, computed in threads, a few at a time.

Hashes of Quilt 2 are verified as well; the first sign-in replaces them by argon2id.
"""

import asyncio
import gzip
import hmac
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from hashlib import pbkdf2_hmac
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from auth.errors import CommonPassword, TooManyConcurrentLogins, WeakPassword
from auth.settings import MIN_PASSWORD
from shared.concurrency import FairSemaphore
from shared.networks import networks_of

MAX_CONCURRENT_HASHES = 2
MAX_CONCURRENT_LOGINS = 4
"""Each holds a database connection while its password is hashed."""
MAX_WAITING_LOGINS = 200
MAX_WAITING_LOGINS_OF_NETWORK = 50
MAX_ROUNDS = 5_000_000
"""PBKDF2 rounds of an imported hash; one with more would occupy a thread for seconds."""

LEGACY_PREFIXES = ("$pbkdf2-sha512$", "pbkdf2_sha256$")
"""Beginnings of Quilt 2's hashes: passlib's, and Django's for its first users."""
_LEGACY_HASH_OF_NOBODY = "$pbkdf2-sha512$500000$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 86


def require_good(password: str, *known: str) -> None:
    """Raises WeakPassword. `known`: texts that strangers know about the owner, such as the user name."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword
    if password.lower() in common_passwords() or password.lower() in {each.lower() for each in known}:
        raise CommonPassword


@cache
def common_passwords() -> frozenset[str]:
    """Passwords of at least MIN_PASSWORD characters that are tried first, in lower case."""
    packed = files("auth").joinpath("data", "common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().splitlines())


class Hasher:
    """Hashes and verifies passwords. Users that do not exist cost the same time as those that do."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19 * 1024) -> None:
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(MAX_CONCURRENT_HASHES, thread_name_prefix="argon2")
        self._slots = FairSemaphore(MAX_CONCURRENT_LOGINS)
        self._hash_of_nobody = self._argon2.hash("the password of nobody")

    @property
    def is_busy(self) -> bool:
        """True while every slot is taken."""
        return self._slots.is_locked

    @asynccontextmanager
    async def slot(self, address: str) -> AsyncIterator[None]:
        """One of MAX_CONCURRENT_LOGINS places, for a caller at this address.

        Wide networks take turns, so that those who wait from one of them do not hold up others. Raises TooManyConcurrentLogins
        when MAX_WAITING_LOGINS wait already, or MAX_WAITING_LOGINS_OF_NETWORK from the same wide network.

        Give a database connection back before waiting here: the pool is small.
        """
        network = networks_of(address).wide
        waiting = self._slots.count_waiting(network) >= MAX_WAITING_LOGINS_OF_NETWORK
        if waiting or self._slots.count_all_waiting() >= MAX_WAITING_LOGINS:
            raise TooManyConcurrentLogins
        async with self._slots.held(network):
            yield

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, hashed: str | None, password: str, *, as_legacy: bool = False) -> bool:
        """False, after the same work, if `hashed` is None: the user has no password, or does not exist.

        `as_legacy`: do the work of a hash of Quilt 2 then, which takes longer.
        """
        nobody = _LEGACY_HASH_OF_NOBODY if as_legacy else self._hash_of_nobody
        matches = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, hashed or nobody, password
        )
        return matches and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """True for a hash of Quilt 2, and for an argon2id hash with other parameters than ours."""
        return hashed.startswith(LEGACY_PREFIXES) or self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            if hashed.startswith(LEGACY_PREFIXES):
                return matches_legacy(hashed, password)
            return self._argon2.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def matches_legacy(hashed: str, password: str) -> bool:
    parsed = parse_legacy(hashed)
    if parsed is None:
        return False
    digest, rounds, salt, expected = parsed
    found = pbkdf2_hmac(digest, password.encode(), salt, rounds, len(expected))
    return hmac.compare_digest(found, expected)


def parse_legacy(hashed: str) -> tuple[str, int, bytes, bytes] | None:
    """Digest, rounds, salt and key of a hash of Quilt 2, or None if `hashed` is malformed."""
    try:
        if hashed.startswith(LEGACY_PREFIXES[0]):
            _, _, rounds, salt, key = hashed.split("$")
            parsed = "sha512", int(rounds), _decode_passlib(salt), _decode_passlib(key)
        else:
            _, rounds, salt, key = hashed.split("$")
            parsed = "sha256", int(rounds), salt.encode(), b64decode(key, validate=True)
    except (ValueError, NoBase64):
        return None
    return parsed if 0 < parsed[1] <= MAX_ROUNDS and parsed[3] else None


def _decode_passlib(text: str) -> bytes:
    """Decode passlib's base 64, which has `.` for `+` and no padding."""
    return b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)
