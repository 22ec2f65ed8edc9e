"""The configuration of the runtime, which comes from the environment alone."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEVELOPMENT_PASSWORD = "quilt"  # noqa: S105 – refused where others reach the system
"""Password of the first administrator where only this machine reaches the system."""
MAX_WORKERS = 64


class BadConfiguration(Exception):
    """A variable has an invalid value; the message names it."""


@dataclass(frozen=True)
class PublicPort:
    """A port that people and clients connect to, with its purpose and the variable that sets it."""

    number: int
    purpose: str
    variable: str


@dataclass(frozen=True)
class Configuration:
    data: Path
    host: str
    """Name or address by which people and clients reach this machine."""
    bind: str
    catalog: PublicPort
    registry: PublicPort
    s3: PublicPort
    s3proxy: PublicPort
    packages: PublicPort
    """A second port of the S3 proxy, at which it is the package gateway."""
    log_format: str = "console"
    """Log format of the services: `console` or `json`."""
    workers: int = 1
    """Processes of each service that answers requests of users."""
    admin_password: str = ""
    """Password of the first administrator, chosen by the operator; empty for none chosen."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Configuration":
        def port(name: str, default: int, purpose: str) -> PublicPort:
            variable = f"PATCHWORK_{name}_PORT"
            chosen = environment.get(variable) or str(default)
            if not chosen.isdecimal() or not 0 < int(chosen) < 65536:
                raise BadConfiguration(f"{variable}={chosen} is not a port number")
            return PublicPort(int(chosen), purpose, variable)

        log_format = environment.get("PATCHWORK_LOG_FORMAT") or "console"
        if log_format not in {"console", "json"}:
            raise BadConfiguration(f"PATCHWORK_LOG_FORMAT={log_format} must be console or json")
        workers = environment.get("PATCHWORK_WORKERS") or "1"
        if not workers.isdecimal() or not 1 <= int(workers) <= MAX_WORKERS:
            raise BadConfiguration(f"PATCHWORK_WORKERS={workers} must be a number from 1 to {MAX_WORKERS}")
        made = cls(
            data=Path(environment.get("PATCHWORK_DATA") or ".patchwork").expanduser().resolve(),
            host=environment.get("PATCHWORK_HOST") or "localhost",
            bind=environment.get("PATCHWORK_BIND") or "127.0.0.1",
            catalog=port("CATALOG", 3000, "web catalog"),
            registry=port("REGISTRY", 5000, "registry"),
            s3=port("S3", 5001, "S3"),
            s3proxy=port("S3PROXY", 5002, "S3 proxy"),
            packages=port("PACKAGES", 5003, "package gateway"),
            log_format=log_format,
            workers=int(workers),
            admin_password=environment.get("PATCHWORK_ADMIN_PASSWORD") or "",
        )
        if made.is_exposed and made.admin_password == DEVELOPMENT_PASSWORD:
            raise BadConfiguration(
                f"Choose another PATCHWORK_ADMIN_PASSWORD: PATCHWORK_BIND={made.bind} lets other machines reach the system"
            )
        return made

    @property
    def ports(self) -> list[PublicPort]:
        return [self.catalog, self.registry, self.s3, self.s3proxy, self.packages]

    @property
    def is_exposed(self) -> bool:
        """True if other machines reach the system."""
        try:
            return not ipaddress.ip_address(self.bind).is_loopback
        except ValueError:
            return self.bind != "localhost"

    @property
    def reach(self) -> str:
        """Address at which local processes reach what listens on `bind`."""
        return "127.0.0.1" if self.bind in {"0.0.0.0", "localhost"} else self.bind  # noqa: S104 – recognised, not chosen

    def url(self, port: PublicPort) -> str:
        return f"http://{self.host}" if port.number == 80 else f"http://{self.host}:{port.number}"
