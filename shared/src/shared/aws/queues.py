"""Queues: a message is received, handled and deleted. A message that is not deleted is delivered again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from types_aiobotocore_sqs import SQSClient

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
    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    async def receive(self, *, wait: float) -> list[Message]:
        with _translated():
            answer = await self._sqs.receive_message(
                QueueUrl=self._url,
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
            for found in answer.get("Messages", [])
        ]

    async def delete(self, messages: Sequence[Message]) -> None:
        with _translated():
            await self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(at), "ReceiptHandle": each.receipt} for at, each in enumerate(messages)],
            )

    async def extend(self, messages: Sequence[Message], seconds: int) -> None:
        with _translated():
            await self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(at), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
                    for at, each in enumerate(messages)
                ],
            )

    async def send(self, body: str) -> None:
        with _translated():
            await self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    async def depth(self) -> int:
        with _translated():
            answer = await self._sqs.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


@contextmanager
def _translated() -> Iterator[None]:
    """Translate all errors of SQS into Unavailable."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"The queue refused the request: {error}") from error
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unavailable(f"The queue does not answer ({type(error).__name__})") from error
