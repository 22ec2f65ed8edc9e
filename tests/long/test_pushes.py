"""Server-side pushes on the whole system: fifty at once, and with workers and services killed during them."""

import asyncio
import json
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from support.processes import command_line
from support.worlds.system import BUCKET, Api, System, eventually

from localrun.emulator import REGION
from shared.aws.clients import Credentials, open_s3
from shared.quilt.chunked_hash import PART_BYTES
from shared.quilt.physical_keys import parse_physical_key
from shared.schemas.session import VendedCredentials
from shared.settings import AwsSettings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

COUNT = 50
SMALL, LARGE = 60, 2
"""Numbers of small and of large files in the promoted package."""
PROMOTIONS, KILLS = 6, 6
RELEASED = "quilt-released"
FINISHED = {"done", "failed", "cancelled"}
JOB_SECONDS = 300


class Store:
    """S3 with the administrator's credentials."""

    def __init__(self, system: System, api: Api) -> None:
        vended = VendedCredentials.model_validate(api.get("/api/auth/get_credentials"))
        self._keys = Credentials(vended.AccessKeyId, vended.SecretAccessKey, vended.SessionToken, vended.Expiration)
        self._settings = AwsSettings(region=REGION, endpoint_url=system.s3)

    async def _current(self) -> Credentials:
        return self._keys

    def put(self, bodies: dict[str, bytes]) -> None:
        async def work() -> None:
            async with open_s3(self._settings, current=self._current) as s3:
                for key, body in bodies.items():
                    await s3.put_object(Bucket=BUCKET, Key=key, Body=body)

        asyncio.run(work())

    def pointers(self, bucket: str, prefix: str) -> dict[str, str]:
        """Top hashes by the part of the key after the prefix."""

        async def work() -> dict[str, str]:
            async with open_s3(self._settings, current=self._current) as s3:
                return await _pointers(s3, bucket, f".quilt/named_packages/{prefix}")

        return asyncio.run(work())

    def require_complete(self, bucket: str, prefix: str, known: set[str]) -> None:
        """Assert that the manifests of all pointers exist with all their objects. Those in `known` are skipped; others are added."""

        async def work() -> None:
            async with open_s3(self._settings, current=self._current) as s3:
                pointers = await _pointers(s3, bucket, f".quilt/named_packages/{prefix}")
                for top_hash in set(pointers.values()) - known:
                    await _require_whole(s3, bucket, top_hash)
                    known.add(top_hash)

        asyncio.run(work())

    def count(self, bucket: str, prefix: str) -> int:
        async def work() -> int:
            async with open_s3(self._settings, current=self._current) as s3:
                return (await s3.list_objects_v2(Bucket=bucket, Prefix=prefix))["KeyCount"]

        return asyncio.run(work())

    def left_parts(self, bucket: str) -> list[str]:
        """Keys with parts of an unfinished upload."""

        async def work() -> list[str]:
            async with open_s3(self._settings, current=self._current) as s3:
                found: list[str] = []
                for upload in (await s3.list_multipart_uploads(Bucket=bucket)).get("Uploads", []):
                    listed = await s3.list_parts(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
                    found += [upload["Key"] for _ in listed.get("Parts", [])]
                return found

        return asyncio.run(work())


async def _pointers(s3: "S3Client", bucket: str, prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    async for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for each in page.get("Contents", []):
            found_object = await s3.get_object(Bucket=bucket, Key=each["Key"])
            found[each["Key"].removeprefix(prefix)] = (await found_object["Body"].read()).decode()
    return found


async def _require_whole(s3: "S3Client", bucket: str, top_hash: str) -> None:
    assert await _size(s3, bucket, f".quilt/packages/{top_hash}") is not None, (
        f"a pointer names {top_hash}, which is missing"
    )
    manifest = await s3.get_object(Bucket=bucket, Key=f".quilt/packages/{top_hash}")
    for line in (await manifest["Body"].read()).splitlines()[1:]:
        entry = json.loads(line)
        location = parse_physical_key(entry["physical_keys"][0])
        assert location
        assert location.version_id
        assert await _size(s3, location.bucket, location.key, VersionId=location.version_id) == entry["size"], entry


async def _size(s3: "S3Client", bucket: str, key: str, **version: str) -> int | None:
    try:
        return (await s3.head_object(Bucket=bucket, Key=key, **version))["ContentLength"]  # type: ignore[arg-type]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


@pytest.fixture(scope="module")
def api(system: System) -> Api:
    api = system.sign_in()
    made = api.request("POST", "/api/v1/buckets", json={"name": RELEASED, "title": "Released"})
    assert made.status_code == 201, made.text
    return api


@pytest.fixture(scope="module")
def store(system: System, api: Api) -> Store:
    return Store(system, api)


def job(api: Api, path: str, push: Any) -> Any:
    answer = api.request("POST", path, json=push)
    assert answer.status_code == 202, answer.text
    return answer.json()


def ended(api: Api, job: Any) -> Any:
    def is_over() -> bool:
        with suppress(AssertionError):  # the registry may be down
            job.update(api.get(f"/api/v1/jobs/{job['id']}"))
        return job["state"] in FINISHED

    eventually(is_over, JOB_SECONDS, or_say=lambda: json.dumps(job))
    return job


def constructed(api: Api, store: Store, name: str, bodies: dict[str, bytes]) -> str:
    """Construct a package of these files; returns its path in the API."""
    store.put({f"raw/{name}/{key}": body for key, body in bodies.items()})
    entries = [{"logical_key": key, "physical_key": f"s3://{BUCKET}/raw/{name}/{key}"} for key in bodies]
    path = f"/api/v1/buckets/{BUCKET}/packages/{name}"
    made = ended(api, job(api, f"{path}/revisions", {"entries": entries, "message": "First"}))
    assert made["state"] == "done", made["problem"]
    return path


def test_fifty_concurrent_pushes_to_one_name_leave_complete_revisions(api: Api, store: Store) -> None:
    path = constructed(api, store, "long/fifty", {"a.csv": b"hello"})
    first = api.get(path)["latest"]["top_hash"]

    def push(number: int) -> Any:
        expected = {"expected": {"latest": first, "entries": 1}} if number % 2 else {}
        operation = {"op": "annotate", "path": "a.csv", "metadata": {"number": number}}
        return api.request("POST", f"{path}/revisions/{first}/patch", json={"operations": [operation], **expected})

    with ThreadPoolExecutor(COUNT) as threads:
        answers = list(threads.map(push, range(COUNT)))
    refused = [answer for answer in answers if answer.status_code == 409]
    jobs = [ended(api, answer.json()) for answer in answers if answer.status_code == 202]
    assert len(refused) + len(jobs) == COUNT
    assert {answer.json()["type"] for answer in refused} <= {"/problems/revision_stale"}
    done = [job["result"] for job in jobs if job["state"] == "done"]
    problems = [job["problem"]["type"] for job in jobs if job["state"] == "failed"]
    assert set(problems) <= {"/problems/revision_stale"}
    assert len(done) >= COUNT / 2

    pointers = store.pointers(BUCKET, "long/fifty/")
    assert {result["tag"]: result["top_hash"] for result in done}.items() <= pointers.items()
    assert len({result["tag"] for result in done}) == len(done)
    assert pointers["latest"] in {result["top_hash"] for result in done if result["is_latest"]}
    shown = api.get(f"{path}/revisions", {"limit": "100"})["items"]
    assert {item["tag"]: item["top_hash"] for item in shown} | {"latest": pointers["latest"]} == pointers
    assert api.get(path)["latest"]["top_hash"] == pointers["latest"]
    store.require_complete(BUCKET, "long/fifty/", set())


@contextmanager
def watched(store: Store, prefix: str) -> Iterator[None]:
    """Assert until the context ends that all revisions with a pointer are complete."""
    known: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            with suppress(BotoCoreError, ClientError):  # S3 may be down
                store.require_complete(RELEASED, prefix, known)

    with ThreadPoolExecutor(1) as thread:
        watching = thread.submit(watch)
        try:
            yield
        finally:
            over.set()
        watching.result()


def workers(system: System) -> list[psutil.Process]:
    with suppress(psutil.Error, KeyError):
        children = psutil.Process(system.pid("registry")).children()
        return [child for child in children if "registry.worker" in command_line(child)]
    return []


def kill_workers_at_random(system: System, api: Api, jobs: list[Any]) -> int:
    """Kill the workers at random moments; returns how many died."""
    randomness, deaths = random.Random(4), 0  # noqa: S311
    for _ in range(KILLS):
        eventually(lambda: workers(system) or all(ended_now(api, each) for each in jobs), JOB_SECONDS)
        time.sleep(randomness.uniform(0.5, 4))
        for worker in workers(system):
            with suppress(psutil.Error):
                worker.kill()
                deaths += 1
        if all(ended_now(api, each) for each in jobs):
            break
    return deaths


def ended_now(api: Api, job: Any) -> bool:
    return api.get(f"/api/v1/jobs/{job['id']}")["state"] in FINISHED


@pytest.fixture(scope="module")
def wine(api: Api, store: Store) -> str:
    """The path of a package to promote, in the API."""
    bodies = {f"small/{number}.txt": f"number {number}".encode() for number in range(SMALL)}
    bodies |= {f"large {number}.bin": os.urandom(3 * PART_BYTES) for number in range(LARGE)}
    return constructed(api, store, "long/wine", bodies)


def promotions(api: Api, wine: str, prefix: str, count: int) -> list[Any]:
    path = f"{wine}/revisions/latest/promotion"
    targets = [{"to": {"bucket": RELEASED, "package": f"{prefix}{number}"}} for number in range(count)]
    return [job(api, path, target) for target in targets]


def require_released(api: Api, store: Store, jobs: list[Any]) -> None:
    for each in jobs:
        name, result = each["name"], each["result"]
        pointers = store.pointers(RELEASED, f"{name}/")
        assert pointers == {result["tag"]: result["top_hash"], "latest": result["top_hash"]}
        shown = api.get(f"/api/v1/buckets/{RELEASED}/packages/{name}")["latest"]
        assert (shown["state"], shown["total_entries"]) == ("ready", SMALL + LARGE)
    assert store.left_parts(RELEASED) == []


def test_promotions_survive_killing_their_workers(system: System, api: Api, store: Store, wine: str) -> None:
    with watched(store, "long/killed-"):
        jobs = promotions(api, wine, "long/killed-", PROMOTIONS)
        assert kill_workers_at_random(system, api, jobs) >= 2
        for each in jobs:
            while ended(api, each)["state"] == "failed":  # killed more often than a job is tried
                assert "worker ended" in each["problem"]["detail"], each["problem"]
                each.update(api.request("POST", f"/api/v1/jobs/{each['id']}/resume").json())
    require_released(api, store, jobs)


@pytest.mark.parametrize("service", ["registry", "auth", "indexer", "postgres", "s3"])
def test_a_promotion_survives_killing_a_service(
    system: System, api: Api, store: Store, wine: str, service: str
) -> None:
    with watched(store, f"long/{service}-"):
        jobs = promotions(api, wine, f"long/{service}-", 2)
        eventually(lambda: store.count(RELEASED, f"long/{service}-") > SMALL / 4, JOB_SECONDS)
        system.kill(service)
        for each in jobs:
            if ended(api, each)["state"] == "failed":
                assert each["problem"]["status"] == 503, each["problem"]
                each.update(api.request("POST", f"/api/v1/jobs/{each['id']}/resume").json())
                assert ended(api, each)["state"] == "done", each["problem"]
    require_released(api, store, jobs)


def test_promotions_end_with_the_session_that_asked(system: System, api: Api, store: Store, wine: str) -> None:
    leaving = system.sign_in()
    with watched(store, "long/left-"):
        jobs = promotions(leaving, wine, "long/left-", 4)
        eventually(lambda: store.count(RELEASED, "long/left-") > SMALL / 4, JOB_SECONDS)
        assert leaving.request("POST", "/api/logout").status_code == 200
        for each in jobs:
            ended(api, each)
    assert jobs[-1]["state"] == "failed"
    for each in jobs:
        pointers = store.pointers(RELEASED, f"{each['name']}/")
        if each["state"] == "failed":
            assert (each["problem"]["status"], pointers) == (401, {})
        else:
            assert len(pointers) == 2
