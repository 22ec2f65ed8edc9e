"""A store that does not answer, or answers late."""

import asyncio
from collections import Counter

import pytest
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld, open_world
from support.worlds.servers import Databases
from typing_extensions import override

from indexer.services.key_indexer import MAX_CONCURRENT_WRITES
from indexer.services.packages import MAX_READS
from shared.aws.objects import ObjectInfo
from shared.db.engine import Sessions
from shared.testing.objects import FakeObjectStore
from shared.testing.queues import FakeQueue

HELD = (
    "SELECT (SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND locktype = 'advisory') + (SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid())"
)
"""Advisory locks, and connections in transactions that do nothing."""


WRITTEN = {
    "pointer": "SELECT count(*) FROM package WHERE name = 'amy/p{0}' AND readme = 'readme{0}'",
    "README": "SELECT count(*) FROM package WHERE name = 'amy/p{0}' AND readme = 'readme{0}'",
    "manifest": "SELECT count(*) FROM manifest WHERE message = 'm{0}' AND state = 'ready'",
    "text": "SELECT count(*) FROM object WHERE key = '{0}.txt' AND text = 'text{0}'",
    "metadata": "SELECT count(*) FROM object WHERE key = '{0}.bin'",
}
"""Rows that the indexer writes, by what it reads."""
PACKAGES = (
    "SELECT name, pointer.top_hash, pointer.etag, package.top_hash FROM pointer JOIN package USING (bucket, name)"
)
OBJECTS = "SELECT key, etag, text FROM object"
MANIFESTS = "SELECT top_hash, state, etag FROM manifest"


class SlowStore(FakeObjectStore):
    """Answers about keys with one of the endings when it is released, with what there was when it was asked."""

    def __init__(self, *buckets: str) -> None:
        super().__init__(*buckets)
        self.slow: tuple[str, ...] = ()
        self.prompt = 0
        """Questions about slow keys that are answered at once."""
        self.reads: Counter[str] = Counter()
        self.asked = asyncio.Semaphore(0)
        self.released = asyncio.Event()

    @override
    async def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:
        found = await super().head(bucket, key, version_id)
        await self._delay(key)
        return found

    @override
    async def get(
        self, bucket: str, key: str, *, limit: int, version_id: str | None = None
    ) -> tuple[ObjectInfo, bytes] | None:
        found = await super().get(bucket, key, limit=limit, version_id=version_id)
        await self._delay(key)
        return found

    async def _delay(self, key: str) -> None:
        self.reads[key] += 1
        if not key.endswith(self.slow) or self.released.is_set():
            return
        self.prompt -= 1
        if self.prompt < 0:
            self.asked.release()
            await self.released.wait()


@pytest.fixture
def store() -> SlowStore:
    return SlowStore(BUCKET)


@pytest.fixture
def slow(sessions: Sessions, database: Databases, store: SlowStore) -> IndexWorld:
    return open_world(sessions, database, FakeQueue(), store)


@pytest.fixture
def another(sessions: Sessions, database: Databases, store: SlowStore) -> IndexWorld:
    """An indexer in another process."""
    return open_world(sessions, database, FakeQueue(), store)


@pytest.mark.parametrize("kind", ["pointer", "README", "manifest", "text", "metadata"])
async def test_indexers_that_wait_for_s3_hold_no_lock_and_no_connection_and_let_others_index(
    slow: IndexWorld, store: SlowStore, kind: str
) -> None:
    ending = {"pointer": "/latest", "README": "README.md", "text": ".txt", "metadata": ".bin"}
    keys: list[str] = []
    hashes = []
    for number in range(MAX_CONCURRENT_WRITES + 2):
        name = f"amy/p{number}"
        readme = f"{name}/README.md"
        top_hash, body = manifest(entry("README.md", at=f"s3://{BUCKET}/{readme}"), message=f"m{number}")
        hashes.append(top_hash)
        await slow.put(readme, f"readme{number}", with_event=False)
        await slow.push(name, "1785312000", top_hash, body, with_event=False)
        await slow.put(f"{number}.txt", f"text{number}", with_event=False)
        await slow.put(f"{number}.bin", "x", with_event=False)
        of_kind = {"text": f"{number}.txt", "metadata": f"{number}.bin", "manifest": f".quilt/packages/{top_hash}"}
        keys.append(of_kind.get(kind, f".quilt/named_packages/{name}/latest"))
    if kind in {"pointer", "README"}:
        assert await slow.index_keys(*(f".quilt/packages/{each}" for each in hashes)) == {}
    await slow.put("other.csv", "riesling", with_event=False)
    await slow.push("bob/tea", "1785312000", *manifest(entry("b"), message="late"), with_event=False)
    others = [item.key async for page in slow.s3.list(BUCKET) for item in page if "bob/" in item.key]
    others += [".quilt/packages/" + manifest(entry("b"), message="late")[0], "other.csv"]
    await slow.worker.buckets.sync_registered()

    store.slow = (ending[kind],) if kind in ending else tuple(hashes)
    indexing = [asyncio.create_task(slow.worker.key_indexer.index_keys(BUCKET, [key])) for key in keys]
    for _ in keys:
        await store.asked.acquire()
    assert await slow.rows(HELD) == [(0,)]
    store.slow = ()
    assert await slow.index_keys(*others) == {}
    assert await slow.found("package", "late:B") == ["bob/tea"]
    assert await slow.found("object", "riesling:D") == ["other.csv"]
    store.released.set()
    assert await asyncio.gather(*indexing) == [{}] * len(keys)
    for number in range(len(keys)):
        assert await slow.rows(WRITTEN[kind].format(number)) == [(1,)], number


KEYS = {
    "pointer": (".quilt/named_packages/amy/wine/latest", PACKAGES),
    "push of the second layout": (f".quilt/v2/manifests/amy@wine/{'a' * 64}/manifest.jsonl", PACKAGES),
    "text": ("a.txt", OBJECTS),
    "metadata": ("a.bin", OBJECTS),
    "manifest": ("", MANIFESTS),
}
"""Key by kind, and what the index has of it. The key of the manifest is its top hash."""


@pytest.mark.parametrize("change", ["written", "removed"])
@pytest.mark.parametrize("kind", list(KEYS))
async def test_what_was_read_late_does_not_replace_what_others_wrote_since(
    slow: IndexWorld, another: IndexWorld, store: SlowStore, kind: str, change: str
) -> None:
    old, old_body = manifest(entry("a.csv"), message="old")
    new, new_body = manifest(entry("a.csv"), message="new")
    key, state = KEYS[kind]
    key = key or f".quilt/packages/{old}"
    for top_hash, body in ((old, old_body), (new, new_body)):
        await slow.put(f".quilt/packages/{top_hash}", body, with_event=False)
    before, after = (old, new) if kind == "pointer" else ("before", "after")
    if kind == "manifest":
        before, after = old_body.decode(), "no manifest"
    await slow.put(key, before, with_event=False)
    await slow.worker.buckets.sync_registered()
    store.slow, store.prompt = (key,), int(kind == "push of the second layout")  # its manifest is read first
    late = asyncio.create_task(another.worker.key_indexer.index_keys(BUCKET, [key]))
    await store.asked.acquire()
    store.slow = ()
    if change == "written":
        await slow.put(key, after, with_event=False)
    else:
        await slow.s3.delete(BUCKET, key)
    assert await slow.index_keys(key) == {}
    expected = await slow.rows(state)
    store.released.set()
    assert await late == {}
    assert await slow.rows(state) == expected


@pytest.mark.parametrize("key", [".quilt/named_packages/amy/wine/latest", "a.txt"])
async def test_calls_of_a_process_for_the_same_key_take_turns_and_read_it_once_each(
    slow: IndexWorld, store: SlowStore, key: str
) -> None:
    await slow.put(key, "no top hash", with_event=False)
    await slow.worker.buckets.sync_registered()
    store.slow = (key,)
    indexing = [asyncio.create_task(slow.worker.key_indexer.index_keys(BUCKET, [key])) for _ in range(3 * MAX_READS)]
    await store.asked.acquire()
    store.released.set()
    assert await asyncio.gather(*indexing) == [{}] * len(indexing)
    assert store.reads[key] == len(indexing)


async def test_a_manifest_that_is_read_slowly_keeps_no_other_package_waiting(
    slow: IndexWorld, store: SlowStore
) -> None:
    top_hash, body = manifest(entry("a.csv"))
    pointers = [f".quilt/named_packages/amy/{name}/latest" for name in ("large", "other")]
    await slow.put(f".quilt/packages/{top_hash}", body, with_event=False)
    await slow.put(pointers[0], top_hash, with_event=False)
    await slow.put(pointers[1], "no top hash", with_event=False)
    await slow.worker.buckets.sync_registered()
    store.slow = (top_hash,)
    together = asyncio.create_task(slow.worker.key_indexer.index_keys(BUCKET, pointers))
    await store.asked.acquire()
    assert await slow.index_keys(pointers[1]) == {}
    store.released.set()
    assert await together == {}
    assert await slow.rows("SELECT name FROM package ORDER BY name") == [("amy/large",), ("amy/other",)]
