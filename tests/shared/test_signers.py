import pytest

from shared.errors import Unauthenticated, Unavailable
from shared.schemas.principal import Level
from shared.signers import SignerCache
from shared.testing.auth import FakeAuth


@pytest.fixture
def auth() -> FakeAuth:
    return FakeAuth()


async def test_a_signer_is_asked_for_once_and_evicted_when_the_session_ends(auth: FakeAuth) -> None:
    token = auth.token_for("amy", {"wine": Level.READ})
    auth.vend(token, "ASIA1", "secret")
    cache = SignerCache(auth)
    for _ in range(3):
        signer = await cache.signer("ASIA1")
        assert (signer.principal.name, signer.secret_access_key) == ("amy", "secret")
    assert auth.resolved == 1
    assert "secret" not in repr(signer)
    auth.revoke(token)
    await cache.poll()
    with pytest.raises(Unauthenticated):
        await cache.signer("ASIA1")


async def test_unknown_access_keys_are_not_cached(auth: FakeAuth) -> None:
    cache = SignerCache(auth)
    with pytest.raises(Unauthenticated):
        await cache.signer("ASIA1")
    auth.vend(auth.token_for("amy"), "ASIA1", "secret")
    assert await cache.signer("ASIA1")


async def test_signers_are_refused_when_the_revocation_feed_cannot_be_read(auth: FakeAuth) -> None:
    auth.down = True
    with pytest.raises(Unavailable):
        await SignerCache(auth).signer("ASIA1")
