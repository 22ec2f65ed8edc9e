"""Answers while the database is slow or down."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.registry_world import RegistryWorld, problem

from registry.main import install_resources
from registry.resources import RegistryResources
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.settings import DatabaseSettings


@pytest.mark.parametrize("address", ["/api/v1/search?q=wine", "/api/search?index=_all&query=wine"])
async def test_a_search_above_its_time_limit_is_503(
    library: RegistryWorld, app: FastAPI, resources: RegistryResources, index_sessions: Sessions, address: str
) -> None:
    hasty = replace(resources, settings=resources.settings.model_copy(update={"search_seconds": 0.2}))
    install_resources(app, hasty, app.state.principals)
    async with transaction(index_sessions) as locking:
        await locking.execute(text("LOCK TABLE index.object IN ACCESS EXCLUSIVE MODE"))
        answer = await library.get(address)
    assert problem(answer) == (503, "The search took more than 0.2 s. Make it narrower")
    assert (await library.get(address)).status_code == 200


async def test_without_a_database_answers_are_503_with_retry_after(
    library: RegistryWorld, app: FastAPI, resources: RegistryResources
) -> None:
    nowhere = DatabaseSettings(url=SecretStr("postgresql+asyncpg://nobody:x@127.0.0.1:9/nothing"))
    async with open_engine(nowhere, "tests") as engine:
        install_resources(app, replace(resources, sessions=sessions_of(engine)), app.state.principals)
        for address in ("/api/v1/buckets", "/api/v1/search", "/api/search?index=_all"):
            answer = await library.get(address)
            assert problem(answer)[0] == 503
            assert answer.headers["retry-after"]
        assert (await library.client.get("/config.json")).status_code == 200
