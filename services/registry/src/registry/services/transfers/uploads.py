"""What is known about copies in parts that were interrupted, so that they can go on."""

from typing import Protocol

from pydantic import BaseModel

from shared.aws.transfers import Content, Upload


class UnfinishedUpload(BaseModel, frozen=True):
    """A multipart copy of one object to another place."""

    upload_id: str
    source: str
    etag: str
    """Of the source."""

    def is_of(self, content: Content) -> bool:
        return (self.source, self.etag) == (content.location.url, content.etag)


class UploadLog(Protocol):
    """Keeps what outlives a process; a copy whose log is lost merely begins anew."""

    async def find(self, bucket: str, key: str) -> UnfinishedUpload | None: ...

    async def put(self, bucket: str, key: str, unfinished: UnfinishedUpload) -> None: ...

    async def remove(self, bucket: str, key: str) -> None: ...


def unfinished(content: Content, upload: Upload) -> UnfinishedUpload:
    return UnfinishedUpload(upload_id=upload.id, source=content.location.url, etag=content.etag)
