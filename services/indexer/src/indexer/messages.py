"""From a message to the keys that it is about. Pure."""

import re
from typing import TypeVar
from urllib.parse import unquote_plus

from pydantic import BaseModel, ValidationError

from shared.schemas.event import EventBridgeEvent, S3Event, S3TestEvent, SnsEnvelope

_ENCODED = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")
"""Visible ASCII in which every percent sign begins an escape."""

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
        return [(record.s3.bucket.name, key) for record in event.Records for key in _meant_keys(record.s3.object.key)]
    if bridged := _as(EventBridgeEvent, body):
        return [(bridged.detail.bucket.name, bridged.detail.object.key)]
    if envelope := _as(SnsEnvelope, body):
        return changed_keys(envelope.Message)
    test = _as(S3TestEvent, body)
    if test and test.Event == "s3:TestEvent":
        return []
    raise Unparseable(body[:200])


def _meant_keys(sent: str) -> list[str]:
    """The keys that `sent` may stand for. S3 encodes keys as a form does (`+` for a space); other stores send them as they are.

    Only text that S3 could have written is decoded, and then both readings are given: a look at a key too many does no harm.
    """
    decoded = unquote_plus(sent)
    if decoded == sent or not _ENCODED.fullmatch(sent):
        return [sent]
    return [decoded, sent]


def _as(kind: type[Kind], body: str) -> Kind | None:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None
