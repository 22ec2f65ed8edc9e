"""A team's registry, as the client of the first generation uses it: its env file, closed to strangers, open to the team."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.foreign.quilt2_client import PYTHON, Quilt2Client
from support.worlds.system import System, eventually, running_system

ENVIRONMENT = """
TEAM_ID=vintners
TEAM_NAME=The Vintners
ALLOW_ANONYMOUS_ACCESS=false
ALLOW_TEAM_ACCESS=true
ENABLE_USER_ENDPOINTS=true
AUTH_ADMIN__NAME=keeper
AUTH_ADMIN__EMAIL=keeper@example.com
AUTH_ADMIN__PASSWORD=keeper of tests
"""
ADMIN = ("keeper", "keeper of tests")
PASSWORD = "the team's password"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    if not (PYTHON / "quilt").exists():
        pytest.skip("the client of the first generation is not here")
    here = tmp_path_factory.mktemp("team")
    (here / "registry.env").write_text(ENVIRONMENT)
    with running_system(here / "data", arguments=("--env-file", str(here / "registry.env"))) as running:
        yield running


def member(system: System, home: Path, name: str, password: str = PASSWORD) -> Quilt2Client:
    client = Quilt2Client(home / name, system, PYTHON)
    client.quilt("config", "vintners", stdin=f"{system.registry}\n")
    client.quilt("login", "vintners", stdin=f"{system.sign_in(name, password).code()}\n")
    return client


def test_a_team_works_on_packages_together(team: System, tmp_path: Path) -> None:
    for name in ("ann", "bert"):
        body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
        made = team.sign_in(*ADMIN).request("POST", "/api/v1/admin/users", json=body)
        assert made.status_code == 201, made.text
    ann, bert = member(team, tmp_path, "ann"), member(team, tmp_path, "bert")
    for number, client in enumerate((ann, bert)):
        (client.home / "grapes.csv").write_text(f"name,sugar\nMerlot,{number}\n")
        (client.home / "build.yml").write_text("contents:\n  grapes:\n    file: grapes.csv\n")
    ann.quilt("build", "vintners:ann/wine", "build.yml")
    refused = ann.quilt("push", "vintners:ann/wine", "--public", fails=True)
    assert "Public access not allowed" in refused
    ann.quilt("push", "vintners:ann/wine", "--team")
    ann.quilt("build", "vintners:ann/own", "build.yml")
    ann.quilt("push", "vintners:ann/own")

    bert.quilt("install", "vintners:ann/wine")
    assert bert.found("vintners:ann/wine") == ann.found("vintners:ann/wine")
    assert "does not exist" in bert.quilt("install", "vintners:ann/own", fails=True)
    assert "Public access not allowed" in ann.quilt("access", "add", "vintners:ann/own", "public", fails=True)
    ann.quilt("access", "add", "vintners:ann/own", "team")
    bert.quilt("install", "vintners:ann/own")
    bert.quilt("build", "vintners:ann/wine", "build.yml")
    bert.quilt("push", "vintners:ann/wine")
    ann.quilt("install", "-f", "vintners:ann/wine")
    assert ann.found("vintners:ann/wine") == bert.found("vintners:ann/wine")
    assert "Only the package owner can create versions" in bert.quilt(
        "version", "add", "vintners:ann/wine", "1.0", bert.hash_of("vintners:ann/wine"), stdin="y\n", fails=True
    )

    stranger = Quilt2Client(tmp_path / "stranger", team, PYTHON)
    stranger.quilt("config", "vintners", stdin=f"{team.registry}\n")
    assert "Run `quilt login vintners`" in stranger.quilt("install", "vintners:ann/wine", fails=True)

    keeper = member(team, tmp_path, *ADMIN)
    listed = keeper.quilt("user", "list", "vintners")
    assert "ann@example.com" in listed
    assert "ann" in keeper.quilt("audit", "ann/wine")
    keeper.quilt("user", "create", "vintners", "carl", "carl@example.com")
    keeper.quilt("user", "disable", "vintners", "bert")
    again = ("quilt", "install", "-f", "vintners:ann/wine")
    eventually(lambda: "Run `quilt login vintners`" in bert.attempt(*again).stderr)
    assert "as an admin" in ann.quilt("user", "list", "vintners", fails=True)
