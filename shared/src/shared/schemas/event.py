"""Notifications of S3. Only the bucket, the key, and who wrote which content are used."""

from typing import Any

from pydantic import BaseModel


class _Name(BaseModel):
    name: str


class _Key(BaseModel):
    key: str


class _S3Object(_Key):
    eTag: Any = None  # noqa: N815 – S3's name
    """ETag of the content that was written. Other stores may send anything."""


class S3Entity(BaseModel):
    bucket: _Name
    object: _S3Object
    """Its key is percent-encoded, with `+` for a space."""


class S3Record(BaseModel):
    eventName: str  # noqa: N815 – S3's name
    s3: S3Entity
    userIdentity: Any = None  # noqa: N815 – S3's name
    """`{"principalId": "AWS:<id of a role>:<name of the role session>"}` for what was written with temporary credentials.

    Other stores may send anything."""


class S3Event(BaseModel):
    """A notification of S3 to a queue."""

    Records: list[S3Record]


class S3TestEvent(BaseModel):
    """The message that S3 sends when a notification is set up."""

    Event: str
    Bucket: str


class SnsEnvelope(BaseModel):
    """A notification that a topic of SNS passed on."""

    Message: str


class EventBridgeDetail(BaseModel):
    bucket: _Name
    object: _Key
    """Its key is not encoded."""


class EventBridgeEvent(BaseModel):
    """A notification of EventBridge."""

    detail: EventBridgeDetail
