"""A system of one machine that other machines can reach takes no sign-in with the well-known password."""

import re
from pathlib import Path

from support.worlds.system import ADMIN, HTTP, System, eventually, make_ports, running_system

EXPOSED = {"PATCHWORK_BIND": "0.0.0.0"}  # noqa: S104
NEW = {"username": "amy", "email": "amy@example.com", "password": "staple of the trade"}


def login_status(system: System, password: str) -> int:
    return HTTP.post(f"{system.registry}/api/login", json={"username": ADMIN[0], "password": password}).status_code


def shown_password(system: System) -> str:
    def shown() -> list[str]:
        return re.findall(r"^ +sign-in +admin / (\S+)$", system.output, re.MULTILINE)

    eventually(shown)
    return shown()[0]


def test_the_development_password_ends_when_other_machines_reach_the_system(tmp_path: Path) -> None:
    ports = make_ports()
    with running_system(tmp_path / "data", ports) as system:
        assert login_status(system, ADMIN[1]) == 200

    with running_system(tmp_path / "data", {**ports, **EXPOSED}) as system:
        assert login_status(system, ADMIN[1]) == 401
        first = shown_password(system)
        assert login_status(system, first) == 200
        assert HTTP.post(f"{system.registry}/api/v1/accounts", json=NEW).status_code == 501
        chosen = system.patchwork("auth", "set-password", ADMIN[0], "--password-stdin", stdin="staple of the trade\n")
        assert chosen.returncode == 0, chosen.stderr

    with running_system(tmp_path / "data", {**ports, **EXPOSED}) as system:
        assert login_status(system, "staple of the trade") == 200, "a chosen password stays"
        assert login_status(system, first) == 401


def test_a_new_system_that_other_machines_reach_has_a_password_of_its_own_and_no_default_role(tmp_path: Path) -> None:
    with running_system(tmp_path / "data", {**make_ports(), **EXPOSED}) as system:
        password = shown_password(system)
        assert login_status(system, ADMIN[1]) == 401
        api = system.sign_in(ADMIN[0], password)
        assert api.get("/api/v1/admin/default-role") == {"role": None}
