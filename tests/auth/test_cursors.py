"""Cursors that no page ended with, and times out of range."""

import httpx
from fastapi import FastAPI
from support.faults.hostile_cursors import TIMES, require_no_failures, time_parameters
from support.worlds.auth_world import Given


async def test_no_listing_fails_for_a_cursor(app: FastAPI, client: httpx.AsyncClient, given: Given) -> None:
    admin = await given.admin()
    await require_no_failures(app, client, admin, {}, at_least=6, step=4)


async def test_no_listing_fails_for_a_time(app: FastAPI, client: httpx.AsyncClient, given: Given) -> None:
    admin = await given.admin()
    walked = list(time_parameters(app))
    assert len(walked) >= 2, "the walk is broken"
    for path, name in walked:
        for time in TIMES:
            answer = await client.get(path, params={name: time}, headers=admin)
            assert answer.status_code in {200, 422}, (path, name, time, answer.text)
