"""Without an endpoint of its own the proxy goes to AWS: TLS to the host that was signed for, and nowhere else."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import AddressFamily

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.worlds.proxy_world import ProxyWorld, settings_for
from typing_extensions import override

from s3proxy.main import create_app
from s3proxy.resources import open_resources, open_store
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import ScriptedServer, serve, until

HOST = "wine.s3.eu-west-1.amazonaws.com"


class EverythingIsHere(AbstractResolver):
    """Resolves every name to one local port, and remembers the names."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[tuple[str, int]] = []

    @override
    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append((host, port))
        return [ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=family, proto=0, flags=0)]

    @override
    async def close(self) -> None: ...


def self_signed(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with a certificate for `name`, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = directory / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


@pytest.fixture(params=["*.s3.eu-west-1.amazonaws.com", "evil.com"])
async def stage(
    request: pytest.FixtureRequest, tmp_path: Path, auth: FakeAuth
) -> AsyncIterator[tuple[ProxyWorld, EverythingIsHere]]:
    """A proxy that believes to be in AWS, whose certificate is for `request.param`."""
    theirs, ours = self_signed(tmp_path, request.param)
    store = ScriptedServer()
    server = await asyncio.start_server(store.accept, "127.0.0.1", 0, ssl=theirs)
    resolver = EverythingIsHere(server.sockets[0].getsockname()[1])
    settings = settings_for(None)
    registry = FakeRegistry()
    session = open_store(settings, aiohttp.TCPConnector(resolver=resolver, ssl=ours))
    app = create_app(settings)
    async with session, open_resources(settings, registry, auth) as resources, serve(app) as port:
        app.state.resources = replace(resources, store=session)
        await until(lambda: resources.buckets.known)
        yield ProxyWorld(registry, store, port), resolver
    server.close()


async def test_only_requests_for_the_real_host_reach_aws(
    stage: tuple[ProxyWorld, EverythingIsHere], request: pytest.FixtureRequest
) -> None:
    proxy, resolver = stage
    head, body = await proxy.get(f"/{HOST}/a%2Fb?x=+")
    assert set(resolver.asked) == {(HOST, 443)}
    if "evil" in request.node.name:
        assert (head.split(b" ")[1], proxy.store.heads) == (b"503", [])
    else:
        assert (head.split(b" ")[1], body) == (b"200", b"ok")
        assert (proxy.store.target, proxy.store.headers["host"]) == ("/a%2Fb?x=+", HOST)
