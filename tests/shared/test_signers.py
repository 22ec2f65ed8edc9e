import pytest
from support.data.signing import Key

from shared.aws.signatures import SignedRequest
from shared.errors import Unauthenticated, Unavailable
from shared.schemas.principal import CredentialKind, Level
from shared.signed_calls import passed_on, verified_caller
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


PAIR = "PK0123456789ABCDEFGH"


async def test_the_key_pair_of_an_api_key_signs_for_the_package_gateway_alone(auth: FakeAuth) -> None:
    auth.vend(auth.token_for("amy", kind=CredentialKind.KEY), PAIR, "secret")
    cache = SignerCache(auth)
    assert (await cache.package_signer(PAIR)).principal.name == "amy"
    with pytest.raises(Unauthenticated, match="package gateway alone"):
        await cache.signer(PAIR)


@pytest.mark.parametrize("service", ["s3", "execute-api"])
async def test_a_key_pair_signs_no_calls_that_the_s3_proxy_passes_on(auth: FakeAuth, service: str) -> None:
    auth.vend(auth.token_for("amy", kind=CredentialKind.KEY), PAIR, "secret")
    signed = Key(PAIR, "secret", None).headers("GET", "http://packages.test/lab", service)
    headers = [("host", "packages.test"), *((name.lower(), value) for name, value in signed.items())]
    call = passed_on(SignedRequest("GET", "/lab", "", headers))
    with pytest.raises(Unauthenticated, match="package gateway alone"):
        await verified_caller(call, service, auth)


async def test_uses_of_key_pairs_are_noted_also_when_their_signer_is_cached(auth: FakeAuth) -> None:
    auth.vend(auth.token_for("amy", kind=CredentialKind.KEY), PAIR, "secret")
    auth.vend(auth.token_for("amy"), "ASIA1", "secret")
    noted: list[str] = []
    cache = SignerCache(auth, note_use=noted.append)
    await cache.poll()
    key = (await cache.package_signer(PAIR)).principal.credential
    assert noted == [f"pair:{PAIR}", key]
    await cache.package_signer(PAIR)
    assert noted == 2 * [f"pair:{PAIR}", key]
    await cache.package_signer("ASIA1")
    assert len(noted) == 4
    assert auth.resolved == 2
