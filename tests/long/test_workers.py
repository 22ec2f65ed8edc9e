"""A whole system whose services have two workers each."""

from collections.abc import Iterator

import httpx
import psutil
import pytest
from support.worlds.system import BUCKET, HTTP, System, eventually, make_ports, running_system

CONNECTIONS = 40
"""Connections that two workers share: that all reach one of them is a chance of 2 in 2**40."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    ports = {**make_ports(), "PATCHWORK_WORKERS": "2", "PATCHWORK_LOG_FORMAT": "json"}
    with running_system(tmp_path_factory.mktemp("workers") / "data", ports) as running:
        yield running


def children(system: System, service: str, module: str) -> list[psutil.Process]:
    family = psutil.Process(system.pid(service)).children(recursive=True)
    return [each for each in family if module in command_line(each)]


def workers(system: System, service: str) -> list[psutil.Process]:
    family = psutil.Process(system.pid(service)).children()
    return [each for each in family if "spawn_main" in " ".join(command_line(each))]


def command_line(process: psutil.Process) -> list[str]:
    """Empty for a process that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def statuses(url: str, token: str) -> set[int]:
    """Answers on connections of their own."""
    headers = {"Authorization": f"Bearer {token}"}
    return {httpx.get(url, headers=headers, timeout=30).status_code for _ in range(CONNECTIONS)}


def inner_url(system: System, service: str) -> str:
    """The service itself, since the front keeps connections."""
    return system.inner.inner_url(service)


def test_services_have_two_workers_and_one_follower(system: System) -> None:
    for service in ("auth", "registry", "s3proxy"):
        assert len(workers(system, service)) == 2, service
    eventually(lambda: len(children(system, "registry", "registry.follower")) == 1)
    assert workers(system, "indexer") == []


def test_every_worker_refuses_a_session_that_was_signed_out(system: System) -> None:
    api = system.sign_in()
    buckets = f"{inner_url(system, 'registry')}/api/v1/buckets"
    account = f"{inner_url(system, 'auth')}/api/v1/accounts/me"
    assert statuses(buckets, api.token) == {200}
    assert api.request("POST", "/api/logout", json={"token": api.token}).status_code in {200, 204}
    assert statuses(buckets, api.token) == {401}
    assert statuses(account, api.token) == {401}


def test_a_push_is_done_once_whichever_worker_accepts_it(system: System) -> None:
    api = system.sign_in()
    headers = {"Authorization": f"Bearer {api.token}"}
    packages = f"{inner_url(system, 'registry')}/api/v1/buckets/{BUCKET}/packages"
    body = {"message": "From a worker", "entries": []}
    jobs = []
    for number in range(6):
        answer = httpx.post(f"{packages}/workers/p{number}/revisions", json=body, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        jobs.append(answer.headers["location"])
    eventually(lambda: all(api.get(job)["state"] == "done" for job in jobs), or_say=lambda: system.output)
    assert len(children(system, "registry", "registry.worker")) <= 2
    for number in range(6):
        pushes = api.get(f"/api/v1/buckets/{BUCKET}/packages/workers/p{number}/revisions")
        assert len(pushes["items"]) == 1


def test_a_killed_worker_is_replaced_and_its_work_goes_on(system: System) -> None:
    api = system.sign_in()
    [follower] = children(system, "registry", "registry.follower")
    leading = follower.parent()
    assert leading
    leading.kill()
    eventually(
        lambda: len(workers(system, "registry")) == 2 and len(children(system, "registry", "registry.follower")) == 1
    )
    assert children(system, "registry", "registry.follower") != [follower]
    eventually(lambda: HTTP.get(f"{system.registry}/healthz").status_code == 200)
    done = api.job(f"/api/v1/buckets/{BUCKET}/packages/workers/after/revisions", {"message": "After", "entries": []})
    assert done["state"] == "done"


def test_a_system_whose_service_was_killed_serves_again(system: System) -> None:
    left = workers(system, "registry")
    system.kill("registry")
    _, alive = psutil.wait_procs(left, timeout=20)
    assert alive == []
    eventually(system.is_ready)
    eventually(lambda: len(workers(system, "registry")) == 2)
