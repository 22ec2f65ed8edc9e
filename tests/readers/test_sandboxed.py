"""Files read in the sandbox, which refuses to open files and to import what is not imported yet."""

from pathlib import Path

import pytest
from readers.hostile_files import HOSTILE_FILES
from readers.running import run
from support.sandbox.sources import MemorySource

from shared.readers.choice import choose
from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.operations import OPERATIONS
from shared.sandbox.pool import SandboxPool
from shared.sandbox.worker_process import SandboxAnswer

CORPUS = Path(__file__).parent / "corpus"
FILES = [
    path
    for room in ("plain", "documents", "pictures", "science")
    for path in sorted((CORPUS / room).iterdir())
    if path.name not in {"README.md", "expected.json"}
]
MAX_ANSWER_BYTES = 8 << 20


async def ask(pool: SandboxPool, operation: str, content: bytes, name: str) -> SandboxAnswer:
    family = choose(name, content[: 64 << 10], content[-64 << 10 :]).reader.family
    return await pool.run(operation, family, name, OPERATIONS[operation][0](), MemorySource(content))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
async def test_answer_is_the_same_in_the_sandbox(pool: SandboxPool, path: Path) -> None:
    content = path.read_bytes()  # noqa: ASYNC240 – a small file
    for operation in ("thumbnail", "texts"):
        try:
            expected = run(operation, content, path.name)
        except (UnreadableFile, NoSuchReader) as error:
            with pytest.raises(type(error)):
                await ask(pool, operation, content, path.name)
        else:
            found = await ask(pool, operation, content, path.name)
            assert (found.media_type, found.body) == expected
    if "encrypted" not in path.name and "password" not in path.name:
        assert (await ask(pool, "preview", content, path.name)).body.startswith(b'{"reader":"')


@pytest.mark.parametrize("name", HOSTILE_FILES)
async def test_hostile_file_is_answered_or_refused_with_a_sentence(pool: SandboxPool, name: str) -> None:
    """No worker is ended for it: the readers themselves keep within the memory and the time."""
    content = HOSTILE_FILES[name]()
    for operation in ("preview", "thumbnail", "texts"):
        try:
            answer = await ask(pool, operation, content, name)
        except (UnreadableFile, NoSuchReader) as error:
            assert len(str(error)) > 10  # noqa: PT017 – one of several ends
        else:
            assert len(answer.body) <= MAX_ANSWER_BYTES
