"""Ends of sessions, many times and while a service restarts: no request is accepted after the answer."""

import json
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from support.worlds.planes import ACCEPTED, REFUSED, Planes
from support.worlds.system import System, eventually, running_system

TRIES = 200
NAME, PASSWORD = "rita", "rita's password"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("revocations") / "data") as running:
        running.create_user(NAME, PASSWORD, "ReadWriteAll")
        yield running


async def test_no_service_accepts_an_ended_session(system: System) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        for _ in range(TRIES):
            planes = await Planes.sign_in(system, http, NAME, PASSWORD)
            assert await planes.statuses() == ACCEPTED
            await planes.sign_out()
            assert await planes.statuses() == REFUSED


def is_replaced(system: System, auth: int) -> bool:
    pids = json.loads((system.data / "run.json").read_text())["pids"]
    return pids.get("auth", auth) != auth and system.is_ready()


async def test_an_ended_session_is_refused_after_auth_was_restarted(system: System) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        for _ in range(3):
            planes = await Planes.sign_in(system, http, NAME, PASSWORD)
            assert await planes.statuses() == ACCEPTED
            before = system.kill("auth")
            eventually(partial(is_replaced, system, before), 60)
            await planes.sign_out()
            assert await planes.statuses() == REFUSED
