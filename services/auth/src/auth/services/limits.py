"""Rate limits by subject and by network, counted for all replicas together."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from auth.db.attempts import Attempts
from auth.db.stores import Stores
from auth.errors import TooManyCodes, TooManyLogins, TooManyMails, TooManyTools, TooManyTries
from auth.tokens import digest
from shared.errors import TooManyRequests
from shared.networks import WIDE_NETWORK_FACTOR, network_of, networks_of


@dataclass(frozen=True, slots=True)
class Limit:
    kind: str
    error: type[TooManyRequests]
    within: timedelta
    both: int
    """Attempts for one subject from one network."""
    network: int
    """Attempts from one network, for all subjects together; a wide network has a multiple of it."""
    subject: int | None = None
    """Attempts for one subject from everywhere; higher than `both`, so that strangers hardly lock an owner out."""

    def require(self, made: Attempts, *, is_known_network: bool = False) -> None:
        """Raises the error. A network that the subject signed in from before is not held to what others attempt."""
        too_many_here = made.both >= self.both or made.network >= self.network
        if too_many_here or made.wide >= self.network * WIDE_NETWORK_FACTOR:
            raise self.error
        if self.is_locked(made) and not is_known_network:
            raise self.error

    def is_locked(self, made: Attempts) -> bool:
        """There were too many attempts for the subject from everywhere."""
        return self.subject is not None and made.subject >= self.subject


LOGINS = Limit("login", TooManyLogins, timedelta(minutes=1), both=10, network=30, subject=100)
"""Failed sign-ins with a password."""
CODES = Limit("code", TooManyCodes, timedelta(hours=1), both=10, network=60, subject=20)
"""Wrong codes of second factors, after the right password. Guessing among a million codes, of which three are good, must
take years; recovery codes are too long to guess, and stay possible."""
LINKS = Limit("link", TooManyTries, timedelta(minutes=1), both=30, network=30)
"""Wrong links, codes, refresh tokens and leaked keys."""
MAILS = Limit("mail", TooManyMails, timedelta(hours=1), both=5, network=30, subject=10)
"""Requests for a mail."""
PACKAGE_MAILS = Limit("letter", TooManyMails, timedelta(hours=1), both=60, network=1_000_000)
"""Invitations to packages and notices of comments, by the person who caused them."""
SIGN_UPS = Limit("sign_up", TooManyMails, timedelta(hours=1), both=10, network=20, subject=20)
SSO = Limit("sso", TooManyLogins, timedelta(minutes=1), both=30, network=30)
"""Failed sign-ins with a provider."""
SSO_STARTS = Limit("sso_start", TooManyTries, timedelta(minutes=1), both=100, network=100)
TOOL_GRANTS = Limit("tool_grant", TooManyTries, timedelta(minutes=1), both=30, network=30)
"""Tools' wrong codes and refresh tokens."""
REGISTRATIONS = Limit("registration", TooManyTools, timedelta(hours=1), both=20, network=20)
"""Registrations of tools."""
EXPIRED_KEYS = Limit("expired_key", TooManyTries, timedelta(minutes=1), both=1, network=1)


class Limiter:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def check(self, limit: Limit, subject: str, address: str) -> None:
        """Raises the error of the limit."""
        made = await self._stores.attempts.count(limit.kind, digest(subject), address, limit.within)
        await self.require(limit, made, subject, address)

    async def require(self, limit: Limit, made: Attempts, subject: str, address: str) -> None:
        """Raises the error of the limit. An owner's own networks are not held to what strangers attempt for a password."""
        is_locked = limit is LOGINS and limit.is_locked(made)
        limit.require(made, is_known_network=is_locked and await self._is_known_network(subject, address))

    async def _is_known_network(self, subject: str, address: str) -> bool:
        """True if the subject is an account whose owner signed in from the network of the address before."""
        try:
            user_id = UUID(subject)
        except ValueError:
            user_id = uuid4()  # the same work for an unknown name
        return network_of(address) in map(network_of, await self._stores.sessions.list_addresses(user_id))

    async def count_or_refuse(self, limit: Limit, subject: str, address: str) -> None:
        """Count one attempt, or raise the limit's error. Serialised per wide network and subject, so the limit is exact."""
        await self._stores.lock(f"{limit.kind} from {networks_of(address).wide}")
        if limit.subject is not None:
            await self._stores.lock(f"{limit.kind} of {subject}")
        await self.check(limit, subject, address)
        await self.count(limit, subject, address)

    async def is_first(self, limit: Limit, subject: str, address: str) -> bool:
        return (await self._stores.attempts.count(limit.kind, digest(subject), address, limit.within)).both == 0

    async def count(self, limit: Limit, subject: str, address: str) -> None:
        await self._stores.attempts.add(limit.kind, digest(subject), address)
