"""One system on this machine: its files, ports and URLs, and the settings of each of its processes."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from localrun.configuration import DEVELOPMENT_PASSWORD, BadConfiguration, Configuration
from localrun.credentials import SystemSecrets
from localrun.emulator import ACCOUNT, REGION, Emulator
from localrun.external_services import ExternalServices
from localrun.ports import free_ports
from localrun.postgres import Cluster
from shared.db.bootstrap import DATABASE, OWNERS

SERVICES = ("auth", "registry", "indexer", "s3proxy")
SCHEMAS = {"auth": "auth", "registry": "registry", "indexer": "index"}
"""Database schema of each service that has one."""
QUEUE = "patchwork-events"
DEAD_QUEUE = "patchwork-events-dead"
USER_ROLE = "patchwork-user"
EXAMPLE_BUCKET = "quilt-example"
SERVICE_BUCKET = "patchwork-service"
"""Bucket with the settings of Quilt's web catalogs."""
PACKAGE_BUCKET = "package"
"""Bucket with the packages of Quilt 2."""
ADMIN = "admin"
"""User name of the first administrator."""
FIRST_ADMIN = "patchwork"
"""User name of the first administrator when there is an env file."""
GLIBC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(4 << 20), "MALLOC_TRIM_THRESHOLD_": str(4 << 20)}
"""Settings of glibc with which programs give memory back: all threads share two arenas, and what is large, as the memory in which a
password is hashed, stays in none."""


@dataclass(frozen=True)
class InnerPorts:
    """Ports on the loopback interface, chosen for each run."""

    postgres: int
    mail: int
    auth: int
    registry: int
    indexer: int

    @classmethod
    def choose(cls) -> Self:
        return cls(*free_ports(5))


@dataclass(frozen=True)
class System:
    configuration: Configuration
    credentials: SystemSecrets
    ports: InnerPorts

    @property
    def data(self) -> Path:
        return self.configuration.data

    @cached_property
    def external(self) -> ExternalServices:
        return ExternalServices.kept(self.data)

    @property
    def package_bucket(self) -> str:
        return self.external.bucket or PACKAGE_BUCKET

    @property
    def sign_in(self) -> tuple[str, str]:
        """User name and password of the first administrator; raises BadConfiguration."""
        if not self.external.is_given:
            is_known = not self.configuration.is_exposed
            password = self.configuration.admin_password or (
                DEVELOPMENT_PASSWORD if is_known else self.credentials.admin
            )
            return ADMIN, password
        given = self.external.settings
        password = given.get("AUTH_ADMIN__PASSWORD", self.credentials.admin)
        if password == DEVELOPMENT_PASSWORD and self.configuration.is_exposed:
            raise BadConfiguration(
                "Choose another AUTH_ADMIN__PASSWORD: PATCHWORK_BIND lets other machines reach the system"
            )
        return given.get("AUTH_ADMIN__NAME", FIRST_ADMIN), password

    @property
    def admin_dsn(self) -> str:
        """libpq URL of a role that may create roles and databases."""
        return self.external.database or self.cluster.dsn()

    @property
    def database(self) -> str:
        """Name of the database that has our schemas."""
        external = self.external.database
        return urlsplit(external).path.strip("/") if external else DATABASE

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.data / "postgres", self.ports.postgres, self.credentials.postgres)

    @property
    def emulator(self) -> Emulator:
        keys = (self.credentials.root_key_id, self.credentials.root_secret)
        settled = self.configuration
        return Emulator(self.data / "aws", settled.s3.number, *keys, settled.bind, settled.reach)

    @property
    def public_urls(self) -> dict[str, str]:
        settled = self.configuration
        ports = {
            "catalog": settled.catalog,
            "registry": settled.registry,
            "s3": settled.s3,
            "s3proxy": settled.s3proxy,
            "packages": settled.packages,
        }
        external = {**self.external.urls, **({"s3": self.external.s3.endpoint} if self.external.s3 else {})}
        return {**{name: settled.url(port) for name, port in ports.items()}, **external}

    def port_of(self, service: str) -> int:
        return self.configuration.s3proxy.number if service == "s3proxy" else int(getattr(self.ports, service))

    def inner_url(self, service: str) -> str:
        host = self.configuration.reach if service == "s3proxy" else "127.0.0.1"
        return f"http://{host}:{self.port_of(service)}"

    def database_url(self, service: str) -> str:
        role = OWNERS[SCHEMAS[service]]
        password = self.credentials.roles[role]
        external = urlsplit(self.external.database)
        where = external.netloc.rpartition("@")[2] if external.netloc else f"127.0.0.1:{self.ports.postgres}"
        return f"postgresql+asyncpg://{role}:{quote(password, safe='')}@{where}/{self.database}"

    def argv(self, service: str) -> list[str]:
        """Command of a service. Only the S3 proxy listens for clients; the front forwards requests to the others."""
        app = f"{service}.main:create_app"
        if service == "s3proxy":
            settled = self.configuration
            ports = [str(port.number) for port in (settled.s3proxy, settled.packages)]
            return [sys.executable, "-m", "localrun.listening", app, settled.bind, *ports]
        where = ["--factory", "--host", "127.0.0.1", "--port", str(self.port_of(service))]
        quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
        shutdown = ["--timeout-graceful-shutdown", "5"]
        return [sys.executable, "-m", "shared.web.serving", app, *where, *quiet, *shutdown]

    def environment(self, service: str) -> dict[str, str]:
        """Environment variables of a service."""
        urls = self.public_urls
        settings = {
            "PROFILE": "development",
            "LOG__FORMAT": self.configuration.log_format,
            "AWS__REGION": REGION,
            "AWS__ENDPOINT_URL": self.emulator.url,
            "PUBLIC__CATALOG_URL": urls["catalog"],
            "PUBLIC__REGISTRY_URL": urls["registry"],
            "PUBLIC__S3PROXY_URL": urls["s3proxy"],
            "PUBLIC__S3_URL": urls["s3"],
            "PUBLIC__PACKAGES_URL": urls["packages"],
            **{f"INTERNAL__{name.upper()}_URL": self.inner_url(name) for name in SERVICES},
            **self._internal_tokens(service),
            **self._service_settings(service),
        }
        # One indexer keeps up with the others unless it is told otherwise.
        workers = 1 if service == "indexer" else self.configuration.workers
        settings["WORKERS"] = os.environ.get(f"{service.upper()}_WORKERS") or str(workers)
        if service in SCHEMAS:
            settings["DATABASE__URL"] = self.database_url(service)
        if keys := self.credentials.aws_keys.get(service):
            settings["AWS__ACCESS_KEY_ID"], settings["AWS__SECRET_ACCESS_KEY"] = keys
        settings |= self._settings_of_external_store(service)
        own = {f"{service.upper()}_{name}": value for name, value in settings.items()}
        return {**self.base_environment, **_settings_of_shell(service), **own, **self.external.of(service)}

    @property
    def canary_environment(self) -> dict[str, str]:
        """Environment variables of the canary, which knows what a client knows."""
        return {
            **self.base_environment,
            "CANARY_REGISTRY_URL": self.public_urls["registry"],
            "CANARY_BUCKET": EXAMPLE_BUCKET,
            "CANARY_PASSWORD": self.credentials.canary,
            "CANARY_LOG__FORMAT": self.configuration.log_format,
            **{name: value for name, value in os.environ.items() if name.startswith("CANARY_")},
        }

    @property
    def has_canary(self) -> bool:
        """The accounts of the canary were made, so it runs every hour."""
        return self.canary_mark.exists()

    @property
    def canary_mark(self) -> Path:
        return self.data / "canary"

    @property
    def base_environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ") if name in os.environ}
        # Its own home directory, so that nobody's AWS profile or ~/.postgresql has an effect.
        return {**kept, **GLIBC, "HOME": str(self.data), "PYTHONUNBUFFERED": "1"}

    def _settings_of_external_store(self, service: str) -> dict[str, str]:
        """Settings for an external store, which is taken to have neither STS nor events."""
        found = {"registry": {"QUILT2__ANONYMOUS": "false"}}.get(service, {}) if self.external.is_given else {}
        s3 = self.external.s3
        if s3 is None:
            return found
        found |= {
            "AWS__REGION": s3.region,
            "AWS__ENDPOINT_URL": s3.endpoint,
            "AWS__ACCESS_KEY_ID": s3.access_key_id,
            "AWS__SECRET_ACCESS_KEY": s3.secret_access_key,
            "PUBLIC__S3_URL": self.public_urls["s3proxy"],
        }
        own = {
            "auth": {"STS": "false", "IAM__MANAGE": "false", "SERVICE_BUCKET": ""},
            "registry": {"EVENTS__QUEUE_ARN": "", "CATALOG__SERVICE_BUCKET": ""},
            "indexer": {"EVENTS__QUEUE_URL": "", "RECONCILE_SECONDS": "60"},
            "s3proxy": {"STS": "false", "SERVICE_BUCKET": ""},
        }
        return found | own[service]

    def _internal_tokens(self, service: str) -> dict[str, str]:
        """`auth` and the registry know all tokens, the S3 proxy and the indexer only their own."""
        known = self.credentials
        pairs = {
            "": (known.internal_token, known.internal_token_before),
            "S3PROXY_": (known.s3proxy_token, known.s3proxy_token_before),
            "INDEXER_": (known.indexer_token, known.indexer_token_before),
        }
        given = pairs if service in {"auth", "registry"} else {"": pairs[f"{service.upper()}_"]}
        return {
            f"INTERNAL__{prefix}{peer}TOKEN": token
            for peer, pair in given.items()
            for prefix, token in zip(("", "OTHER_"), pair, strict=True)
        }

    def _service_settings(self, service: str) -> dict[str, str]:
        name, password = self.sign_in
        is_exposed = self.configuration.is_exposed
        # Where others may store files, readers must be locked in. macOS cannot.
        required = "true" if is_exposed and sys.platform == "linux" else "false"
        sandbox = {"SANDBOX__REQUIRED": required}
        return {
            "auth": {
                "SECRET_KEY": self.credentials.auth_secret_key,
                "OTHER_SECRET_KEY": self.credentials.auth_secret_key_before,
                "USER_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/{USER_ROLE}",
                "USER_ROLE_EXTERNAL_ID": self.credentials.people_external_id,
                "QUILT2_BUCKET": self.package_bucket,
                "SERVICE_BUCKET": SERVICE_BUCKET,
                "IAM__MANAGE": "true",
                "IAM__INSTANCE": "local",
                "ADMIN__NAME": name,
                "ADMIN__PASSWORD": password,
                "ADMIN__EMAIL": f"{name}@{self.configuration.host if self.external.is_given else 'example.com'}",
                "SIGN_UP": os.environ.get("AUTH_SIGN_UP") or ("off" if is_exposed else "open"),
                **({"DEFAULT_ROLE": os.environ.get("AUTH_DEFAULT_ROLE") or "none"} if is_exposed else {}),
                "MAIL__HOST": "127.0.0.1",
                "MAIL__PORT": str(self.ports.mail),
                "MAIL__SECURITY": "none",
                "MAIL__SENDER": "patchwork@example.com",
            },
            "registry": {
                "EVENTS__QUEUE_ARN": queue_arn(QUEUE),
                "CATALOG__SERVICE_BUCKET": SERVICE_BUCKET,
                "QUILT2__BUCKET": self.package_bucket,
                "QUILT2__ANONYMOUS": "true",
                "QUERIES__SANDBOX_REQUIRED": required,
                "SEARCH__DIRECTORY": str(self.data / "search"),
            },
            "indexer": {"EVENTS__QUEUE_URL": f"{self.emulator.url}/{ACCOUNT}/{QUEUE}", **sandbox},
            "s3proxy": {"SERVICE_BUCKET": SERVICE_BUCKET, "PACKAGES_HOST": self.public_urls["packages"], **sandbox},
        }[service]

    def write_run(self, pids: dict[str, int], started: dict[str, float]) -> None:
        """Write `run.json`: the URLs and processes of the running system, for commands and tests."""
        run = {
            "runtime": os.getpid(),
            "urls": self.public_urls,
            "inner_urls": {
                **{name: self.inner_url(name) for name in SERVICES},
                "postgres": f"127.0.0.1:{self.ports.postgres}",
                "mail": f"127.0.0.1:{self.ports.mail}",
            },
            "inner_ports": asdict(self.ports),
            "public_ports": {port.variable: port.number for port in self.configuration.ports},
            "host": self.configuration.host,
            "bind": self.configuration.bind,
            "pids": pids,
            "started": started,
        }
        fresh = self.data / "run.json.new"
        fresh.write_text(json.dumps(run, indent=1))
        fresh.replace(self.data / "run.json")


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def _settings_of_shell(service: str) -> dict[str, str]:
    """Settings of a service that the shell may set: those of sign-in, of the web catalog, of counted logs and of traces."""
    groups = ("SSO__", "CONNECT__", "CATALOG__", "PASSWORD_SIGN_IN", "ACCESS_LOGS__", "TRACES__")
    beginnings = tuple(f"{service.upper()}_{group}" for group in groups)
    return {name: value for name, value in os.environ.items() if name.startswith(beginnings)}
