"""Metadata and encodings in the manifests of pushes."""

import gzip
import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import text
from support.worlds.quilt2_world import BUCKET, H1, Quilt2World, file, group, root

from shared.db.engine import Sessions, transaction
from shared.testing.objects import FakeObjectStore

SAID = {name: json.dumps({"said": name}, separators=(",", ":")).encode() for name in ("root", "group", "file")}


async def put(objects: FakeObjectStore, body: bytes) -> str:
    name = hashlib.sha256(body).hexdigest()
    await objects.put(BUCKET, f"objs/amy/{name}", body)
    return name


async def manifest(objects: FakeObjectStore) -> list[dict[str, Any]]:
    got = await objects.get(BUCKET, ".quilt/named_packages/amy/wine/latest", limit=100)
    assert got
    found = await objects.get(BUCKET, f".quilt/packages/{got[1].decode()}", limit=1 << 20)
    assert found
    return [json.loads(line) for line in found[1].splitlines()]


async def test_a_manifest_shows_the_users_metadata(registry: Quilt2World, objects: FakeObjectStore) -> None:
    said = {name: await put(objects, body) for name, body in SAID.items()}
    nothing = "0" * 64
    tree = {
        **root(
            data={**group(a=file(H1, metadata_hash=said["file"])), "metadata_hash": said["group"]},
            b=file(H1, metadata_hash=nothing),
        ),
        "metadata_hash": said["root"],
    }
    await registry.pushed(tree)
    header, directory, b, a = await manifest(objects)
    assert header["user_meta"] == {"said": "root"}
    assert directory == {"logical_key": "data/", "meta": {"user_meta": {"said": "group"}}}
    assert (a["logical_key"], a["meta"]["user_meta"]) == ("data/a", {"said": "file"})
    assert b["meta"] == {"quilt2": {"type": "FILE", "metadata_hash": nothing}}

    asked = objects.calls
    await registry.pushed({**tree, "children": {**tree["children"], "c": file(H1)}})
    assert objects.calls - asked <= 5  # what was read is kept: one look for what was missing, and the writes


@pytest.mark.parametrize(
    "body", [b"no json", b"[1]", b"", gzip.compress(b"{}", mtime=0), b'{"a":"' + b"x" * (64 << 10) + b'"}']
)
async def test_metadata_that_is_no_json_object_is_left_out_of_the_manifest(
    registry: Quilt2World, objects: FakeObjectStore, body: bytes
) -> None:
    await registry.pushed(root(a=file(H1, metadata_hash=await put(objects, body))))
    entry = (await manifest(objects))[1]
    assert entry["meta"].keys() == {"quilt2"}


async def test_a_manifest_describes_objects_that_are_stored_compressed(
    registry: Quilt2World, objects: FakeObjectStore, sessions: Sessions
) -> None:
    await registry.pushed(root(a=file(H1)))
    stored = text(
        "UPDATE registry.quilt2_object SET encoding = 'gzip', stored_size = 30, stored_hash = decode(:hash, 'hex')"
    )
    async with transaction(sessions) as session:
        await session.execute(stored, {"hash": "ab" * 32})
    await registry.pushed(root(b=file(H1)))
    entry = (await manifest(objects))[1]
    assert (entry["size"], entry["hash"]["value"]) == (30, "ab" * 32)
    assert entry["meta"]["quilt2"]["content_encoding"] == "gzip"
    assert entry["meta"]["quilt2"]["decoded"] == {"sha256": H1, "size": 1}
