"""Readiness of the registry and of the whole system."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from registry.main import install_resources
from registry.resources import RegistryResources, ready_check
from registry.services.shared_settings_check import SharedSettingsCheck, mismatch
from registry.settings import Quilt2Settings, RegistrySettings
from shared.errors import Unavailable
from shared.schemas.agreement import Agreement
from shared.testing.auth import FakeAuth
from shared.web.health import Check


async def fine() -> None:
    pass


async def broken() -> None:
    raise Unavailable("answers 503")


@pytest.mark.parametrize("down", [None, "auth", "registry", "indexer", "s3proxy"])
async def test_healthz_is_200_exactly_when_every_service_is_ready(
    app: FastAPI, resources: RegistryResources, client: httpx.AsyncClient, down: str | None
) -> None:
    peers: dict[str, Check] = {name: broken if name == down else fine for name in ("auth", "indexer", "s3proxy")}
    own: dict[str, Check] = {"database": broken if down == "registry" else fine}
    install_resources(app, replace(resources, own_checks=own, peer_checks=peers), app.state.principals)
    answer = await client.get("/healthz")
    assert answer.status_code == (503 if down else 200)
    checks = answer.json()["checks"]
    assert {name for name, outcome in checks.items() if outcome != "ok"} == ({down} if down else set())
    assert checks.keys() == {"auth", "registry", "indexer", "s3proxy"}


async def test_readiness_checks_the_database(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok"}})


@pytest.mark.parametrize("status", [200, 503, None])
async def test_the_readiness_of_a_peer_is_its_answer_to_health_ready(status: int | None) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/health/ready"
        if status is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, json={"checks": {"database": "gone"}})

    async with httpx.AsyncClient(base_url="http://peer", transport=httpx.MockTransport(answer)) as peer:
        check = ready_check(peer)
        if status == 200:
            await check()
        else:
            with pytest.raises(Unavailable, match="gone" if status else "does not answer"):
                await check()


AGREED = Agreement(quilt2_bucket="package", service_bucket="s", user_endpoints=True, client_ids={"google": "g"})


@pytest.mark.parametrize(
    ("told", "refused", "warned"),
    [
        (AGREED, "", 0),
        (AGREED.model_copy(update={"quilt2_bucket": ""}), "AUTH_QUILT2_BUCKET must be 'package'", 0),
        (AGREED.model_copy(update={"quilt2_bucket": "packages"}), "but it is 'packages'", 0),
        (AGREED.model_copy(update={"service_bucket": "", "user_endpoints": False, "client_ids": {}}), "", 3),
        (Agreement(), "", 0),
        (None, "", 1),
    ],
)
async def test_the_registry_is_unready_when_auth_has_another_package_bucket(
    settings: RegistrySettings, told: Agreement | None, refused: str, warned: int
) -> None:
    catalog = settings.catalog.model_copy(update={"google_client_id": "g", "service_bucket": "s"})
    update = {"quilt2": Quilt2Settings(bucket="package"), "catalog": catalog}
    auth = FakeAuth()
    auth.agreed, auth.down = told, True
    check = SharedSettingsCheck(auth, settings.model_copy(update=update))
    await check()  # an auth that does not answer passes
    auth.down = False
    with capture_logs() as logs:
        for _ in range(2):
            if refused:
                with pytest.raises(Unavailable, match=refused):
                    await check()
            else:
                await check()
    assert len(logs) == warned


def test_without_quilt_2_the_registry_is_ready_with_any_package_bucket_of_auth(settings: RegistrySettings) -> None:
    assert mismatch(Agreement(quilt2_bucket="package"), settings) == ""
