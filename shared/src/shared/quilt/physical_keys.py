"""Physical keys: URLs of the content of files."""

from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class PhysicalKey:
    """An object in S3: one of its versions, or the current one."""

    bucket: str
    key: str
    version_id: str | None

    @property
    def url(self) -> str:
        """The URL as clients write it in manifests."""
        version = f"?versionId={quote(self.version_id, safe='')}" if self.version_id else ""
        return f"s3://{self.bucket}/{quote(self.key)}{version}"


def parse_physical_key(physical_key: str) -> PhysicalKey | None:
    """The object of a physical key; None when it is not in S3."""
    parts = urlsplit(physical_key)
    if parts.scheme != "s3" or not parts.netloc or len(parts.path) < 2:
        return None
    version = parse_qs(parts.query).get("versionId", [None])[0]
    return PhysicalKey(parts.netloc, unquote(parts.path[1:]), version)


def bucket_of(physical_key: str) -> str | None:
    """The bucket of a physical key; None when it is not in S3."""
    return physical_key[5 : physical_key.find("/", 5)] if physical_key.startswith("s3://") else None


def is_local(physical_key: str) -> bool:
    """True for a file on the machine where the package was built."""
    return physical_key.startswith("file://")
