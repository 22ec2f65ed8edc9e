"""Findings of `shared.upgrade` before an upgrade."""

import re
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pydantic_settings import BaseSettings
from support.worlds.servers import CopyDatabase, Databases

from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.paths import ROOT
from localrun.system import InnerPorts, System
from registry.settings import RegistrySettings
from s3proxy.settings import S3ProxySettings
from shared.upgrade import SERVICES, TESTED_CLIENTS, as_text, examine_upgrade, settings_of, unknown_settings

TOKEN = "t" * 40


@pytest.fixture(scope="module")
def upgraded(copy_database: CopyDatabase) -> Databases:
    return copy_database("_upgrade")


@pytest.fixture
def environment(upgraded: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    given = {
        "REGISTRY_DATABASE__URL": upgraded.registry,
        "REGISTRY_INTERNAL__TOKEN": TOKEN,
        "REGISTRY_PUBLIC__CATALOG_URL": "http://catalog.test",
        "REGISTRY_PUBLIC__REGISTRY_URL": "http://registry.test",
        "REGISTRY_PUBLIC__S3PROXY_URL": "http://s3proxy.test",
        "REGISTRY_EVENTS__QUEUE_ARN": "",
        "REGISTRY_SEARCH__DIRECTORY": str(tmp_path),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


async def found(environment: dict[str, str]) -> str:
    return as_text(await examine_upgrade("registry", environment))


async def test_a_system_whose_schema_is_the_newest_can_be_upgraded(environment: dict[str, str]) -> None:
    assert await found(environment) == "Can be upgraded"


async def test_waiting_migrations_and_jobs_are_noted_and_a_newer_schema_stops_the_upgrade(
    environment: dict[str, str], upgraded: Databases
) -> None:
    admin = await asyncpg.connect(upgraded.admin)
    head = await admin.fetchval("SELECT version_num FROM registry.alembic_version")
    try:
        await admin.execute(
            "INSERT INTO registry.job (id, kind, state, bucket, name, owner_id, caller, request, request_digest, attempts, cancelling, checkpoint, created_at)"
            " VALUES ($1, 'patch', 'queued', 'b', 'a/b', $1, '{}', '', '', 0, false, '{}', now())",
            uuid4(),
        )
        await admin.execute("UPDATE registry.alembic_version SET version_num = '20261130_0712'")
        said = await found(environment)
        assert "from 20261130_0712 to" in said
        assert "Pushes that wait or run: 1." in said
        assert said.endswith("Can be upgraded")
        await admin.execute("UPDATE registry.alembic_version SET version_num = 'of_a_later_version'")
        assert "which a newer version than this one made\n" in await found(environment)
    finally:
        await admin.execute("UPDATE registry.alembic_version SET version_num = $1", head)
        await admin.execute("DELETE FROM registry.job")
        await admin.close()


async def test_settings_that_are_gone_misspelt_or_wrong_are_named(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await found({**environment, "REGISTRY_SEARCH__BACKENDS": "x", "REGISTRY_OLD": "x", "OTHER": "x"})
    assert (
        "REGISTRY_SEARCH__BACKENDS is not a setting of this version: perhaps REGISTRY_SEARCH__BACKEND is meant" in said
    )
    assert "REGISTRY_OLD is not a setting of this version" in said
    assert "OTHER" not in said.replace("REGISTRY", "")
    monkeypatch.setenv("REGISTRY_SEARCH__BACKEND", "none")
    assert "REGISTRY_SEARCH__BACKEND: Input should be" in await found(environment)


async def test_clients_of_people_are_compared_with_those_that_this_version_serves(
    upgraded: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = {
        found[1]
        for name in ("client", "client3", "client5")
        if (found := re.search(r"quilt3==(\S+)", (ROOT / "requirements" / f"{name}.in").read_text()))
    }
    assert set(TESTED_CLIENTS) == pinned
    given = {
        "AUTH_DATABASE__URL": upgraded.auth,
        "AUTH_INTERNAL__TOKEN": TOKEN,
        "AUTH_SECRET_KEY": TOKEN,
        "AUTH_USER_ROLE_ARN": "",
        "AUTH_STS": "false",
        **{f"AUTH_PUBLIC__{name}_URL": f"http://{name}.test".lower() for name in ("CATALOG", "REGISTRY", "S3PROXY")},
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    admin = await asyncpg.connect(upgraded.admin)
    for agent in ("quilt-python/8.0.0 (Linux) CPython/3.11", "quilt-python/2.9.15 (Linux)", "curl/8"):
        await admin.execute(
            'INSERT INTO auth.audit (at, service, action, outcome, "user", credential, target, reason, address, user_agent, request_id, details)'
            " VALUES (now(), 'auth', 'Sessions.Create', 'done', 'amy', '', '', '', '', $1, '', '{}')",
            agent,
        )
    await admin.close()
    said = as_text(await examine_upgrade("auth", given))
    assert "People use quilt3 8.0.0;" in said
    assert "first Somebody uses quilt3 2.9.15" in said


async def test_a_database_that_does_not_answer_stops_the_upgrade(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE__URL", "postgresql+asyncpg://nobody:x@127.0.0.1:9/none")
    assert "The database does not answer" in await found(environment)


def test_no_setting_that_a_service_reads_or_one_machine_gives_is_taken_for_unknown(tmp_path: Path) -> None:
    models: dict[str, type[BaseSettings]] = {
        "auth": AuthSettings,
        "registry": RegistrySettings,
        "indexer": IndexerSettings,
        "s3proxy": S3ProxySettings,
    }
    assert {service: settings_of(service) for service in SERVICES} == models
    given = {
        "AUTH_SSO__PROVIDERS__OKTA__CLIENT_ID": "x",
        "AUTH_DATABASE__PASSWORD_FILE": "x",
        "AUTH_MAIL__HOST": "x",
        "AUTH_TRACES__URL": "x",
    }
    assert not list(unknown_settings(AuthSettings, given))
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path)})
    credentials = SystemSecrets(aws_keys=dict.fromkeys(SERVICES, ("key", "secret")))
    machine = System(configuration, credentials, InnerPorts(1, 2, 3, 4, 5))
    for service, model in models.items():
        assert not list(unknown_settings(model, machine.environment(service)))
