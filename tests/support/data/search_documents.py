"""Documents for tests of search, and random ones with few different words, so that searches find some."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from support.fakes.brute_force_search import Document, hit_of

from registry.search_engine.encoding import key_of
from shared.index.records import Hit
from shared.index.search.documents import DocumentKey, EntryDocument, ObjectDocument, PackageDocument
from shared.quilt.keys import LATEST

START = datetime(2026, 1, 1, tzinfo=UTC)

WORDS = [
    "wine",
    "red",
    "Wine",
    "harvest",
    "2026",
    "straße",
    "CO₂",
    "日本語",
    "cafe\u0301",
    "a",
    "x1",
    "genome",
    "genomes",
    "harvested",
    "wines",
]
BUCKETS = ["alpha", "beta", "gamma"]
KEYWORDS = ["released", "draft", "Draft: x", "2026-01-02", "2026-01-02T03:04:05Z", "", "a b", "*", "ünï"]
EXTENSIONS = [".csv", ".md", ".tar.gz", ""]


def object_document(key: str = "data/wine.csv", **changes: Any) -> ObjectDocument:
    values: dict[str, Any] = {
        "bucket": "alpha",
        "key": key,
        "version_id": None,
        "etag": "e1",
        "size": 10,
        "modified": START,
        "extension": ".csv",
        "meta": {},
        "text": "",
        "indexed_at": START,
    }
    return ObjectDocument(**(values | changes))


def package_document(name: str = "amy/wine", **changes: Any) -> PackageDocument:
    values: dict[str, Any] = {
        "bucket": "alpha",
        "name": name,
        "tag": "latest",
        "top_hash": "ab" * 32,
        "modified": START,
        "revisions": 1,
        "readme": "",
        "message": None,
        "meta": {},
        "workflow": None,
        "author": None,
        "total_entries": 1,
        "total_bytes": 10,
        "manifest_modified": None,
    }
    return PackageDocument(**(values | changes))


class RandomDocuments:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 – not for secrets

    def documents(self, count: int) -> list[Document]:
        made = {key_of(each): each for each in (self.document() for _ in range(count))}
        return list(made.values())

    def document(self) -> Document:
        return self.object() if self.random.random() < 0.5 else self.package()

    def object(self) -> ObjectDocument:
        pick: Any = self.random.choice
        extension = pick(EXTENSIONS)
        return object_document(
            f"{pick(['data', 'Data', 'x y', 'a.b', 'ünï'])}/{pick(WORDS)}{self.random.randint(0, 9)}{extension}",
            bucket=pick(BUCKETS),
            version_id=pick([None, "v1", "v2"]),
            etag=pick(["e1", "e2"]),
            size=pick([0, 1, 10, 100, 2**40]),
            modified=self.time(),
            extension=extension,
            meta={pick(["owner", "a.b"]): pick(KEYWORDS) for _ in range(self.random.randint(0, 2))},
            text=self.text(),
            indexed_at=self.time(),
            deleted=self.random.random() < 0.2,
        )

    def package(self) -> PackageDocument:
        pick: Any = self.random.choice
        return package_document(
            f"{pick(['amy', 'bob'])}/{pick(['wine', 'genome-2026', 'x'])}{self.random.randint(0, 5)}",
            bucket=pick(BUCKETS),
            tag=pick(["latest", "latest", str(1_700_000_000 + self.random.randint(0, 5))]),
            top_hash=pick(["ab", "cd"]) * 32,
            modified=self.time(),
            readme=self.text(),
            message=pick([None, self.text()]),
            meta=self.meta(),
            workflow=pick([None, "qc", "Gamma"]),
            author=pick([None, "amy", "bob"]),
            total_entries=self.random.randint(0, 5),
            total_bytes=pick([0, 5, 10**12]),
            manifest_modified=pick([None, self.time()]),
        )

    def entries(self, documents: list[Document]) -> list[EntryDocument]:
        """Up to four files of each package."""
        packages = [each for each in documents if isinstance(each, PackageDocument) and each.tag == LATEST]
        made = [self.entry(each) for each in packages for _ in range(self.random.randint(0, 4))]
        return list({key_of(each): each for each in made}.values())

    def entry(self, package: PackageDocument) -> EntryDocument:
        pick: Any = self.random.choice
        extension = pick(EXTENSIONS)
        return EntryDocument(
            bucket=package.bucket,
            package=package.name,
            key=f"{pick(['data', 'x y'])}/{pick(WORDS)}{self.random.randint(0, 9)}{extension}",
            size=pick([0, 10]),
            modified=package.modified,
            extension=extension,
            meta=self.meta(),
            object=pick([None, "s3://alpha/data/wine1.csv", f"s3://alpha/{self.random.randint(0, 3)}"]),
        )

    def meta(self) -> dict[str, Any]:
        pick: Any = self.random.choice
        names = ["status", "qc", "tags", "a/b", "a.b c", "n"]
        return {pick(names): self.value(2) for _ in range(self.random.randint(0, 3))}

    def value(self, depth: int) -> Any:
        pick: Any = self.random.choice
        choice = self.random.random()
        if depth and choice < 0.2:
            return {pick(["level", "date", "~x"]): self.value(depth - 1) for _ in range(self.random.randint(0, 2))}
        if depth and choice < 0.35:
            return [self.value(depth - 1) for _ in range(self.random.randint(0, 3))]
        return pick([*KEYWORDS, 1, 1.0, 2, 3.5, -4, 1e300, 2**53 + 1, True, False, None, self.text(), "long " * 80])

    def text(self) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(0, 6)))

    def time(self) -> datetime:
        return START + timedelta(hours=self.random.randint(0, 60))


@dataclass
class DocumentRecords:
    """Rows of documents that a test holds. Implements `RecordSource`."""

    documents: list[Document]
    position: int = 0

    async def load(self, keys: Collection[DocumentKey], *, with_text: bool) -> Mapping[DocumentKey, Hit]:
        wanted = set(keys)
        return {key: hit_of(each, with_text=with_text) for each in self.documents if (key := key_of(each)) in wanted}

    async def head(self) -> int:
        return self.position
