"""Which passwords are good enough, and their hashes: argon2id, off the event loop and a few at a time.

Hashes of Quilt 2 are verified as well, and are outdated from the start: whoever signs in gets one of ours.
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

from auth.errors import CommonPassword, WeakPassword
from auth.settings import MIN_PASSWORD
from shared.errors import TooManyRequests

THREADS = 2
TURNS = 4
"""Logins at work at once: each holds a database connection while its password is hashed."""
MAX_QUEUE = 200
MAX_ROUNDS = 5_000_000
"""Of an imported hash; more would only stop us."""

LEGACY = ("$pbkdf2-sha512$", "pbkdf2_sha256$")
"""How the hashes of Quilt 2 begin: passlib's, and Django's of its first users."""
_LEGACY_NOBODY = "$pbkdf2-sha512$500000$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 86


def require_good(password: str, *known: str) -> None:
    """Raises WeakPassword. `known`: what strangers know of its owner, such as their name."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword
    if password.lower() in common_passwords() or password.lower() in {each.lower() for each in known}:
        raise CommonPassword


@cache
def common_passwords() -> frozenset[str]:
    """In lower case, of those that are long enough."""
    packed = files("auth").joinpath("data", "common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().splitlines())


class Hasher:
    """Hashes and verifies passwords; also verifies for users that do not exist, so that nobody can tell by the time."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19 * 1024) -> None:
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._turns = asyncio.Semaphore(TURNS)
        self._waiting = 0
        self._nobody = self._argon2.hash("the password of nobody")

    @property
    def is_busy(self) -> bool:
        """Whether a turn has to be waited for."""
        return self._turns.locked()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A login's turn; nobody waits for it with a database connection."""
        if self._waiting >= MAX_QUEUE:
            raise TooManyRequests("Too many logins at once")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, hashed: str | None, password: str, *, as_legacy: bool = False) -> bool:
        """`hashed` is None for users without a password, or that do not exist: the same work, then no.

        `as_legacy`: the work of a hash of Quilt 2, which takes longer.
        """
        nobody = _LEGACY_NOBODY if as_legacy else self._nobody
        matches = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, hashed or nobody, password
        )
        return matches and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Made with other parameters than today's."""
        return hashed.startswith(LEGACY) or self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            if hashed.startswith(LEGACY):
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
    """Digest, rounds, salt and key; None for what is no hash of Quilt 2."""
    try:
        if hashed.startswith(LEGACY[0]):
            _, _, rounds, salt, key = hashed.split("$")
            parsed = "sha512", int(rounds), _unpacked(salt), _unpacked(key)
        else:
            _, rounds, salt, key = hashed.split("$")
            parsed = "sha256", int(rounds), salt.encode(), b64decode(key, validate=True)
    except (ValueError, NoBase64):
        return None
    return parsed if 0 < parsed[1] <= MAX_ROUNDS and parsed[3] else None


def _unpacked(text: str) -> bytes:
    """passlib's base 64: `.` for `+`, without padding."""
    return b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)
