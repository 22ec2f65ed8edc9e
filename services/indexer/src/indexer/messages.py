"""Messages: the keys that they name, and who wrote them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote_plus

from pydantic import BaseModel, ValidationError

from shared.schemas.event import EventBridgeEvent, S3Event, S3TestEvent, SnsEnvelope

_ENCODED = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")
"""Visible ASCII in which every percent sign begins an escape."""

ChangedKey = tuple[str, str]
"""Bucket and key."""

WrittenContent = tuple[str, str]
"""Key and ETag."""

_ROLE_SESSION = re.compile(r"(?:AWS:)?AROA\w+:([\w+=,.@-]{2,64})")
"""The principal of temporary credentials: id of a role, and name of the session."""

Model = TypeVar("Model", bound=BaseModel)


class UnparseableMessage(ValueError):
    """The message has no form in which S3 sends events."""


@dataclass(frozen=True, slots=True)
class ObjectChange:
    bucket: str
    key: str
    etag: str = ""
    """ETag of what was written; empty if the message does not say it."""
    session: str = ""
    """Name of the role session that wrote it; empty if the message does not say it."""


def changed_keys(body: str) -> list[ChangedKey]:
    """The objects that a message names. Raises UnparseableMessage."""
    return [(change.bucket, change.key) for change in changes(body)]


def changes(body: str) -> list[ObjectChange]:
    """The changes that a message reports, in S3's own form, wrapped by SNS, or from EventBridge. Raises UnparseableMessage.

    Creation and deletion are not distinguished, since the indexer reads what S3 has now.
    """
    if event := _parsed(S3Event, body):
        return [
            ObjectChange(record.s3.bucket.name, key, _etag(record.s3.object.eTag), _session(record.userIdentity))
            for record in event.Records
            for key in _possible_keys(record.s3.object.key)
        ]
    if bridged := _parsed(EventBridgeEvent, body):
        return [ObjectChange(bridged.detail.bucket.name, bridged.detail.object.key)]
    if envelope := _parsed(SnsEnvelope, body):
        return changes(envelope.Message)
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


def _etag(sent: object) -> str:
    return sent.strip('"') if isinstance(sent, str) else ""


def _session(identity: object) -> str:
    principal = identity.get("principalId") if isinstance(identity, Mapping) else None
    found = _ROLE_SESSION.fullmatch(principal) if isinstance(principal, str) else None
    return found[1] if found else ""


def _parsed(model: type[Model], body: str) -> Model | None:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None
