"""Installs: contents of an instance, and addresses and sizes of its objects."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import chain

import orjson

from registry.quilt2.db.instances import Installed, InstallStore
from registry.quilt2.errors import Quilt2PackageNotFound, SubpathNotFound
from registry.quilt2.events import Event, EventQueue
from registry.quilt2.services import trees
from registry.quilt2.services.callers import Quilt2Caller
from registry.settings import Quilt2Settings
from shared.object_urls import ObjectUrls
from shared.quilt.keys import quilt2_object
from shared.quilt.top_hash import dumps

_SMALL_OBJECTS = 2_000
_SMALL_BYTES = 100_000
"""Bytes of packed objects and contents that are unpacked without a thread."""


class InstallService:
    def __init__(self, store: InstallStore, urls: ObjectUrls, settings: Quilt2Settings, events: EventQueue) -> None:
        self._store = store
        self._urls = urls
        self._settings = settings
        self._events = events

    async def document(
        self, caller: Quilt2Caller, owner: str, name: str, package_hash: str, *, subpath: str, meta_only: bool
    ) -> bytes:
        """The install document, JSON. Raises Quilt2PackageNotFound or SubpathNotFound."""
        found = await self._find(caller, owner, name, package_hash)

        def make() -> bytes:
            contents = found.contents
            sizes: Iterable[tuple[str, int]] = found.sizes()
            if subpath or meta_only:
                selected = _selected(contents, subpath, meta_only=meta_only)
                sizes = [(each, size) for each, size in sizes if each in selected]
            signed = orjson.dumps(found.stamp.as_json())[1:]
            return b"".join([b'{"contents":', contents, b",", *self._addresses(owner, sizes), b",", signed])

        made = await _run_by_size(found, make)
        self._add_event(caller, owner, name, package_hash, subpath)
        return made

    async def manifest(self, caller: Quilt2Caller, owner: str, name: str, package_hash: str) -> bytes:
        """The instance as a manifest of quilt3, JSON. Raises Quilt2PackageNotFound."""
        found = await self._find(caller, owner, name, package_hash)
        prefix = f"s3://{self._settings.bucket}/{quilt2_object(owner, '')}"

        def make() -> bytes:
            root, sizes = orjson.loads(found.contents), dict(found.sizes())
            entries = [
                {
                    "logical_key": f"/{path}",
                    "physical_keys": [prefix + each for each in node["hashes"]],
                    "size": sum(sizes[each] for each in node["hashes"]),
                    "hash": [{"type": "SHA256", "value": each} for each in node["hashes"]],
                    "meta": node["metadata"],
                }
                for path, node in trees.walk(root)
                if "hashes" in node
            ]
            lines = b"\n".join(orjson.dumps(each) for each in chain([{"version": "v0"}], entries))
            signed = orjson.dumps(found.stamp.as_json())[1:]
            addresses = self._addresses(owner, sizes.items())
            return b"".join([b'{"manifest":', dumps(lines.decode()), b",", *addresses, b",", signed])

        made = await _run_by_size(found, make)
        self._add_event(caller, owner, name, package_hash, "")
        return made

    async def objects(self, caller: Quilt2Caller, hashes: list[str]) -> bytes:
        """Addresses and sizes of those objects that are in a package which the caller may read; JSON."""
        visible = await self._store.visible(hashes, caller.readers)
        signers = {owner: self._get_url(owner) for owner, _, _ in visible}

        def make() -> bytes:
            urls = {each: signers[owner](each) for owner, each, _ in visible}
            return orjson.dumps({"urls": urls, "sizes": {each: size for _, each, size in visible}})

        return make() if len(visible) < _SMALL_OBJECTS else await asyncio.to_thread(make)

    def url(self, owner: str, object_hash: str) -> str:
        return self._get_url(owner)(object_hash)

    def _get_url(self, owner: str) -> Callable[[str], str]:
        return self._urls.signer(
            "GET", self._settings.bucket, quilt2_object(owner, ""), seconds=self._settings.url_seconds
        )

    async def _find(self, caller: Quilt2Caller, owner: str, name: str, package_hash: str) -> Installed:
        found = await self._store.find(owner, name, package_hash, caller.readers)
        if found is None:
            raise Quilt2PackageNotFound("Package hash does not exist")
        return found

    def _addresses(self, owner: str, sizes: Iterable[tuple[str, int]]) -> list[bytes]:
        sign = self._get_url(owner)
        urls, listed = [], []
        for each, size in sizes:
            urls.append(f'"{each}":"{sign(each)}"')
            listed.append(f'"{each}":{size}')
        return [b'"urls":{', ",".join(urls).encode(), b'},"sizes":{', ",".join(listed).encode(), b"}"]

    def _add_event(self, caller: Quilt2Caller, owner: str, name: str, package_hash: str, subpath: str) -> None:
        self._events.add(Event("INSTALL", owner, name, caller.name, package_hash, {"subpath": subpath}))


def _selected(contents: bytes, subpath: str, *, meta_only: bool) -> dict[str, None]:
    path = [part for part in subpath.split("/") if part]
    node = trees.subtree(orjson.loads(contents), path)
    if isinstance(node, str):
        raise SubpathNotFound(f"Invalid subpath: '{node}'")
    return trees.objects(node, meta_only=meta_only)


async def _run_by_size(found: Installed, make: Callable[[], bytes]) -> bytes:
    if len(found.packed_objects) + len(found.packed_contents) < _SMALL_BYTES:
        return make()
    return await asyncio.to_thread(make)
