"""Records of multipart copies under way, with which an interrupted copy continues."""

from typing import Protocol

from pydantic import BaseModel

from shared.aws.transfers import Content, Upload


class UnfinishedUpload(BaseModel, frozen=True):
    """A multipart copy of one object to a bucket and key, which its log knows."""

    upload_id: str
    source: str
    """URL of the object that is copied, with its version."""
    etag: str
    """ETag of the source."""

    def is_of(self, content: Content) -> bool:
        return (self.source, self.etag) == (content.location.url, content.etag)


class UploadLog(Protocol):
    """Unfinished uploads by their destination. A log outlives the process; a copy that is not in it starts over."""

    async def find(self, bucket: str, key: str) -> UnfinishedUpload | None: ...

    async def put(self, bucket: str, key: str, unfinished: UnfinishedUpload) -> None: ...

    async def remove(self, bucket: str, key: str) -> None: ...


def unfinished_upload(content: Content, upload: Upload) -> UnfinishedUpload:
    return UnfinishedUpload(upload_id=upload.id, source=content.location.url, etag=content.etag)
