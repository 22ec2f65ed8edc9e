"""Queues: a message is received, handled and deleted. A message that is not deleted is delivered again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import open_sqs
from shared.aws.sqs_requests import SqsRequests, open_sqs_requests
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from types_aiobotocore_sqs import SQSClient

    from shared.settings import AwsSettings

BATCH_MESSAGES = 10
"""Messages of one call, at most."""


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    receipt: str
    body: str
    receives: int
    """Number of deliveries, including this one."""
    sent_at: float = 0.0
    """Unix time; 0 when unknown."""


class Queue(Protocol):
    """All calls raise Unavailable when the queue does not answer."""

    async def receive(self, *, wait: float) -> list[Message]:
        """Up to BATCH_MESSAGES messages, as soon as there are any. Waits up to `wait` seconds for the first."""

    async def delete(self, messages: Sequence[Message]) -> None:
        """Delete up to BATCH_MESSAGES messages."""

    async def extend(self, messages: Sequence[Message], seconds: int) -> None:
        """Deliver up to BATCH_MESSAGES messages again in `seconds`, unless they are deleted before."""

    async def send(self, body: str) -> None: ...

    async def depth(self) -> int:
        """Approximate number of waiting messages."""


class SqsQueue:
    def __init__(self, sqs: SQSClient, url: str, requests: SqsRequests | None = None) -> None:
        """With `requests`, the queue is asked without boto."""
        self._url = url
        self._requests = requests
        self._boto: Mapping[str, Callable[..., Awaitable[Any]]] = {
            "ReceiveMessage": sqs.receive_message,
            "DeleteMessageBatch": sqs.delete_message_batch,
            "ChangeMessageVisibilityBatch": sqs.change_message_visibility_batch,
            "SendMessage": sqs.send_message,
            "GetQueueAttributes": sqs.get_queue_attributes,
        }

    async def receive(self, *, wait: float) -> list[Message]:
        answer = await self._call(
            "ReceiveMessage",
            MaxNumberOfMessages=BATCH_MESSAGES,
            WaitTimeSeconds=int(wait),
            AttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        return [
            Message(
                id=found["MessageId"],
                receipt=found["ReceiptHandle"],
                body=found["Body"],
                receives=int(found.get("Attributes", {}).get("ApproximateReceiveCount", "1")),
                sent_at=int(found.get("Attributes", {}).get("SentTimestamp", "0")) / 1e3,
            )
            for found in answer.get("Messages") or []
        ]

    async def delete(self, messages: Sequence[Message]) -> None:
        entries = [{"Id": str(at), "ReceiptHandle": each.receipt} for at, each in enumerate(messages)]
        await self._call("DeleteMessageBatch", Entries=entries)

    async def extend(self, messages: Sequence[Message], seconds: int) -> None:
        entries = [
            {"Id": str(at), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
            for at, each in enumerate(messages)
        ]
        await self._call("ChangeMessageVisibilityBatch", Entries=entries)

    async def send(self, body: str) -> None:
        await self._call("SendMessage", MessageBody=body)

    async def depth(self) -> int:
        answer = await self._call("GetQueueAttributes", AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    async def _call(self, operation: str, **asked: object) -> Any:
        """Raises Unavailable for all errors of SQS."""
        if self._requests:
            return await self._requests.call(operation, {"QueueUrl": self._url, **asked})
        try:
            return await self._boto[operation](QueueUrl=self._url, **asked)
        except ClientError as error:
            raise Unavailable(f"The queue refused the request: {error}") from error
        except (BotoCoreError, aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"The queue does not answer ({type(error).__name__})") from error


@asynccontextmanager
async def open_queue(settings: AwsSettings, url: str) -> AsyncIterator[SqsQueue]:
    """The queue with the credentials of the process. A request is not tried again: its caller must learn of an outage."""
    async with open_sqs(settings, attempts=1) as sqs, open_sqs_requests(sqs, settings) as requests:
        yield SqsQueue(sqs, url, requests)
