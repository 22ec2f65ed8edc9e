"""What S3 tells of its changes. All we take from it is which key to look at."""

from pydantic import BaseModel


class _Name(BaseModel):
    name: str


class _Key(BaseModel):
    key: str


class S3Entity(BaseModel):
    bucket: _Name
    object: _Key
    """Percent-encoded, as in a form."""


class S3Record(BaseModel):
    eventName: str  # noqa: N815 – S3's name
    s3: S3Entity


class S3Event(BaseModel):
    """A notification as S3 sends it to a queue."""

    Records: list[S3Record]


class S3TestEvent(BaseModel):
    """What S3 sends when a notification has been set up."""

    Event: str
    Bucket: str


class SnsEnvelope(BaseModel):
    """A notification that came by way of a topic."""

    Message: str


class EventBridgeDetail(BaseModel):
    bucket: _Name
    object: _Key
    """Not encoded."""


class EventBridgeEvent(BaseModel):
    """A notification that came by way of EventBridge."""

    detail: EventBridgeDetail
