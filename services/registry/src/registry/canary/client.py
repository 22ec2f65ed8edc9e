"""The requests of a canary, as any client of the public API makes them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx

from shared.aws.clients import Credentials, open_s3
from shared.aws.objects import S3ObjectStore
from shared.errors import AppError
from shared.quilt.keys import ManifestKey, PointerKey
from shared.schemas.catalog import InstallationAddresses
from shared.schemas.session import VendedCredentials
from shared.settings import AwsSettings
from shared.tls import http_tls

PACKAGE = "canary/probe"
PREFIX = "canary/"
"""Prefix of the objects that the canary writes."""
ANSWER_SECONDS = 30.0
PUSH_SECONDS = 120.0
POLL_SECONDS = 0.5
MAX_BODY_CHARACTERS = 200
MAX_LISTED_OBJECTS = 1000


class StepFailed(Exception):
    """The installation did something else than it should do."""


@asynccontextmanager
async def open_client(registry_url: str) -> AsyncIterator[httpx.AsyncClient]:
    url = registry_url.rstrip("/")
    async with httpx.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, verify=http_tls()) as client:
        yield client


async def installation(http: httpx.AsyncClient) -> InstallationAddresses:
    return InstallationAddresses.model_validate_json((await answered(http, "GET", "/api/v1/config")).content)


async def answered(
    http: httpx.AsyncClient, method: str, path: str, status: int = 200, **options: Any
) -> httpx.Response:
    """An answer with this status. Raises StepFailed for any other, and when there is none."""
    try:
        answer = await http.request(method, path, **options)
    except httpx.HTTPError as error:
        raise StepFailed(f"{method} {_shown(path)}: {type(error).__name__} {error}".strip()) from error
    if answer.status_code != status:
        said = answer.text[:MAX_BODY_CHARACTERS]
        raise StepFailed(f"{method} {_shown(path)} answered {answer.status_code} in place of {status}: {said}")
    return answer


def _shown(path: str) -> str:
    return path.partition("?")[0]


class SignedIn:
    """One account, signed in."""

    def __init__(self, http: httpx.AsyncClient, bucket: str, token: str) -> None:
        self._http = http
        self._bucket = bucket
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def sign_in(cls, http: httpx.AsyncClient, bucket: str, user: str, password: str) -> "SignedIn":
        answer = await answered(http, "POST", "/api/login", json={"username": user, "password": password})
        try:
            return cls(http, bucket, str(answer.json()["token"]))
        except (ValueError, KeyError, TypeError) as error:
            raise StepFailed("POST /api/login answered without a token") from error

    async def sign_out(self) -> None:
        await self.call("POST", "/api/logout")

    async def call(self, method: str, path: str, status: int = 200, **options: Any) -> httpx.Response:
        return await answered(self._http, method, path, status, headers=self._headers, **options)

    def package(self, rest: str = "") -> str:
        return f"/api/v1/buckets/{quote(self._bucket)}/packages/{PACKAGE}{rest}"

    @asynccontextmanager
    async def open_objects(self, addresses: InstallationAddresses) -> AsyncIterator[S3ObjectStore]:
        """S3 with the credentials of this account."""
        answer = await self.call("GET", "/api/auth/get_credentials")
        vended = VendedCredentials.model_validate_json(answer.content)
        made = Credentials(vended.AccessKeyId, vended.SecretAccessKey, vended.SessionToken, vended.Expiration)

        async def current() -> Credentials:
            return made

        settings = AwsSettings(region=addresses.region, endpoint_url=addresses.s3_url)
        async with open_s3(settings, attempts=3, current=current) as s3:
            yield S3ObjectStore(s3)

    async def push(self, key: str, word: str, size: int) -> str:
        """The top hash of a revision with the one object, pushed by a job."""
        entry = {"logical_key": "probe.txt", "physical_key": f"s3://{self._bucket}/{quote(key)}", "size": size}
        body = {"entries": [entry], "message": f"Probe {word}", "metadata": {"word": word}}
        job = (await self.call("POST", self.package("/revisions"), 202, json=body)).json()

        async def is_done() -> bool:
            nonlocal job
            job = (await self.call("GET", f"/api/v1/jobs/{job['id']}")).json()
            return job["state"] not in {"queued", "running"}

        await wait_until(is_done, PUSH_SECONDS, f"The job is {job['state']} after {PUSH_SECONDS:g} s")
        if job["state"] != "done":
            detail = (job["problem"] or {}).get("detail", "")
            raise StepFailed(f"The job is {job['state']}: {detail}")
        return str(job["result"]["top_hash"])

    async def require_listed(self, top_hash: str) -> None:
        named = await self.call("GET", f"/api/v1/buckets/{quote(self._bucket)}/packages", params={"prefix": PACKAGE})
        if PACKAGE not in {each["name"] for each in named.json()["items"]}:
            raise StepFailed("The package is not in the list of packages")
        pushes = (await self.call("GET", self.package("/revisions"))).json()["items"]
        if not pushes or pushes[0]["top_hash"] != top_hash:
            raise StepFailed("The push is not the newest of the package")

    async def require_found(self, word: str, seconds: float) -> None:
        async def is_found() -> bool:
            asked = {"q": word, "bucket": self._bucket, "kind": "package"}
            found = (await self.call("GET", "/api/v1/search", params=asked)).json()["items"]
            return any(each["name"] == PACKAGE for each in found)

        await wait_until(is_found, seconds, f"No search found the push within {seconds:g} s")

    async def install(self, objects: S3ObjectStore, top_hash: str, key: str, content: bytes) -> None:
        """Read what a client reads that installs the package: pointer, manifest, object."""
        pointer = await self._read(objects, PointerKey(PACKAGE, "latest").key)
        if pointer.decode() != top_hash:
            raise StepFailed("The pointer names another revision")
        lines = [json.loads(line) for line in (await self._read(objects, ManifestKey(top_hash).key)).splitlines()]
        physical = str(lines[1]["physical_keys"][0])
        if not physical.startswith(f"s3://{self._bucket}/{quote(key)}"):
            raise StepFailed("The manifest names another object")
        found = await self._read(objects, key)
        if found != content or lines[1]["size"] != len(content):
            raise StepFailed("The object has another content than the one that was uploaded")
        hashed = lines[1]["hash"]
        if hashed["type"] == "SHA256" and hashed["value"] != hashlib.sha256(content).hexdigest():
            raise StepFailed("The manifest has another hash than the object")

    async def _read(self, objects: S3ObjectStore, key: str) -> bytes:
        got = await objects.get(self._bucket, key, limit=1 << 20)
        if got is None:
            raise StepFailed(f"s3://{self._bucket}/{key} does not exist")
        return got[1]

    async def clean(self, objects: S3ObjectStore) -> None:
        """Remove what this run and interrupted ones left: pointers, manifests and objects."""
        pointers = await self._keys(objects, f".quilt/named_packages/{PACKAGE}/")
        manifests = {ManifestKey((await self._read(objects, key)).decode().strip()).key for key in pointers}
        left = await self._keys(objects, PREFIX)
        if pointers:
            await self.call("DELETE", self.package(), 204)
        for key in (*manifests, *left, *await self._keys(objects, f".quilt/named_packages/{PACKAGE}/")):
            await objects.delete(self._bucket, key)

    async def _keys(self, objects: S3ObjectStore, prefix: str) -> list[str]:
        found: list[str] = []
        async for page in objects.list(self._bucket, prefix=prefix):
            found += [each.key for each in page]
            if len(found) >= MAX_LISTED_OBJECTS:
                break
        return found[:MAX_LISTED_OBJECTS]


async def require_refused(outsider: SignedIn, bucket: str, addresses: InstallationAddresses, key: str) -> None:
    """An account without a role must be refused by the registry and by S3."""
    await outsider.call("GET", outsider.package(), 404)
    await outsider.call("POST", outsider.package("/revisions"), 404, json={"entries": []})
    try:
        async with outsider.open_objects(addresses) as objects:
            read = await objects.get(bucket, key, limit=1)
    except (AppError, StepFailed):
        return
    if read is not None:
        raise StepFailed("S3 gave an object to an account without a role")


async def wait_until(condition: Callable[[], Awaitable[bool]], seconds: float, otherwise: str) -> None:
    """Raises StepFailed with `otherwise` when the condition does not hold within these seconds."""
    end = monotonic() + seconds
    while not await condition():
        if monotonic() >= end:
            raise StepFailed(otherwise)
        await asyncio.sleep(POLL_SECONDS)
