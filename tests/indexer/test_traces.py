"""The trace of a batch of messages in the indexer."""

from support.fakes.span_collector import collected_spans
from support.worlds.index_world import BUCKET, IndexWorld


async def test_a_batch_of_messages_is_one_trace_with_its_looks_at_objects(stage: IndexWorld) -> None:
    await stage.put("secret-name.txt", "x")
    with collected_spans() as collector:
        await stage.worker.handle(await stage.queue.receive(wait=0))
    batch, looks = collector.named("handle_messages"), collector.named("index_keys")
    assert batch.attributes == {"messaging.batch.message_count": 1}
    assert looks.attributes == {"aws.s3.bucket": BUCKET, "patchwork.keys": 1}
    assert collector.ancestors(collector.named("index")) == ["index_keys", "handle_messages"]
    assert not [body for body in collector.bodies if b"secret-name" in body]
