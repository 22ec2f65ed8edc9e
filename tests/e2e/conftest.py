from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.worlds.system import Client, System, running_system


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all end-to-end tests of this worker."""
    with running_system(tmp_path_factory.mktemp("patchwork") / "data") as running:
        yield running


NewClient = Callable[[str], Client]


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")
