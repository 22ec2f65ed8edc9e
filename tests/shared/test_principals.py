import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from typing_extensions import override

from shared import tokens
from shared.errors import Unauthenticated, Unavailable
from shared.principals import PrincipalCache
from shared.revocations import BLIND_SECONDS, RevocableCache
from shared.runtime import supervised
from shared.schemas.principal import Level, Resolution, Revocations
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.servers import until


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth() -> FakeAuth:
    return FakeAuth()


@pytest.fixture
def cache(auth: FakeAuth, clock: Clock) -> PrincipalCache:
    return PrincipalCache(auth, issuer=ISSUER, clock=clock)


async def test_auth_is_asked_once_per_token(auth: FakeAuth, cache: PrincipalCache) -> None:
    token = auth.token_for("amy", {"b": Level.READ})
    for _ in range(3):
        assert (await cache.principal(token)).permissions == {"b": Level.READ}
    assert auth.resolved == 1
    assert (await cache.principal(auth.token_for("bob"))).name == "bob"
    assert auth.resolved == 2


async def test_auth_is_not_asked_about_tokens_with_an_invalid_signature(auth: FakeAuth, cache: PrincipalCache) -> None:
    strangers = FakeAuth().token_for("amy")
    head, body, _ = auth.token_for("amy").split(".")
    for token in (strangers, f"{head}.{body}.", f"{head}.{body}.AAAA", "nonsense", ""):
        with pytest.raises(Unauthenticated):
            await cache.principal(token)
    assert auth.resolved == 0


async def test_an_expired_token_is_refused(auth: FakeAuth, cache: PrincipalCache) -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        await cache.principal(auth.token_for("amy", lifetime=timedelta(seconds=-1)))
    assert auth.resolved == 0


class ExpiredAnswers(FakeAuth):
    @override
    async def resolve(self, token: str, *, begun: bool = False) -> Resolution:
        past = datetime.now(UTC) - timedelta(seconds=1)
        return (await super().resolve(token, begun=begun)).model_copy(update={"expires_at": past})


async def test_a_cached_principal_expires_with_its_token(clock: Clock) -> None:
    auth = ExpiredAnswers()
    cache = PrincipalCache(auth, issuer=ISSUER, clock=clock)
    token = auth.token_for("amy")
    for _ in range(2):
        assert (await cache.principal(token)).name == "amy"
    assert auth.resolved == 2


async def test_the_oldest_answers_are_dropped_from_a_full_cache(auth: FakeAuth) -> None:
    cache: RevocableCache[Resolution] = RevocableCache(auth, max_answers=2)
    await cache.poll()
    answer = await auth.resolve(auth.token_for("amy"))
    for question in (b"first", b"second", b"third"):
        cache.add_answer(question, answer)
    assert [await cache.find_answer(question) for question in (b"first", b"second", b"third")] == [None, answer, answer]


async def test_a_token_of_another_issuer_is_refused(auth: FakeAuth) -> None:
    with pytest.raises(Unauthenticated):
        await PrincipalCache(auth, issuer="http://elsewhere.test").principal(auth.token_for("amy"))


class CountingKeys(FakeAuth):
    fetched = 0

    @override
    async def keys(self) -> list[tokens.Jwk]:
        self.fetched += 1
        return await super().keys()


async def test_unknown_signing_keys_are_fetched_at_most_once_per_interval(clock: Clock) -> None:
    auth = CountingKeys()
    cache = PrincipalCache(auth, issuer=ISSUER, clock=clock)
    claims = tokens.verify(auth.token_for("amy"), (await auth.keys())[0], issuer=ISSUER)
    auth.fetched = 0
    unknown = auth.sign(claims, kid="unknown")
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await cache.principal(unknown)
    assert auth.fetched == 1
    clock.now += 6
    auth.publish_key_as("unknown")
    assert (await cache.principal(unknown)).name == "amy"
    assert auth.fetched == 2


async def test_a_revocation_evicts_only_the_principal_of_its_subject(auth: FakeAuth, cache: PrincipalCache) -> None:
    amy, bob = auth.token_for("amy"), auth.token_for("bob")
    for token in (amy, bob):
        await cache.principal(token)
    auth.revoke(amy)
    assert (await cache.principal(amy)).name == "amy"  # not known yet
    await cache.poll()
    with pytest.raises(Unauthenticated):
        await cache.principal(amy)
    resolved = auth.resolved
    assert (await cache.principal(bob)).name == "bob"
    assert auth.resolved == resolved


@pytest.mark.parametrize("kind", ["user", "role", "*"])
async def test_revocations_of_users_and_roles_evict_their_principals(
    auth: FakeAuth, cache: PrincipalCache, kind: str
) -> None:
    token = auth.token_for("amy")
    principal = await cache.principal(token)
    subject = {"user": f"user:{principal.user_id}", "role": f"role:{principal.role_id}"}.get(kind, kind)
    auth.revoke_subject(subject)
    await cache.poll()
    await cache.principal(token)
    assert auth.resolved == 2


class LateAuth(FakeAuth):
    """Revokes the token before it answers."""

    @override
    async def resolve(self, token: str, *, begun: bool = False) -> Resolution:
        return (await super().resolve(token, begun=begun)).model_copy(update={"seq": 0})


async def test_an_answer_that_is_older_than_the_feed_is_not_cached() -> None:
    auth = LateAuth()
    cache = PrincipalCache(auth, issuer=ISSUER)
    auth.revoke_subject("*")
    token = auth.token_for("amy")
    for _ in range(2):
        await cache.principal(token)
    assert auth.resolved == 2


class ResetAuth(FakeAuth):
    @override
    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:
        return (await super().revocations(since, wait=wait, listener=listener)).model_copy(update={"reset": True})


async def test_a_reset_feed_empties_the_cache() -> None:
    auth = ResetAuth()
    cache = PrincipalCache(auth, issuer=ISSUER)
    token = auth.token_for("amy")
    await cache.principal(token)
    await cache.poll()
    await cache.principal(token)
    assert auth.resolved == 2


async def test_cached_principals_are_accepted_for_a_minute_while_auth_is_down(
    auth: FakeAuth, cache: PrincipalCache, clock: Clock
) -> None:
    token, unseen = auth.token_for("amy"), auth.token_for("bob")
    await cache.principal(token)
    auth.down = True
    clock.now += BLIND_SECONDS - 1
    assert (await cache.principal(token)).name == "amy"
    with pytest.raises(Unavailable):
        await cache.principal(unseen)
    clock.now += 2
    with pytest.raises(Unavailable, match="revoked"):
        await cache.principal(token)
    auth.down = False
    assert (await cache.principal(token)).name == "amy"


async def test_after_an_outage_revocations_are_read_before_cached_principals_are_used(
    auth: FakeAuth, cache: PrincipalCache, clock: Clock
) -> None:
    token = auth.token_for("amy")
    await cache.principal(token)
    auth.revoke(token)
    clock.now += BLIND_SECONDS + 1
    with pytest.raises(Unauthenticated):
        await cache.principal(token)


class CountedFeed(FakeAuth):
    polls = 0

    @override
    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:
        self.polls += 1
        return await super().revocations(since, wait=wait, listener=listener)


async def test_following_the_revocation_feed_continues_after_outages() -> None:
    auth = CountedFeed()
    cache = PrincipalCache(auth, issuer=ISSUER)
    token = auth.token_for("amy")

    async def two_polls() -> None:
        enough = auth.polls + 2
        await until(lambda: auth.polls >= enough)

    async with supervised(lambda: cache.follow(retry_seconds=0.001)):
        await cache.principal(token)
        auth.down = True
        await two_polls()
        auth.down = False
        auth.revoke(token)
        await two_polls()
        with pytest.raises(Unauthenticated):
            await cache.principal(token)


def has_read(auth: FakeAuth, seq: int | None) -> bool:
    return list(auth.listeners.values()) == [seq]


async def test_a_listener_says_that_it_has_read_a_revocation_only_when_the_principal_is_dropped() -> None:
    auth = FakeAuth()
    cache = PrincipalCache(auth, issuer=ISSUER)
    revoked = [auth.token_for(f"amy{number}") for number in range(20)]
    async with supervised(cache.follow):
        for seq, token in enumerate(revoked, start=1):
            await cache.principal(token)
            auth.revoke(token)
            await until(partial(has_read, auth, seq))
            with pytest.raises(Unauthenticated):
                await cache.principal(token)


async def test_a_stopped_follower_is_no_listener_and_uses_no_cached_principal() -> None:
    auth = CountedFeed()
    cache = PrincipalCache(auth, issuer=ISSUER)
    token = auth.token_for("amy")
    async with supervised(cache.follow):
        await cache.principal(token)
        await until(lambda: auth.polls > 1)
        assert list(auth.listeners.values()) == [0]
    assert auth.listeners == {}
    auth.revoke(token)
    with pytest.raises(Unauthenticated):
        await cache.principal(token)


class ImpatientAuth(CountedFeed):
    """Answers at once, as `auth` of older versions, which does not know `wait`."""

    @override
    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:
        return await super().revocations(since)


async def test_an_auth_that_does_not_wait_is_asked_again_after_a_pause() -> None:
    auth = ImpatientAuth()
    cache = PrincipalCache(auth, issuer=ISSUER)
    token = auth.token_for("amy")
    async with supervised(lambda: cache.follow(retry_seconds=3600)):
        await until(lambda: auth.polls == 1)
        for _ in range(100):
            await asyncio.sleep(0)
    assert auth.polls == 1
    async with supervised(lambda: cache.follow(retry_seconds=0.001)):
        await cache.principal(token)
        auth.revoke(token)
        enough = auth.polls + 2
        await until(lambda: auth.polls >= enough)
        with pytest.raises(Unauthenticated):
            await cache.principal(token)


async def test_overlapping_reads_of_the_feed_never_lower_the_sequence_number(
    auth: FakeAuth, cache: PrincipalCache
) -> None:
    token = auth.token_for("amy")
    async with supervised(cache.follow):
        await cache.principal(token)
        for seq in range(1, 6):
            auth.revoke_subject("user:nobody")
            await asyncio.gather(cache.poll(), cache.poll())
            assert cache.seq == seq
            await until(partial(has_read, auth, seq))


class SlowReports(FakeAuth):
    """Does not answer when uses are reported."""

    reports = 0

    @override
    async def note_uses(self, credentials: Collection[str]) -> None:
        self.reports += 1
        await asyncio.Event().wait()


async def test_a_late_report_of_uses_does_not_delay_revocations() -> None:
    auth = SlowReports()
    cache = PrincipalCache(auth, issuer=ISSUER, report_seconds=0.001)
    token = auth.token_for("amy")
    async with supervised(cache.follow):
        await cache.principal(token)
        await until(lambda: auth.reports)
        auth.revoke(token)
        await until(lambda: list(auth.listeners.values()) == [1])
        with pytest.raises(Unauthenticated):
            await cache.principal(token)
