"""From a message to the keys that it is about. Pure."""

from typing import TypeVar
from urllib.parse import unquote_plus

from pydantic import BaseModel, ValidationError

from shared.schemas.event import EventBridgeEvent, S3Event, S3TestEvent, SnsEnvelope

Key = tuple[str, str]
"""Bucket and key."""


Kind = TypeVar("Kind", bound=BaseModel)


class Unparseable(ValueError):
    """The message is nothing that S3 would send."""


def changed_keys(body: str) -> list[Key]:
    """Which objects a message tells of: S3's own form, by way of SNS, or of EventBridge. Raises Unparseable.

    That an object was written or deleted makes no difference: one has to look anyway.
    """
    if event := _as(S3Event, body):
        return [(record.s3.bucket.name, unquote_plus(record.s3.object.key)) for record in event.Records]
    if bridged := _as(EventBridgeEvent, body):
        return [(bridged.detail.bucket.name, bridged.detail.object.key)]
    if envelope := _as(SnsEnvelope, body):
        return changed_keys(envelope.Message)
    test = _as(S3TestEvent, body)
    if test and test.Event == "s3:TestEvent":
        return []
    raise Unparseable(body[:200])


def _as(kind: type[Kind], body: str) -> Kind | None:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None
