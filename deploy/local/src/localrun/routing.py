"""The routing table of deploy/routing.toml, which gives the service for each path of a host, and the settings of the front."""

import posixpath
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
        """The service of the first rule that matches. None without a match, and for internal paths in any spelling."""
        path = raw_path.partition("?")[0]
        if is_internal(path):
            return None
        return next((rule.service for rule in self.rules if rule.matches(host, path)), None)


def is_internal(path: str) -> bool:
    """True for `/internal` and what is below it: encoded, in capitals, with doubled slashes or with dot segments."""
    plain = posixpath.normpath(f"/{unquote(path)}").lower()
    return plain.lstrip("/").partition("/")[0] == "internal"


@dataclass(frozen=True)
class FrontSettings:
    bind: str
    ports: dict[str, int]
    """Port for each host of the routing table."""
    services: dict[str, str]
    """Base URL of each service."""
    registry_url: str
    """Public URL that the pages of the catalog may call."""
    s3proxy_url: str
    """Public URL that the pages of the catalog may call."""
    catalog_origin: str
    """Origin of the pages that may send cookies."""
    connect_seconds: float = 5.0
    """How long a request waits for a service that does not accept connections."""
