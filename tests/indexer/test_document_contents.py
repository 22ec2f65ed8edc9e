"""Contents of tables and documents are found by readers in the sandbox."""

import gzip
from collections.abc import AsyncIterator

import brotli
import pytest
from structlog.testing import capture_logs
from support.data.documents import MAKERS, parquet_with, pdf_with
from support.sandbox.pools import REQUIRED
from support.worlds.index_world import BUCKET, IndexWorld, open_world
from support.worlds.servers import Databases
from typing_extensions import override

from shared.aws.objects import ObjectInfo
from shared.db.engine import Sessions
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings
from shared.testing.objects import FakeObjectStore
from shared.testing.queues import FakeQueue

TEXTS = "SELECT key, text FROM object ORDER BY key"


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[SandboxPool]:
    async with SandboxPool(SandboxSettings(required=REQUIRED, seconds=120, idle_seconds=3600, spare_workers=0)) as pool:
        yield pool


@pytest.fixture
def world(sessions: Sessions, database: Databases, sandbox: SandboxPool) -> IndexWorld:
    return open_world(sessions, database, FakeQueue(), sandbox=sandbox)


async def texts(world: IndexWorld) -> dict[str, str]:
    return {str(key): str(text) for key, text in await world.rows(TEXTS)}


async def test_tables_and_documents_are_found_by_their_content(world: IndexWorld) -> None:
    for extension, make in MAKERS.items():
        await world.put(f"files/one{extension}", make(f"zq{extension[1:]}"))
    await world.put("files/packed.parquet.gz", gzip.compress(parquet_with("zqpacked")))
    await world.work_off_queue()
    found = {extension: await world.found("object", f"zq{extension[1:]}:D") for extension in MAKERS}
    assert found == {extension: [f"files/one{extension}"] for extension in MAKERS}
    assert await world.found("object", "zqpacked:D") == ["files/packed.parquet.gz"]
    assert await world.found("object", "zqparquetcolumn:D") == ["files/one.parquet"]


async def test_documents_are_found_in_the_encoding_in_which_they_are_stored(world: IndexWorld) -> None:
    await world.put("encoded.pdf", brotli.compress(pdf_with("zqencoded")), with_event=False)
    world.s3.encode(BUCKET, "encoded.pdf", "br")
    await world.reconcile()
    assert await world.found("object", "zqencoded:D") == ["encoded.pdf"]


async def test_a_listing_leaves_tables_and_documents_to_be_read(world: IndexWorld) -> None:
    await world.put("one.parquet", parquet_with("zqlisted"), with_event=False)
    await world.reconcile()
    assert await world.found("object", "zqlisted:D") == ["one.parquet"]


async def test_a_damaged_document_is_indexed_without_its_content(world: IndexWorld) -> None:
    await world.put("good.pdf", pdf_with("zqgood"))
    await world.put("cut.parquet", parquet_with("zqcut")[:-20])
    await world.put("noise.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 40)
    await world.put("empty.pdf", b"")
    with capture_logs() as logs:
        await world.work_off_queue()
    assert "zqgood" in (await texts(world)).pop("good.pdf")
    assert {key: text for key, text in (await texts(world)).items() if key != "good.pdf"} == {
        "cut.parquet": "",
        "empty.pdf": "",
        "noise.pdf": "",
    }
    unread = {str(line["key"]) for line in logs if line["event"] == "content_not_read"}
    assert unread == {"cut.parquet", "noise.pdf"}


async def test_documents_follow_the_rules_of_their_bucket(world: IndexWorld) -> None:
    await world.put("one.pdf", pdf_with("zqfirst"))
    await world.put("one.parquet", parquet_with("zqsecond"))
    world.registry.file_extensions_to_index = [".pdf"]
    await world.work_off_queue()
    assert (await texts(world))["one.parquet"] == ""
    assert (await texts(world))["one.pdf"].strip() == "zqfirst"
    world.registry.index_content_bytes = 4
    await world.worker.buckets.sync_registered()
    await world.worker.reading.read_all()
    assert await texts(world) == {"one.parquet": "", "one.pdf": "zqfi"}
    world.registry.file_extensions_to_index = []
    await world.worker.buckets.sync_registered()
    await world.worker.reading.read_all()
    assert set((await texts(world)).values()) == {""}


async def test_an_archived_document_is_indexed_without_its_content(world: IndexWorld) -> None:
    await world.put("old.pdf", pdf_with("zqold"))
    world.s3.archived.add("old.pdf")
    await world.work_off_queue()
    assert await texts(world) == {"old.pdf": ""}
    assert await world.rows("SELECT key FROM unindexed_key") == []


async def test_documents_that_a_version_before_did_not_read_are_read_once(world: IndexWorld) -> None:
    await world.put("one.pdf", pdf_with("zqbefore"))
    await world.put("note.txt", "text")
    await world.work_off_queue()
    await world.change("UPDATE object SET text = '' WHERE key = 'one.pdf'")
    await world.change("UPDATE bucket SET contents_version = 0")
    await world.worker.buckets.sync_registered()
    assert await world.rows("SELECT key FROM unread_object") == [("one.pdf",)]
    await world.worker.reading.read_all()
    assert await world.found("object", "zqbefore:D") == ["one.pdf"]
    await world.worker.buckets.sync_registered()
    assert await world.rows("SELECT key FROM unread_object") == []


class ChangingStore(FakeObjectStore):
    """The object is replaced when a part of it has been read."""

    @override
    async def read_range(self, bucket: str, key: str, info: ObjectInfo, offset: int, length: int) -> bytes:
        found = await super().read_range(bucket, key, info, offset, length)
        if self.replacement:
            body, self.replacement = self.replacement, b""
            await self.put(bucket, key, body)
        return found

    replacement = b""


async def test_the_content_of_a_document_that_changes_while_it_is_read_is_that_of_the_new_one(
    sessions: Sessions, database: Databases, sandbox: SandboxPool
) -> None:
    store = ChangingStore(BUCKET)
    world = open_world(sessions, database, FakeQueue(), store, sandbox)
    await world.put("one.pdf", pdf_with("zqformer"))
    store.replacement = pdf_with("zqlatter")
    await world.work_off_queue()
    assert [text.strip() for text in (await texts(world)).values()] == ["zqlatter"]
