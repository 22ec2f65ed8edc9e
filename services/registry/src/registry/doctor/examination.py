"""Runs all checks at the same time, each within its own time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import SecretStr, ValidationError

from registry.doctor.addresses import check_address
from registry.doctor.database import check_clock, check_database, check_jobs, clock_finding
from registry.doctor.disk import check_disk
from registry.doctor.findings import Finding, failed, has_expired_certificate, ok
from registry.doctor.search import check_search
from registry.doctor.store import check_buckets, check_store
from registry.services.shared_settings_check import SharedSettingsCheck
from registry.settings import RegistrySettings
from shared.clients.auth import AuthClient
from shared.clients.transport import call, open_peer
from shared.errors import AppError
from shared.web.health import Health

CHECK_SECONDS = 30.0
"""Time after which a check has failed."""
MAX_ANSWER_CHARACTERS = 600
"""Characters of a service's answer that a finding shows."""
ADVICE_ON_STS = (
    "Nobody gets S3 credentials until auth reaches STS: see AUTH_AWS__ENDPOINT_URL, its rights, and the network to STS"
)


@dataclass(frozen=True)
class Check:
    name: str
    run: Callable[[], Awaitable[Sequence[Finding]]]


async def examine(settings: RegistrySettings, only: Collection[str] = ()) -> list[Finding]:
    """Findings in the order of the checks, of all or of those with these names. No check stops another, and none raises."""
    wanted = [check for check in _checks(settings) if not only or check.name in only]
    found = await asyncio.gather(*(_findings(check) for check in wanted))
    return [finding for each in found for finding in each]


def _checks(settings: RegistrySettings) -> list[Check]:
    internal, public = settings.internal, settings.public
    addresses = {
        "registry": f"{public.registry_url}/healthz",
        "catalog": public.catalog_url,
        "S3 proxy": f"{public.s3proxy_url}/health/live",
        "package gateway": f"{public.packages_url}/" if public.packages_url else "",
    }
    services = {"auth": internal.auth_url, "indexer": internal.indexer_url, "s3proxy": internal.s3proxy_url}
    return [
        Check("database", lambda: check_database(settings)),
        Check("clock", lambda: check_clock(settings)),
        *(Check(name, _service_check(name, url, settings)) for name, url in services.items()),
        Check("network", lambda: _check_network(settings)),
        Check("disk", lambda: check_disk(settings)),
        Check("shared settings", lambda: _check_settings(settings)),
        Check("store", lambda: check_store(settings)),
        Check("buckets", lambda: check_buckets(settings)),
        Check("search", lambda: check_search(settings)),
        Check("jobs", lambda: check_jobs(settings)),
        *(Check(f"address of the {name}", _address_check(name, url)) for name, url in addresses.items() if url),
    ]


async def _findings(check: Check) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.run()
    except TimeoutError:
        return [failed(check.name, f"No answer within {CHECK_SECONDS:g} s", "See whether the other side is overloaded")]
    except Exception as error:  # noqa: BLE001 – a check that fails in an unforeseen way is a finding, too
        return [failed(check.name, f"{type(error).__name__}: {error}", "See the log of the service")]


def _service_check(name: str, url: str, settings: RegistrySettings) -> Callable[[], Awaitable[Sequence[Finding]]]:
    async def check() -> Sequence[Finding]:
        async with open_peer(url, settings.internal) as peer:
            return [await _readiness_of(name, url, peer), *await _clock_of(name, peer)]

    return check


async def _clock_of(name: str, peer: httpx.AsyncClient) -> Sequence[Finding]:
    """Compares the clock of this machine with that of a service, which its answers tell to the second."""
    try:
        told = (await call(peer, "GET", "/health/live")).headers.get("date")
    except AppError:  # the check of the service itself says so
        return []
    if told is None:
        return []
    ahead = datetime.now(UTC) - parsedate_to_datetime(told)
    known_as = {"auth": "auth", "indexer": "the indexer", "s3proxy": "the S3 proxy"}[name]
    return [clock_finding(f"clock of {known_as}", known_as, ahead.total_seconds())]


async def _readiness_of(name: str, url: str, peer: httpx.AsyncClient) -> Finding:
    failing: Collection[str] = ()
    try:
        answer = await peer.get("/health/ready")
        if answer.status_code == 200:
            return ok(name, f"{url} is ready")
        seen = f"{url} answers {answer.status_code}: {answer.text[:MAX_ANSWER_CHARACTERS]}"
        failing = [
            check for check, outcome in Health.model_validate_json(answer.content).checks.items() if outcome != "ok"
        ]
    except httpx.HTTPError as error:
        if has_expired_certificate(str(error)):
            return failed(name, f"{url}: {error}", f"The certificate of {name} has expired: renew it")
        seen = f"{url} does not answer ({type(error).__name__})"
    except ValidationError:  # the answer of a proxy in between
        pass
    return failed(name, seen, _advice(name, url, failing))


def _advice(name: str, url: str, failing: Collection[str]) -> str:
    """The next step for a service that is not ready, by those checks of its own that fail."""
    store = f"The object store is unreachable for {name}: see …_AWS__ENDPOINT_URL, its rights, and the network"
    causes = {
        "queue": f"The queue is unreachable for {name}: see …_EVENTS__QUEUE_URL, its rights, and the network to SQS",
        "database": f"The database is unreachable for {name}, or all of its connections are taken: see …_DATABASE__URL",
        "s3": store,
        "store": store,
        "buckets": f"{name} has not got the list of buckets: see whether it reaches the registry",
    }
    known = [advice for check, advice in causes.items() if check in failing]
    return known[0] if known else f"See the log of {name}. It must run and be reachable at {url}"


async def _check_network(settings: RegistrySettings) -> Sequence[Finding]:
    """Ask each of the other services which services it reaches."""
    internal = settings.internal
    peers = {
        "auth": (internal.auth_url, None),
        "indexer": (internal.indexer_url, internal.indexer_token),
        "s3proxy": (internal.s3proxy_url, internal.s3proxy_token),
    }
    found = await asyncio.gather(
        *(_reached_by(name, url, token, settings) for name, (url, token) in peers.items() if url)
    )
    cut = [finding for each in found for finding in each]
    return cut or [ok("network", "All services that answer reach the others")]


async def _reached_by(name: str, url: str, token: SecretStr | None, settings: RegistrySettings) -> Sequence[Finding]:
    async with open_peer(url, settings.internal, token=token) as peer:
        try:
            answer = await call(peer, "GET", "/internal/reach")
        except AppError:  # the check of the service itself says so
            return []
    checks = Health.model_validate_json(answer.content).checks
    return [
        failed(
            "network",
            f"{name} does not reach {other}: {outcome}",
            ADVICE_ON_STS
            if other == "sts"
            else f"Let connections from {name} to {other} through: its address is …_INTERNAL__{other.upper()}_URL of {name}",
        )
        for other, outcome in checks.items()
        if outcome != "ok"
    ]


async def _check_settings(settings: RegistrySettings) -> Sequence[Finding]:
    async with open_peer(settings.internal.auth_url, settings.internal) as peer:
        disagreements = await SharedSettingsCheck(AuthClient(peer), settings).disagreements()
    if disagreements:
        return [
            failed("shared settings", each, "Set both to the same value, and restart the services")
            for each in disagreements
        ]
    return [ok("shared settings", "auth and the registry agree")]


def _address_check(name: str, url: str) -> Callable[[], Awaitable[Sequence[Finding]]]:
    async def check() -> Sequence[Finding]:
        return await check_address(name, url)

    return check
