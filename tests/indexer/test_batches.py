"""Many pushes whose events are worked on together."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld, open_world, settings_for
from support.worlds.servers import Databases
from typing_extensions import override

from indexer.main import make_worker
from indexer.resources import IndexerResources
from indexer.services.manifests import MAX_SMALL_BYTES
from indexer.worker import MAX_MESSAGES, receive_batch
from shared.aws.queues import BATCH_MESSAGES
from shared.db.engine import Sessions
from shared.errors import Unavailable
from shared.index.tables import ManifestState
from shared.testing.queues import FakeQueue

PUSHES = 20
MAX_TRANSACTIONS = 8


class _Counted(AsyncSession):
    """Counts committed transactions."""

    commits = 0

    @override
    async def commit(self) -> None:
        _Counted.commits += 1
        await super().commit()


async def push(stage: IndexWorld, name: str, *lines: Any, message: str = "") -> list[str]:
    """A push without events; its keys."""
    top_hash, body = manifest(*lines, message=message or f"Of {name}")
    await stage.push(name, "1785312000", top_hash, body, with_event=False)
    pointers = [f".quilt/named_packages/{name}/{tag}" for tag in ("1785312000", "latest")]
    return [f".quilt/packages/{top_hash}", *pointers]


async def test_small_pushes_that_come_together_share_their_transactions(
    stage: IndexWorld, sessions: Sessions, database: Databases
) -> None:
    keys: list[str] = []
    for number in range(PUSHES):
        readme = f"amy/p{number}/README.md"
        await stage.put(readme, f"readme{number}", with_event=False)
        lines = (entry("README.md", at=f"s3://{BUCKET}/{readme}"), entry(f"data/{number}.csv", size=number))
        keys += await push(stage, f"amy/p{number}", *lines)
    await stage.worker.buckets.sync_registered()
    counted: Any = async_sessionmaker(class_=_Counted, **sessions.kw)
    resources = IndexerResources(settings_for(database), counted, stage.s3, stage.queue, stage.registry, {})
    _Counted.commits = 0
    assert await make_worker(resources).key_indexer.index_keys(BUCKET, keys) == {}
    assert _Counted.commits <= MAX_TRANSACTIONS
    for number in range(PUSHES):
        package = await stage.package(f"amy/p{number}")
        assert package
        assert (package.revisions, package.latest.message) == (1, f"Of amy/p{number}")
        assert (package.latest.state, package.latest.total_entries) == (ManifestState.READY, 2)
        assert await stage.found("package", f"readme{number}:D") == [f"amy/p{number}"]
    assert await stage.index_keys(*keys) == {}
    assert await stage.rows("SELECT count(*) FROM manifest") == [(PUSHES,)]


async def test_a_push_at_fault_does_not_keep_those_that_came_with_it_from_being_indexed(stage: IndexWorld) -> None:
    good = await push(stage, "amy/good", entry("a.csv"))
    large = await push(stage, "amy/large", *[entry(f"{number:05}.csv", size=1) for number in range(2_000)])
    content = await stage.s3.get(BUCKET, large[0], limit=1)
    assert content
    assert content[0].size > MAX_SMALL_BYTES
    wrong_name = f".quilt/packages/{'0' * 64}"
    await stage.put(wrong_name, manifest(entry("b.csv"))[1], with_event=False)
    corrupt = await push(stage, "amy/corrupt", entry("c.csv"))
    await stage.put(corrupt[0], b"no manifest", with_event=False)
    unsorted = await push(stage, "amy/unsorted", entry("b.csv"), entry("a.csv"))
    missing = await push(stage, "amy/missing", entry("d.csv"), message="gone")
    await stage.s3.delete(BUCKET, missing[0])
    invalid = ".quilt/named_packages/amy/invalid/latest"
    await stage.put(invalid, b"no hash", with_event=False)
    assert await stage.index_keys(*good, *large, wrong_name, *corrupt, *unsorted, *missing, invalid) == {}
    states = {"good": "ready", "large": "ready", "unsorted": "ready", "corrupt": "corrupt", "missing": "missing"}
    for name, state in states.items():
        package = await stage.package(f"amy/{name}")
        assert package
        assert package.latest.state == state, name
    assert await stage.rows("SELECT state FROM manifest WHERE top_hash LIKE '000%'") == [("mismatch",)]
    package = await stage.package("amy/invalid")
    assert package
    assert package.latest.top_hash == ""
    await stage.s3.delete(BUCKET, ".quilt/named_packages/amy/good/latest")
    await stage.s3.delete(BUCKET, ".quilt/named_packages/amy/good/1785312000")
    assert await stage.index_keys(*good, *large) == {}
    assert await stage.package("amy/good") is None


async def test_a_package_that_could_not_be_written_after_its_manifest_is_written_when_that_is_tried_again(
    stage: IndexWorld,
) -> None:
    await stage.put("README.md", "riesling", with_event=False)
    manifest_key, *pointers = await push(stage, "amy/late", entry("README.md", at=f"s3://{BUCKET}/README.md"))
    content = await stage.s3.get(BUCKET, manifest_key, limit=1 << 20)
    assert content
    await stage.s3.delete(BUCKET, manifest_key)
    assert await stage.index_keys(*pointers) == {}
    await stage.put(manifest_key, content[1], with_event=False)
    stage.s3.failing["README.md"] = Unavailable("S3 answers 500")
    assert set(await stage.index_keys(manifest_key)) == {manifest_key}
    del stage.s3.failing["README.md"]
    assert await stage.index_keys(manifest_key) == {}
    assert await stage.found("package", "riesling:D") == ["amy/late"]


async def test_messages_that_are_there_are_received_together_up_to_a_limit(
    sessions: Sessions, database: Databases
) -> None:
    queue = FakeQueue()
    world = open_world(sessions, database, queue)
    for number in range(MAX_MESSAGES + BATCH_MESSAGES // 2):
        await world.put(f"{number}.txt", b"x")
    await world.worker.buckets.sync_registered()
    sizes = []
    for _ in range(2):
        messages = await receive_batch(queue, 0)
        sizes.append(len(messages))
        await world.worker.handle(messages)
    assert sizes == [MAX_MESSAGES, BATCH_MESSAGES // 2]
    assert await queue.depth() == 0
    assert await world.rows("SELECT count(*) FROM object") == [(sum(sizes),)]
