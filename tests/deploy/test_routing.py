"""The front follows the routing table, and never forwards requests for internal endpoints."""

from pathlib import Path

import pytest
from support.deploy.internal_spellings import BESIDE_INTERNAL, INTERNAL_SPELLINGS

from localrun.routing import RoutingTable

TABLE = RoutingTable.read()


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("registry", "/api/login", "auth"),
        ("registry", "/api/login?next=/x", "auth"),
        ("registry", "/api/logins", "registry"),
        ("registry", "/api/auth/get_credentials", "auth"),
        ("registry", "/.well-known/jwks.json", "auth"),
        ("registry", "/api/v1/admin/users/amy", "auth"),
        ("registry", "/api/v1/session", "auth"),
        ("registry", "/api/v1/session/refresh", "auth"),
        ("registry", "/api/v1/sso/okta/callback", "auth"),
        ("registry", "/api/v1/tickets", "auth"),
        ("registry", "/oauth_callback", "auth"),
        ("registry", "/oidc-authorize/okta?state=x", "auth"),
        ("registry", "/api/connect/validate", "auth"),
        ("registry", "/auth/token", "auth"),
        ("registry", "/auth/tokens", "registry"),
        ("connect", "/auth/token", "auth"),
        ("connect", "/.well-known/oauth-authorization-server", "auth"),
        ("connect", "/api/login", None),
        ("registry", "/api/v1/buckets", "registry"),
        ("registry", "/healthz", "registry"),
        ("registry", "/", "registry"),
        ("catalog", "/config.json", "registry"),
        ("catalog", "/config.json/x", "catalog"),
        ("catalog", "/api/login", "catalog"),
        ("catalog", "/b/quilt-example", "catalog"),
        ("s3proxy", "/-/preview", "s3proxy"),
        ("packages", "/lab/amy/wine/latest/a.csv", "s3proxy"),
        ("packages", "/api/login", "s3proxy"),
        ("elsewhere", "/", None),
    ],
)
def test_the_first_matching_rule_decides(host: str, path: str, service: str | None) -> None:
    assert TABLE.service_for(host, path) == service


@pytest.mark.parametrize("host", ["registry", "catalog", "connect", "s3proxy", "packages"])
@pytest.mark.parametrize("path", [*INTERNAL_SPELLINGS, "/x/../internal/principal"])
def test_internal_paths_have_no_service(host: str, path: str) -> None:
    assert TABLE.service_for(host, path) is None


@pytest.mark.parametrize("path", BESIDE_INTERNAL)
def test_paths_beside_internal_ones_have_a_service(path: str) -> None:
    assert TABLE.service_for("registry", path) == "registry"


def test_earlier_rules_win(tmp_path: Path) -> None:
    table = tmp_path / "routing.toml"
    table.write_text(
        """
        [[rule]]
        host = "a"
        paths = ["/x/y"]
        service = "first"
        [[rule]]
        host = "a"
        paths = ["/x", "/z$"]
        service = "second"
        """
    )
    read = RoutingTable.read(table)
    assert [read.service_for("a", path) for path in ("/x/y/z", "/x/z", "/z", "/zz")] == [
        "first",
        "second",
        "second",
        None,
    ]
