"""Damaged files through all operations of all readers, in the sandbox. READERS_FUZZ_SECONDS says how long (an hour), READERS_FUZZ_SEED repeats a run.

READERS_FUZZ_FOLDER keeps the files that end a worker."""

import os
import random
import struct
import time
from collections import Counter
from pathlib import Path

import orjson
from support.sandbox.sources import MemorySource

from shared.readers.choice import choose
from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.operations import OPERATIONS
from shared.sandbox.errors import SandboxFailed
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

CORPUS = Path(__file__).parents[1] / "readers" / "corpus"
FUZZ_SECONDS = float(os.environ.get("READERS_FUZZ_SECONDS", "3600"))
SEED = int(os.environ.get("READERS_FUZZ_SEED", str(time.time_ns() % (1 << 32))))
KEPT = Path(os.environ["READERS_FUZZ_FOLDER"]) if "READERS_FUZZ_FOLDER" in os.environ else None
"""Where files that end a worker are kept."""
MEMBER_SHARE = 0.5
"""Share of damaged archives of which a member is asked for."""
MAX_FAILED_SHARE = 0.02
_OPERATIONS = ("preview", "preview", "preview", "thumbnail", "texts", "rows", "statistics", "arrow_file", "records")
"""The preview, which all readers have, more often than the others."""
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def damaged(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """One to eight damages: bits, lengths, holes, repetitions, and parts of another file."""
    data = bytearray(content or b"\0")
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(min(len(data), 512))
        match chance.randrange(7):
            case 0:
                data[place] ^= 1 << chance.randrange(8)
            case 1:
                data[place] = chance.randrange(256)
            case 2:
                order = chance.choice("<>")
                data[place : place + 4] = struct.pack(f"{order}I", chance.choice(EXTREMES))
            case 3:
                del data[place : place + chance.randint(1, 64)]
            case 4:
                data[place:place] = data[place : place + chance.randint(1, 256)] * chance.randint(1, 4)
            case 5:
                begin = chance.randrange(len(other) or 1)
                data[place : place + 64] = other[begin : begin + 64]
            case _:
                del data[max(place, len(data) // 2) :]
        data = data or bytearray(b"\0")
    return bytes(data)


async def test_readers_survive_damaged_files() -> None:
    chance = random.Random(SEED)  # noqa: S311 – no secret
    files = [
        (path.name, path.read_bytes())
        for path in sorted(CORPUS.rglob("*"))
        if path.is_file() and path.name not in {"README.md", "expected.json"}
    ]
    ends: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    until = time.monotonic() + FUZZ_SECONDS
    async with SandboxPool(
        SandboxSettings(seconds=20, workers=1, idle_memory_bytes=1 << 30, idle_seconds=3600, spare_workers=0)
    ) as pool:
        members = {name: await _members(pool, content, name) for name, content in files}
        while time.monotonic() < until:
            name, content = chance.choice(files)
            mutant = damaged(content, chance.choice(files)[1], chance)
            operation = chance.choice(_OPERATIONS)
            member = chance.choice(members[name]) if members[name] and chance.random() < MEMBER_SHARE else None
            end = await _end(pool, operation, mutant, name, member)
            ends[end.partition(":")[0]] += 1
            if end.startswith("failed"):
                failed[f"{end} {operation} {name}"] += 1
                if KEPT:
                    (KEPT / f"{ends.total()}-{operation}-{name}").write_bytes(mutant)
        for name, content in files:
            if name.endswith((".png", ".pdf", ".h5", ".csv", ".txt")):
                assert await _end(pool, "preview", content, name) in {"answered", "unreadable"}
    print(f"seed {SEED}: {dict(ends)} {dict(failed.most_common(30))}")  # noqa: T201 – of interest after an hour
    assert ends["answered"] > 0
    assert sum(failed.values()) <= MAX_FAILED_SHARE * ends.total(), (SEED, failed)


async def _members(pool: SandboxPool, content: bytes, name: str) -> list[str]:
    """Paths of what an archive holds."""
    family = choose(name, content[: 64 << 10], content[-64 << 10 :]).reader.family
    if family != "plain":
        return []
    try:
        answer = await pool.run("preview", family, name, OPERATIONS["preview"][0](), MemorySource(content))
    except (UnreadableFile, NoSuchReader):
        return []
    return [member["path"] for member in orjson.loads(answer.body).get("members", [])]


async def _end(pool: SandboxPool, operation: str, content: bytes, name: str, member: str | None = None) -> str:
    family = choose(name, content[: 64 << 10], content[-64 << 10 :]).reader.family
    kind = OPERATIONS[operation][0]
    try:
        answer = await pool.run(operation, family, name, kind(member=member), MemorySource(content))
    except UnreadableFile:
        return "unreadable"
    except NoSuchReader:
        return "no reader"
    except SandboxFailed as error:
        return f"failed: {error}"
    if answer.media_type == "application/json":
        assert ("rows" if operation == "records" else "reader") in orjson.loads(answer.body)
    return "answered"
