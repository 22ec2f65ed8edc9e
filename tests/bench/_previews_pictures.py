"""Pictures: a thumbnail of a pyramid in a TIFF of 2 GB. Bytes come from a file, the reader runs in the sandbox."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tifffile

from shared.readers.queries import ThumbnailQuery
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

SIDE = 26_112
"""Pixels of each side at the largest level: 2.05 GB with three channels."""
TILE = 256
SMALLEST = 512
REPEATS = 20


class FileSource:
    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self._file = os.open(path, os.O_RDONLY)

    async def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._file, length, offset)

    def close(self) -> None:
        os.close(self._file)


def write_pyramid(path: Path) -> int:
    """Write levels of halved sides, with one tile again and again. Returns their number."""
    sides = [SIDE]
    while sides[-1] // 2 >= SMALLEST:
        sides.append(sides[-1] // 2)
    tile = np.random.default_rng(7).integers(0, 255, (TILE, TILE, 3), dtype=np.uint8)

    def tiles(side: int) -> Iterator[np.ndarray]:
        for _ in range((-(-side // TILE)) ** 2):
            yield tile

    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for level, side in enumerate(sides):
            writer.write(
                tiles(side),
                shape=(side, side, 3),
                dtype=np.uint8,
                tile=(TILE, TILE),
                photometric="rgb",
                subifds=len(sides) - 1 if level == 0 else None,
                subfiletype=1 if level else 0,
            )
    return len(sides)


async def measure_pictures() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.tif"
        levels = write_pyramid(path)
        source = FileSource(path)
        print(f"{source.size / 1e9:.2f} GB, {SIDE:,} × {SIDE:,} pixels, {levels} levels\n")
        print(
            "| thumbnail | first, with the start of a worker | median | longest of the others | fetched |\n|---|---|---|---|---|"
        )
        for side in (256, 1_024):
            async with SandboxPool(SandboxSettings(workers=1)) as pool:
                took = []
                for _ in range(REPEATS):
                    started = time.perf_counter()
                    query = ThumbnailQuery(width=side, height=side)
                    answer = await pool.run("thumbnail", "pictures", path.name, query, source)
                    took.append(1_000 * (time.perf_counter() - started))
            later = sorted(took[1:])
            print(
                f"| {side} × {side} | {took[0]:.0f} ms | {later[len(later) // 2]:.0f} ms | {later[-1]:.0f} ms "
                f"| {answer.read_bytes / 1e6:.2f} MB |",
                flush=True,
            )
        source.close()
