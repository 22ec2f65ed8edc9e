"""The routing table of deploy/routing.toml: which service answers a path of a host; and what the front needs to know."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from localrun.paths import ROOT

TABLE = ROOT / "deploy" / "routing.toml"


@dataclass(frozen=True)
class RoutingRule:
    host: str
    paths: tuple[str, ...]
    service: str

    def matches(self, host: str, path: str) -> bool:
        return host == self.host and any(
            path == pattern[:-1] if pattern.endswith("$") else path.startswith(pattern) for pattern in self.paths
        )


@dataclass(frozen=True)
class RoutingTable:
    rules: tuple[RoutingRule, ...]

    @classmethod
    def read(cls, path: Path = TABLE) -> "RoutingTable":
        rules = tomllib.loads(path.read_text())["rule"]
        return cls(tuple(RoutingRule(each["host"], tuple(each["paths"]), each["service"]) for each in rules))

    def service_for(self, host: str, raw_path: str) -> str | None:
        """The first match's service, or None: nobody's, or internal however it is spelt."""
        path = raw_path.partition("?")[0]
        if unquote(path).lstrip("/").partition("/")[0] == "internal":
            return None
        return next((rule.service for rule in self.rules if rule.matches(host, path)), None)


@dataclass(frozen=True)
class FrontSettings:
    bind: str
    ports: dict[str, int]
    """Host of the routing table to the port it listens on."""
    services: dict[str, str]
    """Service to its base URL."""
    registry_url: str
    """Public; the catalog's page may talk to it."""
    s3proxy_url: str
    """The same."""
    catalog_origin: str
    """Of the pages that may send a cookie."""
    patience: float = 5.0
    """Seconds to wait for a service that does not accept connections."""
