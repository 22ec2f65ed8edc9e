"""The snippets of docs/use/tools.md, each typed as it stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.docs.pages import Walker, addresses_of
from support.foreign.tools.page_sections import PAGE, Section, sections
from support.foreign.tools.programs import Shell, find_program
from support.worlds.system import System, running_system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("tools")) as system:
        assert system.patchwork("demo", seconds=180).returncode == 0
        yield system


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.title)
def test_the_snippets_of_a_section_work(section: Section, system: System, tmp_path: Path) -> None:
    """They are typed after those of the first section, which makes keys."""
    for name in section.needs:
        if not find_program(name):
            pytest.skip(f"NOT TESTED: {section.title} of {PAGE.name} needs {name}, which is not on this machine")
    environment = {**Shell(tmp_path).environment, "TOKEN": system.sign_in().token}
    Walker(tmp_path, environment, addresses_of(system.environment)).take_steps(*section.steps)
