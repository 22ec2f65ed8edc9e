import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from support.worlds.auth_world import (
    PASSWORD,
    Given,
    MakeDatabase,
    app_with,
    bearer,
    client_of,
    resources_for,
    settings_for,
)
from support.worlds.servers import CopyDatabase, Databases

from auth.cli import parser, run
from auth.db.stores import Stores
from auth.encryption import Encryptor, WrongSecretKey
from auth.main import create_app, prepare
from auth.resources import AuthResources
from auth.services.keys import KeyService
from auth.settings import AdminSettings, AuthSettings
from shared.db.engine import transaction
from shared.settings import InternalSettings
from shared.tokens import key_id


@pytest.fixture(scope="module")
async def empty(copy_database: CopyDatabase) -> AsyncIterator[AsyncEngine]:
    """Engine of a migrated database on which no service has started."""
    engine = create_async_engine((await asyncio.to_thread(copy_database, "_empty")).auth)
    yield engine
    await engine.dispose()


def resources_on(engine: AsyncEngine, secret_key: str = "a secret key of tests") -> AuthResources:  # noqa: S107
    url = engine.url.render_as_string(hide_password=False)
    return resources_for(settings_for(url, secret_key=SecretStr(secret_key)), engine)


async def test_replicas_that_start_concurrently_seed_once(empty: AsyncEngine) -> None:
    replicas = [resources_on(empty) for _ in range(4)]
    await asyncio.gather(*map(prepare, replicas))
    await prepare(replicas[0])
    async with client_of(app_with(replicas[0])) as client:
        given = Given(replicas[0], client)
        assert {table: await given.count(table) for table in ('"user"', "role", "policy", "signing_key")} == {
            '"user"': 1,
            "role": 2,
            "policy": 2,
            "signing_key": 1,
        }
        admin = await given.admin()
        (user,) = (await client.get("/api/v1/admin/users", headers=admin)).json()["items"]
        assert (user["name"], user["is_admin"], user["role"]) == ("admin", True, "ReadWriteAll")
        roles = (await client.get("/api/v1/admin/roles", headers=admin)).json()["items"]
        assert [(role["name"], role["is_default"], role["permissions"]) for role in roles] == [
            ("ReadAll", True, {"*": "READ"}),
            ("ReadWriteAll", False, {"*": "READ_WRITE"}),
        ]


async def test_a_wrong_secret_key_fails_at_start(empty: AsyncEngine) -> None:
    await prepare(resources_on(empty))
    with pytest.raises(WrongSecretKey):
        await prepare(resources_on(empty, "another secret key"))


async def test_a_restart_keeps_changes_of_administrators(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    new = {"name": "root", "email": "root@example.com", "is_admin": True, "password": PASSWORD}
    await client.post("/api/v1/admin/users", headers=admin, json=new)
    await client.post("/api/v1/admin/users/admin/disable", headers=bearer(await given.token("root")))
    await prepare(given.resources)
    assert await given.count('"user"') == 2
    refused = await client.post("/api/login", json={"username": "admin", "password": "quilt"})
    assert refused.status_code == 401


async def test_auth_does_not_start_on_an_old_schema(make_database: MakeDatabase) -> None:
    app = create_app(settings_for(await make_database("old")))
    with pytest.raises(RuntimeError, match="run the migrations of auth"):
        async with app.router.lifespan_context(app):
            pass


async def test_auth_starts_and_is_ready(empty: AsyncEngine) -> None:
    app = create_app(resources_on(empty).settings)
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok"}})


async def test_readiness_fails_without_a_database(resources: AuthResources) -> None:
    engine = create_async_engine("postgresql+asyncpg://nobody:x@127.0.0.1:1/none")
    async with client_of(app_with(resources_for(resources.settings, engine))) as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
        for answer in (
            await client.post("/api/login", json={"username": "amy", "password": "x"}),
            await client.get("/.well-known/jwks.json"),
            await client.post("/api/token", data={"refresh_token": "x"}),
        ):
            assert answer.status_code == 503
            assert "database" in answer.json()["message"]
    await engine.dispose()


async def test_a_database_without_free_connections_is_waited_for(
    make_database: MakeDatabase, resources: AuthResources, database: Databases
) -> None:
    url = await make_database("full")
    admin = await asyncpg.connect(database.admin)
    await admin.execute(f'ALTER DATABASE "{url.rpartition("/")[2]}" CONNECTION LIMIT 0')
    await admin.close()
    engine = create_async_engine(url)
    async with client_of(app_with(resources_for(resources.settings, engine))) as client:
        answer = await client.get("/.well-known/jwks.json")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    await engine.dispose()


async def test_a_new_key_is_published_first_and_signs_later(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    old = await given.token()
    async with transaction(given.resources.sessions) as session:
        keys = KeyService(Stores(session), given.resources.encryptor, given.resources.settings)
        kid, active_from = await keys.rotate()
    assert active_from > datetime.now(UTC) + timedelta(seconds=50)
    published = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert kid in {key["kid"] for key in published}
    assert len(published) == 2
    assert not any({"d", "p", "q"} & key.keys() for key in published)
    assert kid_of(await given.token()) == kid_of(old)
    await given.sql("UPDATE auth.signing_key SET active_from = active_from - interval '1 minute'")
    new = await given.token()
    assert kid_of(new) == kid
    for token in (old, new):
        assert (await client.get("/api/me", headers=bearer(token))).status_code == 200


async def test_signing_keys_are_kept_as_long_as_their_tokens_live(given: Given) -> None:
    async with transaction(given.resources.sessions) as session:
        keys = KeyService(Stores(session), given.resources.encryptor, given.resources.settings)
        for _ in range(2):
            await keys.rotate()
    await given.sql("UPDATE auth.signing_key SET active_from = active_from - interval '89 days'")
    for kept in (3, 1):
        async with transaction(given.resources.sessions) as session:
            stores = Stores(session)
            await KeyService(stores, given.resources.encryptor, given.resources.settings).prune()
            assert len(await stores.keys.all_public()) == kept
        await given.sql("UPDATE auth.signing_key SET active_from = active_from - interval '2 days'")


def kid_of(token: str) -> str:
    return key_id(token)


STRONG = "x" * 32


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"internal": InternalSettings(token=SecretStr("short"))}, "INTERNAL__TOKEN"),
        ({"secret_key": SecretStr("short")}, "SECRET_KEY"),
        ({"admin": AdminSettings(name="a", email="a@b", password=SecretStr("quilt"))}, "ADMIN__PASSWORD"),
    ],
)
def test_production_refuses_weak_secrets(changes: dict[str, object], complaint: str) -> None:
    strong = {
        "profile": "production",
        "internal": InternalSettings(token=SecretStr(STRONG)),
        "secret_key": SecretStr(STRONG),
        "admin": None,
    }
    assert settings_for("postgresql+asyncpg://x", **strong).admin is None
    with pytest.raises(ValidationError, match=complaint) as caught:
        settings_for("postgresql+asyncpg://x", **{**strong, **changes})
    assert "short" not in str(caught.value)


def test_encrypted_secrets_need_their_key() -> None:
    sealed = Encryptor("one").encrypt("secret")
    assert Encryptor("one").decrypt(sealed) == "secret"
    with pytest.raises(WrongSecretKey):
        Encryptor("two").decrypt(sealed)


async def test_the_secret_key_is_changed_while_replicas_with_either_run(copy_database: CopyDatabase) -> None:
    url = (await asyncio.to_thread(copy_database, "_resealed")).auth
    engine = create_async_engine(url)

    def settled(secret_key: str, other: str | None = None) -> AuthSettings:
        return settings_for(
            url, secret_key=SecretStr(secret_key), other_secret_key=SecretStr(other) if other is not None else None
        )

    await prepare(resources_for(settled("one"), engine))
    for keys in (
        ("one", "two"),
        ("two", "one"),
    ):  # all replicas decrypt with both keys before any encrypts with the new one
        await prepare(resources_for(settled(*keys), engine))
    with pytest.raises(WrongSecretKey):
        await prepare(resources_for(settled("two"), engine))
    assert (
        await run(parser().parse_args(["reseal"]), settled("two", "one")) == "Encrypted 1 secrets with AUTH_SECRET_KEY"
    )
    await prepare(resources_for(settled("two"), engine))
    await prepare(resources_for(settled("two", ""), engine))
    with pytest.raises(WrongSecretKey):
        await prepare(resources_for(settled("one"), engine))
    await engine.dispose()
