"""Messages: the keys that they name. Pure."""

import re
from typing import TypeVar
from urllib.parse import unquote_plus

from pydantic import BaseModel, ValidationError

from shared.schemas.event import EventBridgeEvent, S3Event, S3TestEvent, SnsEnvelope

_ENCODED = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")
"""Visible ASCII in which every percent sign begins an escape."""

ChangedKey = tuple[str, str]
"""Bucket and key."""

Model = TypeVar("Model", bound=BaseModel)


class UnparseableMessage(ValueError):
    """The message has no form in which S3 sends events."""


def changed_keys(body: str) -> list[ChangedKey]:
    """The objects that a message names, in S3's own form, wrapped by SNS, or from EventBridge. Raises UnparseableMessage.

    Creation and deletion are not distinguished, since the indexer reads what S3 has now.
    """
    if event := _parsed(S3Event, body):
        return [
            (record.s3.bucket.name, key) for record in event.Records for key in _possible_keys(record.s3.object.key)
        ]
    if bridged := _parsed(EventBridgeEvent, body):
        return [(bridged.detail.bucket.name, bridged.detail.object.key)]
    if envelope := _parsed(SnsEnvelope, body):
        return changed_keys(envelope.Message)
    test = _parsed(S3TestEvent, body)
    if test and test.Event == "s3:TestEvent":
        return []
    raise UnparseableMessage(body[:200])


def _possible_keys(sent: str) -> list[str]:
    """The keys that `sent` may stand for. S3 encodes keys as in a form (`+` for a space); other stores send them unencoded.

    Text that S3 could have written is returned decoded and as it is: indexing a key too many does no harm.
    """
    decoded = unquote_plus(sent)
    if decoded == sent or not _ENCODED.fullmatch(sent):
        return [sent]
    return [decoded, sent]


def _parsed(model: type[Model], body: str) -> Model | None:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None
