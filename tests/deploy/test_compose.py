"""compose.yaml is valid, and has the same services, settings and routes as the local runtime."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from support.deploy.compose import (
    FILE,
    HERE,
    OTHER_STORE,
    PROFILES,
    STORE_VARIABLES,
    composed,
    environment_of,
    variables_of,
)
from support.deploy.dockerfiles import SERVICE, stages_of

from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.paths import ROOT
from localrun.system import PACKAGE_BUCKET, SERVICE_BUCKET, SERVICES, InnerPorts, System
from registry.canary.settings import CanarySettings
from registry.settings import RegistrySettings
from s3proxy.settings import S3ProxySettings
from shared.settings import ServiceSettings

ONCE = {"database", "migrate-auth", "migrate-registry", "migrate-indexer", "buckets", "routes"}
BACKING = {"postgres", "store"}
FRONTS = {"production": {"front"}, "development": {"front-development", "mail"}}
ONLY_HERE = {
    # The store is no AWS: no roles to assume, no IAM to keep, no queue to write to.
    "AUTH_STS",
    "S3PROXY_STS",
    "INDEXER_INTERNAL__EVENTS_TOKEN",
    # The S3 proxy signs for the store, which knows one pair of keys.
    "S3PROXY_AWS__ACCESS_KEY_ID",
    "S3PROXY_AWS__SECRET_ACCESS_KEY",
    # Tools are let in on the registry's host.
    "AUTH_CONNECT__URL",
    # One machine takes them from the shell.
    *(f"{service.upper()}_TRACES__{name}" for service in SERVICES for name in ("URL", "RATIO")),
    # In the URL itself, on one machine.
    *(f"{service}_DATABASE__PASSWORD" for service in ("AUTH", "REGISTRY", "INDEXER")),
}
ONLY_ON_ONE_MACHINE = {
    "AUTH_USER_ROLE_EXTERNAL_ID",
    "AUTH_IAM__MANAGE",
    "AUTH_IAM__INSTANCE",
    "AUTH_AWS__ACCESS_KEY_ID",
    "AUTH_AWS__SECRET_ACCESS_KEY",
    # Images have what locks readers in.
    "INDEXER_SANDBOX__REQUIRED",
    "S3PROXY_SANDBOX__REQUIRED",
    "REGISTRY_QUERIES__SANDBOX_REQUIRED",
    # Images log JSON.
    *(f"{service.upper()}_LOG__FORMAT" for service in SERVICES),
    # The local runtime gives every service the URLs of all others, compose only those that it needs.
    *(f"AUTH_INTERNAL__{each}_URL" for each in ("AUTH", "INDEXER", "S3PROXY")),
    *(f"INDEXER_INTERNAL__{each}_URL" for each in ("AUTH", "INDEXER", "S3PROXY")),
    *(f"S3PROXY_INTERNAL__{each}_URL" for each in ("INDEXER", "S3PROXY")),
}
MAIL = {"AUTH_SIGN_UP", "AUTH_MAIL__HOST", "AUTH_MAIL__PORT", "AUTH_MAIL__SECURITY", "AUTH_MAIL__SENDER"}
"""Settings of mail, which are in a file of their own because they are optional."""


NAMED = ("CATALOG", "REGISTRY", "S3PROXY", "PACKAGES")
"""Hosts that the front has an address for."""


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("compose") / "secrets"
    subprocess.run([HERE / "secrets.sh", made], check=True, capture_output=True)
    return made


@pytest.fixture(params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=PROFILES)
def elsewhere(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The project with another store, in each profile."""
    return composed(str(request.param), OTHER_STORE, variables=STORE_VARIABLES)


def follows_the_specification(file: Path) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", "vendor.compose-spec", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_compose_yaml_follows_the_compose_specification() -> None:
    follows_the_specification(FILE)


def test_compose_yaml_with_another_store_follows_the_compose_specification(tmp_path: Path) -> None:
    whole = composed("production", OTHER_STORE, variables=STORE_VARIABLES)
    (tmp_path / "merged.json").write_text(json.dumps(whole))
    follows_the_specification(tmp_path / "merged.json")


def test_no_service_depends_on_the_store_of_compose_when_there_is_another(elsewhere: dict[str, Any]) -> None:
    services = elsewhere["services"]
    assert "store" not in services
    assert "store" not in elsewhere["volumes"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert "http://store" not in str(service), name
    assert set(services["routes"]["depends_on"]) == {"auth", "registry", "s3proxy", "catalog", "buckets"}


def test_the_front_stays_while_services_are_replaced_and_gets_its_routes_afterwards(profile: str) -> None:
    services = composed(profile)["services"]
    [front] = [each for name, each in services.items() if name.startswith("front")]
    assert "depends_on" not in front
    other = composed(profile, variables={"PATCHWORK_VERSION": "9.9.9"})["services"]
    assert [each for name, each in other.items() if name.startswith("front")] == [front], (
        "a new version would replace it"
    )
    routes = services["routes"]
    assert (routes["image"], routes["environment"]) == (front["image"], front["environment"])
    assert set(routes["volumes"]) < set(front["volumes"])
    assert set(routes["depends_on"]) >= {"auth", "registry", "s3proxy", "catalog"}
    assert routes["command"][-1] == front["environment"]["PATCHWORK_FRONT_ADMIN"]


def test_every_service_that_reads_or_writes_objects_reaches_another_store(elsewhere: dict[str, Any]) -> None:
    for name, service in elsewhere["services"].items():
        given = {
            key.partition("_AWS__")[2]: str(value)
            for key, value in service.get("environment", {}).items()
            if "_AWS__" in key
        }
        if not given:
            continue
        assert given["ENDPOINT_URL"] == STORE_VARIABLES["PATCHWORK_STORE_URL"], name
        assert set(service["networks"]) == {"inside", "outside"}, name
        if name != "auth":
            assert given["ACCESS_KEY_ID"] == STORE_VARIABLES["PATCHWORK_STORE_KEY_ID"], name
    assert {name for name, each in elsewhere["services"].items() if "ENDPOINT_URL" in str(each)} == {
        *SERVICES,
        "buckets",
    }


@pytest.mark.parametrize("overrides", [[], [OTHER_STORE]], ids=["own store", "other store"])
def test_services_believe_the_address_of_the_front_alone(profile: str, overrides: list[Path]) -> None:
    whole = composed(profile, *overrides, variables=STORE_VARIABLES)
    services, [pool] = whole["services"], whole["networks"]["inside"]["ipam"]["config"]
    [front] = [each for name, each in services.items() if name.startswith("front")]
    subnet, others = IPv4Network(pool["subnet"]), IPv4Network(pool["ip_range"])
    address = front["networks"]["inside"]["ipv4_address"]
    assert IPv4Address(address) in subnet
    assert others.subnet_of(subnet)
    assert IPv4Address(address) not in others, "another container could get it"
    believed = {name: each.get("environment", {}).get("FORWARDED_ALLOW_IPS") for name, each in services.items()}
    assert {name: given for name, given in believed.items() if given} == dict.fromkeys(
        ("auth", "registry", "s3proxy"), address
    )
    for name in believed:
        if not name.startswith("front"):
            assert set(services[name]["networks"]) & set(front["networks"]) == {"inside"}, name


def test_compose_yaml_has_every_service(profile: str) -> None:
    assert set(composed(profile)["services"]) == {*SERVICES, "catalog", *ONCE, *BACKING, *FRONTS[profile]}


def test_images_are_pinned_and_containers_have_no_privileges(profile: str) -> None:
    for name, service in composed(profile)["services"].items():
        assert re.fullmatch(r"[a-z0-9/]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?", service["image"]), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == ("on-failure:5" if name in ONCE else "unless-stopped")
        assert not service.get("privileged")
        assert not service["image"].startswith("patchwork/") or service["pull_policy"] == "never", (
            "of that name is anybody's"
        )
        assert not service.get("cap_add") or name in {"postgres", *FRONTS["production"], *FRONTS["development"]}
        assert "ports" not in service or name in FRONTS[profile], f"{name} is open to the world"
        has_check = "healthcheck" in service or service["image"].startswith(("patchwork/", "axllent/"))
        assert has_check, name


def test_dependencies_of_compose_services_can_be_fulfilled(profile: str) -> None:
    services = composed(profile)["services"]
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] == ("service_completed_successfully" if other in ONCE else "service_healthy")
            assert other in services


def test_stop_grace_periods_exceed_the_shutdown_time_of_services(profile: str) -> None:
    environment = dict(stages_of(SERVICE)[-1].last("ENV").pairs)
    needed = int(environment["UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"])
    for name in SERVICES:
        assert int(composed(profile)["services"][name]["stop_grace_period"].removesuffix("s")) > needed


def test_secrets_are_files_and_no_others_are_read(profile: str, secrets: Path) -> None:
    whole = composed(profile)
    assert {path.name for path in secrets.iterdir()} == set(whole["secrets"])
    assert secrets.stat().st_mode & 0o077 == 0
    for name, service in whole["services"].items():
        read = set(re.findall(r"/run/secrets/(\w+)", str(service)))
        assert read == set(service.get("secrets", [])), name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_its_settings(
    profile: str, service: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = environment_of(composed(profile)["services"][service], secrets)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = settings_class(service)()
    assert settings.profile == profile
    tokens = {name: (secrets / name).read_text() for name in ("internal_token", "s3proxy_token", "indexer_token")}
    files = {Path(value).name for value in environment.values() if value.startswith(str(secrets))} & set(tokens)
    if service in {"auth", "registry"}:
        assert files == set(tokens)
        assert settings.internal.token.get_secret_value() == tokens["internal_token"]
    else:
        assert files == {f"{service}_token"}
        assert settings.internal.token.get_secret_value() == tokens[f"{service}_token"]
    known = set(names_of(settings_class(service), f"{service.upper()}_"))
    given = {name.removesuffix("_FILE") for name in environment if name != "FORWARDED_ALLOW_IPS"}
    assert given <= known, "no such setting"


@pytest.mark.parametrize("service", SERVICES)
def test_compose_gives_each_service_the_settings_of_the_local_runtime(
    service: str, secrets: Path, tmp_path: Path
) -> None:
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path)})
    credentials = SystemSecrets(aws_keys=dict.fromkeys(SERVICES, ("key", "secret")))
    known = set(names_of(settings_class(service), f"{service.upper()}_"))
    there = set(System(configuration, credentials, InnerPorts(1, 2, 3, 4, 5)).environment(service)) & known
    for profile in PROFILES:
        environment = environment_of(composed(profile)["services"][service], secrets)
        here = {name.removesuffix("_FILE") for name in environment} & known
        assert here - there <= ONLY_HERE
        assert there - here <= ONLY_ON_ONE_MACHINE | (MAIL if profile == "production" else set())


def test_compose_buckets_are_those_of_the_local_runtime(profile: str) -> None:
    services = composed(profile)["services"]
    assert services["buckets"]["command"][-2:] == [SERVICE_BUCKET, PACKAGE_BUCKET]
    told = {name: value for each in SERVICES for name, value in services[each]["environment"].items()}
    assert told["REGISTRY_QUILT2__BUCKET"] == told["AUTH_QUILT2_BUCKET"] == PACKAGE_BUCKET
    for name in ("REGISTRY_CATALOG__SERVICE_BUCKET", "AUTH_SERVICE_BUCKET", "S3PROXY_SERVICE_BUCKET"):
        assert told[name] == SERVICE_BUCKET


def test_routes_are_those_of_the_routing_table() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import routes; print(routes.rendered(), end='')"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (HERE / "routes.caddy").read_text() == done.stdout, "run python deploy/compose/routes.py"
    upstreams = set(re.findall(r"reverse_proxy ([a-z0-9]+):8080", done.stdout))
    assert upstreams == {*SERVICES, "catalog"} - {"indexer"}


def test_the_front_gets_all_variables_of_its_caddyfile(profile: str) -> None:
    [front] = [each for name, each in composed(profile)["services"].items() if name.startswith("front")]
    asked = set(re.findall(r"\{\$(\w+)[:}]", (HERE / "Caddyfile").read_text()))
    assert asked == set(front["environment"])
    for mount in front["volumes"][:2]:
        assert (ROOT / mount.partition(":")[0]).is_file()
    if profile == "development":
        urls = [variables_of(PROFILES[profile])[f"PATCHWORK_{each}_URL"] for each in NAMED]
        ports = [int(url.rpartition(":")[2]) for url in urls]
        assert front["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports]


def test_without_an_address_there_is_no_package_gateway(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = composed("production", variables={"PATCHWORK_PACKAGES_URL": ""})["services"]
    assert services["front"]["environment"]["PATCHWORK_PACKAGES_URL"] == "http://packages.invalid"
    for name, value in environment_of(services["s3proxy"], secrets).items():
        monkeypatch.setenv(name, value)
    assert S3ProxySettings().packages_host == ""


@pytest.mark.parametrize(
    ("profile", "host"), [("production", "packages.example.com"), ("development", "localhost:5003")]
)
def test_the_s3_proxy_knows_the_package_gateway_by_its_host(
    profile: str, host: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = composed(profile)["services"]
    for name, value in environment_of(services["s3proxy"], secrets).items():
        monkeypatch.setenv(name, value)
    assert S3ProxySettings().packages_host == host
    published = {services[each]["environment"][f"{each.upper()}_PUBLIC__PACKAGES_URL"] for each in ("auth", "registry")}
    assert published == {variables_of(PROFILES[profile])["PATCHWORK_PACKAGES_URL"]}


SETTINGS: dict[str, type[ServiceSettings]] = {
    "auth": AuthSettings,
    "registry": RegistrySettings,
    "indexer": IndexerSettings,
    "s3proxy": S3ProxySettings,
}


def settings_class(service: str) -> type[ServiceSettings]:
    return SETTINGS[service]


def names_of(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """Environment variables that it reads."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{name.upper()}"
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from names_of(kind, f"{prefix}{name.upper()}__")


def test_the_canary_knows_public_addresses_and_its_password_alone(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = composed("production", variables={"COMPOSE_PROFILES": "canary"})["services"]["canary"]
    assert canary["networks"] == ["outside"]
    assert canary["secrets"] == ["canary_password"]
    environment = environment_of(canary, secrets)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = CanarySettings()
    assert settings.registry_url == variables_of(PROFILES["production"])["PATCHWORK_REGISTRY_URL"]
    assert settings.password.get_secret_value() == (secrets / "canary_password").read_text()
    assert {name.removesuffix("_FILE") for name in environment} <= set(names_of(CanarySettings, "CANARY_"))


def test_the_example_file_lists_all_variables_of_compose_yaml() -> None:
    wanted: dict[str, Any] = dict.fromkeys(re.findall(r"\$\{(\w+):\?\}", FILE.read_text()))
    for file in PROFILES.values():
        assert set(wanted) <= set(variables_of(file))
