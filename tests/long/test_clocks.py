"""Clocks that are wrong by an hour: of one service, and of a whole machine, where it is set forth and back while people work."""

import asyncio
from collections.abc import Iterator

import pytest
from support.faults.acknowledged import Acknowledged, another_process_of, doctor, put_object
from support.faults.movable_clock import COMPILER, MovableClock, may_overlay
from support.worlds.system import BUCKET, HTTP, System, eventually, running_system

HOUR = 3600
PRESENT = "faults/present"
SERVICES = {"auth": "auth", "indexer": "the indexer", "s3proxy": "the S3 proxy"}

pytestmark = [
    pytest.mark.skipif(not COMPILER, reason="needs a C compiler"),
    pytest.mark.skipif(not may_overlay(), reason="mounting needs root"),
]


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovableClock:
    """The clock of the machine that the system runs on."""
    return MovableClock.make(tmp_path_factory.mktemp("machine") / "clock")


@pytest.fixture(scope="module")
def system(clock: MovableClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("patchwork") / "data", within=clock.for_a_system) as running:
        yield running


@pytest.fixture(scope="module")
def acknowledged(system: System) -> Acknowledged:
    made = Acknowledged(system)
    eventually(lambda: system.sign_in().request("GET", f"/api/v1/buckets/{BUCKET}").status_code == 200)
    asyncio.run(put_object(system, f"{PRESENT}.txt", PRESENT.encode()))
    assert made.push(system.sign_in(), present=PRESENT)["state"] == "done"
    return made


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_whose_own_clock_is_wrong_is_named(
    system: System, acknowledged: Acknowledged, service: str, hours: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = MovableClock.make(tmp_path_factory.mktemp("service") / "clock")
    own.move(hours * HOUR)
    # S3 and SQS refuse its requests, so it may never be ready.
    with another_process_of(system, service, own.for_a_process, "live") as url:
        found = doctor(system, service, changed={f"REGISTRY_INTERNAL__{service.upper()}_URL": url})
    finding = found[f"clock of {SERVICES[service]}"]
    assert finding["state"] == "failed"
    assert ("behind" if hours > 0 else "ahead of") in finding["seen"]
    assert "NTP" in finding["advice"]
    acknowledged.require_all(system.sign_in())


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_registry_whose_own_clock_is_wrong_is_named(
    system: System, hours: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = MovableClock.make(tmp_path_factory.mktemp("registry") / "clock")
    own.move(hours * HOUR)
    found = doctor(system, "clock", "store", changed=own.for_a_process)
    assert found["clock"]["state"] == "failed"
    assert ("ahead of" if hours > 0 else "behind") in found["clock"]["seen"]
    # The store refuses all requests.
    assert found["store"]["state"] == "failed"
    assert "NTP" in found["store"]["advice"], found["store"]


def test_a_clock_set_an_hour_forth_and_back_loses_nothing_that_was_acknowledged(
    system: System, acknowledged: Acknowledged, clock: MovableClock
) -> None:
    """People sign in and push at each time; somebody who signed in before stays signed in."""
    first = system.sign_in()
    try:
        for offset in (HOUR, 0, -HOUR, 0):
            clock.move(offset)
            assert doctor(system, "clock")["clock"]["state"] == ("failed" if offset else "ok")
            api = system.sign_in()
            eventually(lambda api=api: acknowledged.push(api, present=PRESENT)["state"] == "done", 180)
            assert first.request("GET", "/api/me").status_code == 200
            assert HTTP.get(f"{system.registry}/healthz").status_code == 200
    finally:
        clock.move(0)
    acknowledged.require_recovery()
