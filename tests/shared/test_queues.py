"""One contract, kept by the real queue and by the fake."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest
from pydantic import SecretStr
from support.worlds.servers import Aws

from shared.aws.clients import open_sqs
from shared.aws.queues import Message, Queue, SqsQueue, open_queue
from shared.errors import Unavailable
from shared.settings import AwsSettings
from shared.testing.queues import FakeQueue

MAX_RECEIVES = 2

Opened = tuple[Queue, Callable[[], Awaitable[list[str]]]]
"""A queue, and what is in its dead-letter queue."""


@pytest.fixture(params=["fake", "boto", "direct"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    if request.param == "fake":
        fake = FakeQueue(visibility=30, max_receives=MAX_RECEIVES)

        async def dead_of_fake() -> list[str]:
            return fake.dead

        yield fake, dead_of_fake
        return
    aws: Aws = request.getfixturevalue("aws")
    async with open_sqs(aws.settings) as sqs:
        name = uuid4().hex[:8]
        dead_url = (await sqs.create_queue(QueueName=f"dead-{name}"))["QueueUrl"]
        found = await sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
        redrive = {"deadLetterTargetArn": found["Attributes"]["QueueArn"], "maxReceiveCount": str(MAX_RECEIVES)}
        url = (await sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": json.dumps(redrive)}))["QueueUrl"]

        async def dead() -> list[str]:
            return [message.body for message in await SqsQueue(sqs, dead_url).receive(wait=1)]

        async with open_queue(aws.settings, url) as direct:
            yield (direct if request.param == "direct" else SqsQueue(sqs, url)), dead
        await sqs.delete_queue(QueueUrl=url)
        await sqs.delete_queue(QueueUrl=dead_url)


@pytest.fixture
def queue(opened: Opened) -> Queue:
    return opened[0]


async def receive(queue: Queue) -> list[Message]:
    return await queue.receive(wait=1)


async def test_a_received_message_is_hidden_until_it_is_due_again(queue: Queue) -> None:
    for number in range(12):
        await queue.send(str(number))
    first = await receive(queue)
    rest = await receive(queue)
    assert len(first) == 10
    assert sorted(int(message.body) for message in first + rest) == list(range(12))
    assert {message.receives for message in first} == {1}
    await queue.delete(first)
    await queue.extend(rest, 0)
    again = await receive(queue)
    assert sorted(message.body for message in again) == sorted(message.body for message in rest)
    assert {message.receives for message in again} == {2}
    await queue.delete(again)
    assert await queue.receive(wait=0) == []


async def test_receiving_from_an_empty_queue_waits_for_a_message(queue: Queue) -> None:
    assert await receive(queue) == []
    waiting = asyncio.create_task(queue.receive(wait=10))
    for _ in range(3):
        assert await queue.depth() == 0
        assert not waiting.done()
    await queue.send("news")
    [message] = await waiting
    assert message.body == "news"


async def test_the_depth_of_a_queue_is_the_number_of_waiting_messages(queue: Queue) -> None:
    assert await queue.depth() == 0
    await queue.send("a")
    assert await queue.depth() == 1
    await receive(queue)
    assert await queue.depth() == 0


async def test_a_message_that_is_received_too_often_goes_to_the_dead_letter_queue(opened: Opened) -> None:
    queue, dead = opened
    await queue.send("poison")
    for _ in range(MAX_RECEIVES):
        messages = await receive(queue)
        assert len(messages) == 1
        await queue.extend(messages, 0)
    assert await queue.receive(wait=0) == []
    assert await dead() == ["poison"]


async def test_a_queue_that_does_not_answer_is_unavailable() -> None:
    nowhere = AwsSettings(
        endpoint_url="http://127.0.0.1:9", access_key_id="a", secret_access_key=SecretStr("b"), region="us-east-1"
    )
    url, message = "http://127.0.0.1:9/queue", Message("1", "r", "b", 1)
    async with open_sqs(nowhere, attempts=1) as sqs, open_queue(nowhere, url) as direct:
        for queue in (SqsQueue(sqs, url), direct):
            for call in (queue.receive(wait=0), queue.depth(), queue.send("x"), queue.delete([message])):
                with pytest.raises(Unavailable):
                    await call
