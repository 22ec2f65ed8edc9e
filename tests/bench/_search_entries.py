"""Packages of very many files in the index of Postgres, and pushes that change some of the files."""

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg

from shared.index.trees import nodes
from shared.index.trees.builder import TreeBuilder
from shared.index.trees.nodes import TreeFile, file_identity

FILES_OF_DIRECTORY = 1_000
BATCH_NODES = 512
START = datetime(2024, 1, 1, tzinfo=UTC)
_EXTENSIONS = (".csv", ".parquet", ".json", ".txt", ".md", ".png", ".tar.gz", ".bam")


@dataclass(frozen=True)
class LargePackage:
    """A package whose files have words in their paths; a quarter of them have metadata."""

    number: int
    bucket: str
    files: int
    words: Sequence[str]
    weights: Sequence[float]

    @property
    def name(self) -> str:
        return f"{self.words[self.number % 100]}/large-{self.number}"

    async def push(self, connection: "asyncpg.Connection[Any]", *, revision: int = 0, changed: int = 0) -> None:
        """Write a revision as the indexer would. Its first files in each directory differ from the first revision, `changed` in all."""
        builder = TreeBuilder()
        pick = random.Random(self.number)  # noqa: S311 – no secret
        directories = -(-self.files // FILES_OF_DIRECTORY)
        for directory in range(directories):
            count = min(FILES_OF_DIRECTORY, self.files - directory * FILES_OF_DIRECTORY)
            new = changed // directories + (directory < changed % directories)
            path = (f"run{directory:05}", self.words[(self.number + directory) % len(self.words)])
            files = list(self._files(pick, path, count, new, revision))
            builder.add_files(path, files, [file_identity(file, file.meta) for file in files])
            if directory % 100 == 0:
                await _write_nodes(connection, builder)
        root = builder.finish()
        await _write_nodes(connection, builder)
        top_hash = sha256(f"{self.name}/{revision}".encode()).hexdigest()
        at = START + timedelta(hours=self.number, seconds=revision)
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO index.manifest (bucket, top_hash, key, state, header, message, total_entries, total_bytes, root, "
                "identity, etag, indexed_at) VALUES ($1, $2, '', 'ready', $3, '', $4, $5, $6, $7, '', now())",
                self.bucket,
                top_hash,
                json.dumps({"version": "v0", "user_meta": {"number": self.number}}),
                root.entries,
                root.size,
                root.storage,
                root.identity,
            )
            await connection.execute(
                "INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme) VALUES ($1, $2, $3, $4, 1, '') "
                "ON CONFLICT (bucket, name) DO UPDATE SET top_hash = excluded.top_hash, modified = excluded.modified",
                self.bucket,
                self.name,
                top_hash,
                at,
            )

    def _files(
        self, pick: random.Random, path: Sequence[str], count: int, new: int, revision: int
    ) -> Iterator[TreeFile]:
        words = pick.choices(self.words, cum_weights=self.weights, k=count)
        extensions = pick.choices(_EXTENSIONS, cum_weights=list(itertools.accumulate(range(8, 0, -1))), k=count)
        for number, (word, extension) in enumerate(zip(words, extensions, strict=True)):
            name = f"{number:04}-{word}{extension}"
            meta = {"user_meta": {"sample": words[-number], "level": number % 100}} if number % 4 == 0 else None
            if number < new:
                meta = {"user_meta": {"changed": f"change{revision}"}}
            where = f"s3://{self.bucket}/{'/'.join(path)}/{name}?versionId=abcdefghijklmnop{number:08}"
            value = sha256(where.encode()).hexdigest()
            yield TreeFile(name, where, number, "SHA256", value, json.dumps(meta).encode() if meta else None)


async def _write_nodes(connection: "asyncpg.Connection[Any]", builder: TreeBuilder) -> None:
    for pages in _batches(builder.take()):
        await connection.executemany(
            "INSERT INTO index.node (storage, body, children) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(page.storage, nodes.pack(page.body), page.children) for page in pages],
        )


def _batches(pages: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(pages), BATCH_NODES):
        yield pages[start : start + BATCH_NODES]
