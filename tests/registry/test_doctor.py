"""The causes that `registry.cli doctor` names when something of an installation has failed."""

import asyncio
import io
import json
import ssl
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import asyncpg
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr
from support.deploy.tls import self_signed
from support.deploy.tls_front import tls_before
from support.worlds.registry_world import settings_for
from support.worlds.servers import Aws, Databases

from localrun.postgres import Cluster
from registry.doctor.database import clock_finding
from registry.doctor.examination import examine
from registry.doctor.findings import Finding, FindingState
from registry.doctor.report import as_text, shown_settings, support_bundle
from registry.follower.opening import directory_of
from registry.follower.status import FollowerState, FollowerStatus, now, write_status
from registry.settings import RegistrySettings, SearchSettings
from shared.errors import Unavailable
from shared.settings import DatabaseSettings, InternalSettings, PublicSettings, ServiceSettings
from shared.testing.servers import serve
from shared.web.app import build_app

NOBODY = "http://127.0.0.1:9"
INTERNAL = InternalSettings(
    token=SecretStr("the internal token"), auth_url=NOBODY, registry_url=NOBODY, indexer_url=NOBODY, s3proxy_url=NOBODY
)


@pytest.fixture
def settings(own_database: Databases, aws: Aws, tmp_path: Path) -> RegistrySettings:
    public = PublicSettings(catalog_url=NOBODY, registry_url=NOBODY, s3proxy_url=NOBODY)
    search = SearchSettings(directory=tmp_path / "search")
    (tmp_path / "search").mkdir()
    return settings_for(own_database.registry, internal=INTERNAL, public=public, aws=aws.settings, search=search)


async def found(settings: RegistrySettings, check: str, **changes: Any) -> Finding:
    """The worst finding of a check."""
    origins = {"clock of the store": "store", "clock of the indexer": "indexer"}
    origin = {**origins, "certificate of localhost": "address of the catalog"}.get(check, check)
    findings = [each for each in await examine(settings.model_copy(update=changes), [origin]) if each.check == check]
    return max(findings, key=lambda each: list(FindingState).index(each.state))


def at(url: str) -> dict[str, DatabaseSettings]:
    return {"database": DatabaseSettings(url=SecretStr(url))}


async def test_a_database_that_cannot_be_used_is_named_with_its_cause(
    settings: RegistrySettings, own_database: Databases
) -> None:
    assert (await found(settings, "database")).state is FindingState.OK
    role = f"limited_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(own_database.admin)
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'its' CONNECTION LIMIT 0")
    try:
        where = own_database.registry.rpartition("@")[2]
        causes = {
            "postgresql+asyncpg://nobody:x@127.0.0.1:9/none": "must run and be reachable",
            f"postgresql+asyncpg://{role}:its@{where}": "All connections are taken",
            f"{own_database.registry.rpartition('/')[0]}/no_such_database": "REGISTRY_DATABASE__URL",
        }
        for url, advice in causes.items():
            finding = await found(settings, "database", **at(url))
            assert finding.state is FindingState.FAILED
            assert advice in finding.advice, finding
    finally:
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()


async def test_a_service_that_does_not_answer_is_named_with_its_address(settings: RegistrySettings) -> None:
    for service in ("auth", "indexer", "s3proxy"):
        finding = await found(settings, service)
        assert finding.state is FindingState.FAILED
        assert NOBODY in finding.seen
    assert (await found(settings, "shared settings")).state is FindingState.FAILED
    assert (await found(settings, "address of the registry")).state is FindingState.FAILED


async def test_a_store_is_tried_and_what_it_lacks_is_named(settings: RegistrySettings, aws: Aws) -> None:
    missing = await found(settings, "store", catalog=settings.catalog.model_copy(update={"service_bucket": "not-here"}))
    assert missing.state is FindingState.FAILED
    none = await found(settings, "store", catalog=settings.catalog.model_copy(update={"service_bucket": ""}))
    assert none.state is FindingState.WARNING
    bucket = f"probed-{uuid4().hex[:8]}"
    catalog = settings.catalog.model_copy(update={"service_bucket": bucket})
    async with aws.root("s3") as s3:
        await s3.create_bucket(Bucket=bucket)
        unversioned = await found(settings, "store", catalog=catalog)
        assert unversioned.state is FindingState.OK
        assert "Not tried, for want of rights or versions: versions, delete markers" in unversioned.seen
        await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        able = await found(settings, "store", catalog=catalog)
        assert able.state is FindingState.OK, able
        left = await s3.list_object_versions(Bucket=bucket)
        assert not left.get("Versions")
        assert not left.get("DeleteMarkers")
    assert (await found(settings, "clock of the store", catalog=catalog)).state is FindingState.OK


@pytest.mark.parametrize(
    ("ahead", "health"), [(0.2, FindingState.OK), (-3600, FindingState.FAILED), (3600, FindingState.FAILED)]
)
def test_a_clock_that_is_wrong_has_failed(ahead: float, health: FindingState) -> None:
    finding = clock_finding("clock", "the database", ahead)
    assert finding.state is health
    assert ("NTP" in finding.advice) == (health is FindingState.FAILED)


@asynccontextmanager
async def service_with_clock(ahead: timedelta) -> AsyncIterator[str]:
    """The address of a service that is ready and whose clock is ahead by that time."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            date = format_datetime(now() + ahead, usegmt=True)
            writer.write(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(("hours", "direction"), [(1, "behind"), (-1, "ahead of")])
async def test_a_service_whose_clock_is_wrong_is_named(settings: RegistrySettings, hours: int, direction: str) -> None:
    async with service_with_clock(timedelta(hours=hours)) as url:
        internal = INTERNAL.model_copy(update={"indexer_url": url})
        finding = await found(settings, "clock of the indexer", internal=internal)
    assert finding.state is FindingState.FAILED
    assert f"s {direction} that of the indexer" in finding.seen
    assert "NTP" in finding.advice


async def test_a_search_index_that_nothing_follows_has_failed(settings: RegistrySettings) -> None:
    assert (await found(settings, "search")).state is FindingState.WARNING
    later = now() + timedelta(hours=1)  # however long this takes
    status = FollowerStatus(state=FollowerState.FOLLOWING, written_at=later, pid=1, as_of=later, documents=7)
    file = directory_of(settings.search).status_file
    for changes, health, seen in (
        ({}, FindingState.OK, "7 documents"),
        ({"as_of": now() - timedelta(hours=1)}, FindingState.WARNING, "s behind"),
        ({"written_at": now() - timedelta(hours=1)}, FindingState.FAILED, "Nothing follows the changes"),
        ({"bytes_on_disk": 1 << 60}, FindingState.FAILED, "free"),
    ):
        write_status(file, status.model_copy(update=changes))
        finding = await found(settings, "search")
        assert (finding.state, seen in finding.seen) == (health, True), finding


@asynccontextmanager
async def https_server(directory: Path, lifetime: timedelta = timedelta(days=1)) -> AsyncIterator[str]:
    """An address whose certificate ends after `lifetime`; SSL_CERT_FILE may name its authority."""
    certificate, key = self_signed(directory, "localhost", lifetime)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "localhost", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


async def test_a_certificate_that_ends_soon_or_that_nobody_trusts_is_named(
    settings: RegistrySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with https_server(tmp_path) as url:
        public = settings.public.model_copy(update={"catalog_url": url})
        untrusted = await found(settings, "address of the catalog", public=public)
        assert untrusted.state is FindingState.FAILED
        assert "Renew the certificate" in untrusted.advice
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert (await found(settings, "certificate of localhost", public=public)).state is FindingState.WARNING


async def test_a_certificate_that_has_expired_is_named_as_the_cause(
    settings: RegistrySettings,
    postgres: Cluster,
    own_database: Databases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for trusted in ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "PGSSLROOTCERT"):
        monkeypatch.setenv(trusted, str(tmp_path / "certificate.pem"))
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    async with (
        https_server(tmp_path, -timedelta(days=1)) as url,
        tls_before(postgres.port, tmp_path / "certificate.pem", tmp_path / "key.pem") as port,
    ):
        login, _, name = own_database.registry.rpartition("/")
        changes: dict[str, dict[str, Any]] = {
            "address of the catalog": {"public": settings.public.model_copy(update={"catalog_url": url})},
            "auth": {"internal": INTERNAL.model_copy(update={"auth_url": url})},
            "store": {"aws": settings.aws.model_copy(update={"endpoint_url": url})},
            "database": at(f"{login.rpartition('@')[0]}@localhost:{port}/{name}"),
        }
        findings = {check: await found(settings, check, **changed) for check, changed in changes.items()}
    for finding in findings.values():
        assert (finding.state, "has expired" in finding.advice) == (FindingState.FAILED, True), finding


async def test_a_database_whose_connections_are_all_taken_is_named_as_the_cause(
    settings: RegistrySettings, own_database: Databases
) -> None:
    admin = await asyncpg.connect(own_database.admin)
    limit = int(await admin.fetchval("SHOW max_connections"))
    taken = [admin]
    try:
        with suppress(asyncpg.TooManyConnectionsError):
            while len(taken) <= limit:
                taken.append(await asyncpg.connect(own_database.admin))
        finding = await found(settings, "database")
    finally:
        for connection in taken:
            await connection.close()
    assert finding.state is FindingState.FAILED
    assert "All connections are taken" in finding.advice, finding


def test_a_disk_that_takes_no_more_is_named_as_the_cause(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from registry.doctor.disk import _examine
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20 - 1, 2**20 - 1))
print(_examine(Path(sys.argv[1])).model_dump_json())
"""
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    finding = Finding.model_validate_json(done.stdout)
    assert finding.state is FindingState.FAILED
    assert "disk is full" in finding.advice


@asynccontextmanager
async def listening_service(name: str, **urls: str) -> AsyncIterator[str]:
    """A service that is ready but for its queue, with these addresses of others; its own address."""
    internal = INTERNAL.model_copy(
        update=dict.fromkeys(("auth_url", "registry_url", "indexer_url", "s3proxy_url"), "") | urls
    )
    app = build_app(name, ServiceSettings(profile="development", internal=internal), _no_lifespan, [])

    async def check_queue() -> None:
        raise Unavailable("The queue does not answer (ConnectTimeoutError)")

    app.state.checks = {"queue": check_queue}
    async with serve(app) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def _no_lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


async def test_a_service_with_many_failing_checks_is_advised_by_those_that_are_known(
    settings: RegistrySettings,
) -> None:
    app = build_app("indexer", ServiceSettings(profile="development", internal=INTERNAL), _no_lifespan, [])

    async def fail() -> None:
        raise Unavailable("a reason of many words " * 20)

    async def succeed() -> None:
        return

    app.state.checks = {"database": succeed, **{f"check {number}": fail for number in range(5)}, "queue": fail}
    async with serve(app) as port:
        internal = INTERNAL.model_copy(update={"indexer_url": f"http://127.0.0.1:{port}"})
        unready = await found(settings, "indexer", internal=internal)
    assert unready.state is FindingState.FAILED
    assert "queue is unreachable" in unready.advice


async def test_a_cut_between_two_services_and_an_unreachable_queue_are_named_as_causes(
    settings: RegistrySettings,
) -> None:
    async with listening_service("indexer", registry_url=NOBODY) as url:
        internal = INTERNAL.model_copy(update={"indexer_url": url})
        cut = await found(settings, "network", internal=internal)
        unready = await found(settings, "indexer", internal=internal)
    assert (cut.state, unready.state) == (FindingState.FAILED, FindingState.FAILED)
    assert "indexer does not reach registry" in cut.seen
    assert "INTERNAL__REGISTRY_URL" in cut.advice
    assert "queue is unreachable" in unready.advice
    async with listening_service("auth") as url:
        internal = INTERNAL.model_copy(update={"auth_url": url})
        assert (await found(settings, "network", internal=internal)).state is FindingState.OK


def test_settings_are_shown_without_the_credentials_of_urls_wherever_they_are() -> None:
    class Inner(BaseModel):
        url: str = "https://amy:hidden@inner.test"

    class Nested(BaseModel):
        urls: list[str] = ["https://amy:hidden@listed.test"]
        by_name: dict[str, tuple[str, ...]] = {"a": ("https://amy:hidden@mapped.test", "plain")}
        inner: list[Inner] = [Inner()]
        secrets: dict[str, SecretStr] = {"key": SecretStr("hidden"), "none": SecretStr("")}
        path: Path = Path("/srv")
        count: int = 3

    assert shown_settings(Nested()) == {
        "urls": ["https://…@listed.test"],
        "by_name": {"a": ["https://…@mapped.test", "plain"]},
        "inner": [{"url": "https://…@inner.test"}],
        "secrets": {"key": "set", "none": "empty"},
        "path": "/srv",
        "count": 3,
    }


def secrets_in(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Paths of all settings that are secret."""
    for name, each in model.model_fields.items():
        for kind in (each.annotation, *get_args(each.annotation)):
            if kind is SecretStr:
                yield f"{path}{name}"
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from secrets_in(kind, f"{path}{name}__")


async def test_no_secret_of_any_setting_is_in_a_support_bundle(
    settings: RegistrySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted(set(secrets_in(RegistrySettings)))
    assert {"internal__token", "aws__secret_access_key", "database__url", "traces__headers"} <= set(names)
    hidden = {name: f"hidden-{uuid4().hex}" for name in names}
    given = {**hidden, "database__url": f"postgresql+asyncpg://role:{hidden['database__url']}@127.0.0.1:9/none"}
    del given["database__password"]
    public = {f"public__{name}_url": NOBODY for name in ("catalog", "registry", "s3proxy")}
    inner = {f"internal__{name}_url": NOBODY for name in ("auth", "registry", "indexer", "s3proxy")}
    others = {"events__queue_arn": "", "traces__url": f"http://user:{hidden['aws__secret_access_key']}@collector.test"}
    for name, value in {**public, **inner, **others, **given}.items():
        monkeypatch.setenv(f"REGISTRY_{name.upper()}", value)
    monkeypatch.setenv("REGISTRY_AWS__ACCESS_KEY_ID", "key")
    monkeypatch.setenv("REGISTRY_AWS__ENDPOINT_URL", str(settings.aws.endpoint_url))
    read = RegistrySettings()
    bundle = support_bundle(await examine(read), read)
    with zipfile.ZipFile(io.BytesIO(bundle)) as opened:
        told = "".join(opened.read(name).decode() for name in opened.namelist())
    assert "hidden-" not in told
    assert "collector.test" in told


async def test_a_support_bundle_holds_the_findings_and_no_secret(settings: RegistrySettings) -> None:
    findings = await examine(settings)
    assert "failed" in as_text(findings)
    with zipfile.ZipFile(io.BytesIO(support_bundle(findings, settings))) as bundle:
        documents = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert len(json.loads(documents["findings.json"])) == len(findings)
    assert json.loads(documents["settings.json"])["internal"]["token"] == "set"
    password = settings.database.url.get_secret_value().partition("@")[0].rpartition(":")[2]
    secret = settings.aws.secret_access_key
    assert secret
    for hidden in ("the internal token", password, secret.get_secret_value()):
        assert hidden not in "".join(documents.values())
