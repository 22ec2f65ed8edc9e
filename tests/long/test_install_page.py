"""The commands on the install page, typed without a system, and those on the other pages, typed with one.

`test_tools_page.py` types the page about tools, in an environment of their own.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.docs.pages import DOCS, PORTS, Step, Walker, addresses_of, name_of, pages_in, steps
from support.foreign.quilt2_client import PYTHON as QUILT2_PROGRAMS
from support.foreign.tools.page_sections import PAGE as TOOLS
from support.worlds.system import BUCKET, ROOT, Client, System, running_system

from localrun.ports import free_ports

INSTALL = DOCS / "install" / "one-machine.md"
UP = ".venv/bin/patchwork up"
STARTED = Step("walk: start", "sh", UP, ("Patchwork is ready (… s). Ctrl-C stops it.\n",))


def new_ports() -> dict[str, str]:
    return {f"PATCHWORK_{name}_PORT": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}


def without_a_system() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PATCHWORK_"))}


def checkout(folder: Path) -> Path:
    """Make a directory like the root of a clone, with data of its own."""
    folder.mkdir()
    for name in (".venv", ".venvs", "services", "shared", "deploy"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def test_the_install_page_from_a_clone_to_its_removal(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    ports = new_ports()
    walker = Walker(here, {**without_a_system(), **ports}, {**addresses_of(ports), "REPOSITORY": str(ROOT)})
    assert walker.walk(INSTALL) == len(steps(INSTALL)) > 8
    assert not (here / "patchwork" / ".patchwork").exists()
    assert not (here / "patchwork" / ".venv").exists()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("walked")) as system:
        assert system.patchwork("demo", seconds=180).returncode == 0
        yield system


def test_repeating_the_demo_changes_nothing(system: System) -> None:
    before = system.sign_in().get(f"/api/v1/buckets/{BUCKET}/packages", {"prefix": "demo/"})["items"]
    done = system.patchwork("demo", seconds=180)
    assert (done.returncode, done.stdout.count("is there already")) == (0, 4), done.stdout + done.stderr
    assert system.sign_in().get(f"/api/v1/buckets/{BUCKET}/packages", {"prefix": "demo/"})["items"] == before


def test_the_search_index_is_shown_and_can_be_built_again(system: System) -> None:
    assert re.search(r"search +following, [0-9.]+ s behind: position [0-9]+ of", system.patchwork("status").stdout)
    done = system.patchwork("rebuild-search")
    assert (done.returncode, "has built the index again" in done.stdout) == (0, True), done.stdout + done.stderr
    found = system.sign_in().get("/api/v1/search", {"q": "seattle"})["items"]
    assert "demo/weather" in {each.get("name") for each in found}
    assert system.patchwork("rebuild-search", "--postgres").returncode == 0


@pytest.mark.parametrize("page", [page for page in pages_in("docs", "use", "administer") if page != TOOLS], ids=name_of)
def test_commands_on_pages_about_use_and_administration_work(system: System, page: Path, tmp_path: Path) -> None:
    client = Client(tmp_path / "home", system)
    api = client.sign_in("admin", "quilt")
    if "quilt login" in page.read_text() and not (QUILT2_PROGRAMS / "quilt").exists():
        pytest.skip("quilt 2.9.15 is tested by its recorded requests only: there is no Python for it here")

    def log_in() -> str:
        return client.login(api.code()).stdout

    def log_in_quilt2() -> str:
        done = client.attempt(QUILT2_PROGRAMS / "quilt", "login", stdin=f"{api.code()}\n")
        assert done.returncode == 0, done.stderr
        return done.stdout

    own = {name: value for name, value in system.environment.items() if name.startswith("PATCHWORK_")}
    environment = {**client.environment, **own, "TOKEN": api.token}
    environment["PATH"] += f":{QUILT2_PROGRAMS}"
    by_hand = {"quilt3 login": log_in, "quilt login": log_in_quilt2}
    walker = Walker(checkout(tmp_path / "folder"), environment, addresses_of(system.environment), by_hand)
    assert walker.walk(page) == len(steps(page))


@pytest.mark.parametrize("page", pages_in("operations"), ids=name_of)
def test_commands_on_pages_about_operation_work(page: Path, tmp_path: Path) -> None:
    """Each page has a system of its own, which it may stop."""
    ports = new_ports()
    environment = {**without_a_system(), **ports, "HOME": str(tmp_path)}
    walker = Walker(checkout(tmp_path / "folder"), environment, {**addresses_of(ports), "make up": UP})
    assert walker.walk(page, STARTED) == len(steps(page))
