"""Files whose names, sizes and order tools get wrong, as a folder that a client pushes."""

import csv
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import pyarrow as pa
from pyarrow import parquet

LARGE = "large/20 MB.bin"
LARGE_BYTES = 20_000_003
"""No multiple of a tar block, a part of an upload or a page."""
LONG_NAME_BYTES = 900
LONG_NAME = "/".join(["n" * 199] * 4 + ["é" * 48 + ".txt"])
PARTS = ("tables/part-0.parquet", "tables/part-1.parquet")
CSV = "tables/rows.csv"
ROWS_PER_PART = 1_000
SAMPLES = 24
_NAMES = (
    "README.md",
    # S3 lists these by the bytes of whole keys, a tree by names: "a-b", "a.txt", "a/x", "a0".
    "a-b",
    "a.txt",
    "a/x",
    "a/y/z",
    "a0",
    ".hidden",
    "with space/and + plus.txt",
    "percent/100%.txt",
    "percent/a%20b.txt",
    "percent/a%2Fb.txt",
    "marks/sharp #1.txt",
    "marks/what?.txt",
    "marks/amp & semi; comma, at @ equal =.txt",
    "marks/quote's (1) [2] {3} ~.txt",
    "emoji 🍷/größe – naïve.txt",
    "decomposed e\u0301.txt",
    LONG_NAME,
)


@dataclass(frozen=True)
class Expected:
    """Size and SHA-256 of each file, by its logical key."""

    sizes: dict[str, int]
    digests: dict[str, str]

    @property
    def keys(self) -> list[str]:
        """In the order in which S3 lists them."""
        return sorted(self.sizes, key=lambda key: key.encode())

    def below(self, folder: str) -> "Expected":
        kept = [key for key in self.sizes if key.startswith(folder)]
        return Expected({key: self.sizes[key] for key in kept}, {key: self.digests[key] for key in kept})

    def must_equal(self, wanted: "Expected") -> None:
        absent, strange = (
            sorted(wanted.sizes.keys() - self.sizes.keys()),
            sorted(self.sizes.keys() - wanted.sizes.keys()),
        )
        assert (absent, strange) == ([], []), f"absent: {absent}; not in the package: {strange}"
        other = [key for key, found in self.digests.items() if found != wanted.digests[key]]
        assert other == [], f"other bytes: {other}"

    def composed(self) -> "Expected":
        """With names as libarchive writes them: it composes decomposed letters."""
        sizes = {normalize("NFC", key): size for key, size in self.sizes.items()}
        return Expected(sizes, {normalize("NFC", key): found for key, found in self.digests.items()})


def write_package(folder: Path) -> Expected:
    for name in _NAMES:
        _write(folder / name, f"The content of {name}\n".encode())
    _write(folder / "empty.dat", b"")
    _write(folder / LARGE, random.Random(17).randbytes(LARGE_BYTES))  # noqa: S311
    for number in range(SAMPLES):
        _write(folder / f"samples/{number:04}.txt", f"text {number}".encode())
        _write(folder / f"samples/{number:04}.cls", str(number % 3).encode())
    _write_tables(folder)
    return read_folder(folder)


def read_folder(folder: Path) -> Expected:
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return Expected(
        {key: path.stat().st_size for key, path in files.items()},
        {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in files.items()},
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_tables(folder: Path) -> None:
    (folder / "tables").mkdir()
    rows = [(number, f"city {number % 7}", number / 4) for number in range(len(PARTS) * ROWS_PER_PART)]
    for number, name in enumerate(PARTS):
        part = rows[number * ROWS_PER_PART : (number + 1) * ROWS_PER_PART]
        columns = [list(column) for column in zip(*part, strict=True)]
        parquet.write_table(pa.table(columns, ["id", "city", "value"]), folder / name, row_group_size=100)
    with (folder / CSV).open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "city", "value"), *rows])
