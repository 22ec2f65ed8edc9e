from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.catalog.conftest import running_chromium
from playwright.sync_api import Browser
from support.worlds.system import System, running_system


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of this module's own."""
    with running_system(tmp_path_factory.mktemp("patchwork") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home directories of clients."""
    return tmp_path_factory.mktemp("homes")
