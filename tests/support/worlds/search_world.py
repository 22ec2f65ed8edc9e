"""Packages and objects with metadata, pushed through the indexer and followed by the real search engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from support.data.manifests import entry, manifest
from support.worlds.registry_world import RegistryWorld

from shared.quilt.keys import AUTHOR_META

CELLAR, BREWERY, VAULT = "cellar-of-metadata", "brewery-of-metadata", "vault-of-metadata"
"""A reader reads the first two."""
RIESLING, PINOT, PILSNER, SECRET = "amy/riesling", "bob/pinot", "amy/pilsner", "eve/secret"
LIST, NOTES = "data/riesling.csv", "notes/beer.md"
VINEGAR = "old/vinegar.csv"
"""It was deleted."""
FIRST, SECOND, THIRD, FOURTH, FIFTH = range(1_700_000_001, 1_700_000_006)
"""Times of the pushes, of which the first two are of the Riesling."""
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Push:
    bucket: str
    name: str
    tag: int
    readme: str
    meta: dict[str, Any]
    files: Sequence[tuple[str, int]]
    message: str | None = None
    workflow: str | None = None
    author: str | None = None


_OLD_RIESLING = Push(
    CELLAR,
    RIESLING,
    FIRST,
    "A wine of the Mosel. Riesling is white.",
    {"qc": {"level": 1}, "status": "draft"},
    [("a.csv", 100)],
    message="Begin with Riesling",
    author="amy",
)
PUSHES = [
    _OLD_RIESLING,
    Push(
        CELLAR,
        RIESLING,
        SECOND,
        "A wine of the Mosel. Riesling is white.",
        {
            "qc": {"level": 3, "passed": True},
            "status": "released",
            "date": "2026-03-01",
            "tags": ["white", "dry"],
            "doi": "10.1/abc",
            "a.b": {"c d": 1.5},
        },
        [("a.csv", 400), ("b.csv", 300), ("plots/zymurgy.png", 200)],
        message="Add the Riesling of 2026",
        workflow="strict",
        author="amy",
    ),
    Push(
        CELLAR,
        PINOT,
        THIRD,
        "Pinot is a wine, too.",
        {"qc": {"level": 5, "passed": False}, "status": "draft", "date": "2026-05-01", "tags": ["red"]},
        [("a.csv", 300), ("b.csv", 200)],
        message="Begin",
        workflow="loose",
        author="bob",
    ),
    Push(
        BREWERY,
        PILSNER,
        FOURTH,
        "A beer.",
        {"qc": {"level": "3"}, "status": "released later", "tags": "lager", "nothing": None, "empty": {}},
        [("a.csv", 100)],
    ),
    Push(
        VAULT,
        SECRET,
        FIFTH,
        "Secret",
        {"qc": {"level": 9}, "status": "secret"},
        [("secret.bin", 1)],
        workflow="secret",
        author="eve",
    ),
]


_ENTRY_META = {"plots/zymurgy.png": {"user_meta": {"instrument": "refractometer", "run": 7}}}


async def stock_cellar(world: RegistryWorld) -> None:
    for bucket in (CELLAR, BREWERY, VAULT):
        await world.covered(bucket)
    for push in PUSHES:
        await _push(world, push)
    owner = {"owner": "Zoë", "status": "released"}
    await world.object(LIST, "name,color\nwhite,yellow", bucket=CELLAR, meta=owner)
    await world.object(NOTES, "Beer is bread", bucket=BREWERY)
    await world.object("secret.csv", "secret", bucket=VAULT)
    for bucket in (CELLAR, VAULT):
        world.objects.versioned.add(bucket)
        await world.object(VINEGAR, "sour wine", bucket=bucket)
        await world.objects.delete(bucket, VINEGAR)
        await world.look(bucket, VINEGAR)


async def _push(world: RegistryWorld, push: Push) -> None:
    objects, bucket = world.objects, push.bucket
    version = await objects.put(bucket, f"{push.name}/README.md", push.readme.encode())
    readme = entry("README.md", at=f"s3://{bucket}/{push.name}/README.md?versionId={version}", size=len(push.readme))
    workflow = {"id": push.workflow, "config": f"s3://{bucket}/.quilt/workflows/config.yml"} if push.workflow else None
    header: dict[str, Any] = {
        "message": push.message,
        "user_meta": push.meta,
        **({"workflow": workflow} if workflow else {}),
    }
    files = [entry(key, size=size, meta=_ENTRY_META.get(key)) for key, size in push.files]
    top_hash, body = manifest(*files, readme, **header)
    await world.put_manifest(bucket, top_hash, body)
    for tag in (str(push.tag), "latest"):
        key = f".quilt/named_packages/{push.name}/{tag}"
        meta = {AUTHOR_META: push.author} if push.author else None
        await objects.put(bucket, key, top_hash.encode(), meta=meta)
        objects.age(bucket, key, START + timedelta(days=push.tag - FIRST))
        await world.look(bucket, key)
