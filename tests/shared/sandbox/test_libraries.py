import pytest
from support.sandbox.library_family import USES, NoArguments
from support.sandbox.pools import REQUIRED, TESTS
from support.sandbox.sources import MemorySource

from shared.sandbox.families import WorkerFamily
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

EXPECTED = {
    "calamine": "[[7.0]]",
    "duckdb": "[(499500,)] (6, 285714)",
    "h5py": "[10, 11, 12] mm",
    "lxml": "x",
    "numpy": "[0, 40000, 80000, 120000]",
    "pillow": "{(64, 48)}",
    "pyarrow": "{12497500}",
    "pypdfium2": "1 (200, 100) ''",
    "tifffile": "{(64, 64, 3)}",
}


def test_every_library_has_an_expected_answer() -> None:
    assert set(EXPECTED) == set(USES)


@pytest.mark.parametrize("library", sorted(USES))
async def test_a_library_works_in_the_sandbox(library: str) -> None:
    families = {library: WorkerFamily("support.sandbox.library_family", (str(TESTS),))}
    async with SandboxPool(SandboxSettings(required=REQUIRED), families) as pool:
        answer = await pool.run("use", library, library, NoArguments(), MemorySource())
    assert answer.body.decode() == EXPECTED[library]
