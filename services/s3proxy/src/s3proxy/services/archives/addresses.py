"""Addresses of archives, and what follows from them: ETags and names of files. Pure."""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from shared.archives import tar
from shared.archives import zip as zip_format
from shared.errors import Invalid
from shared.schemas.archive import MAX_SHARDS

Format = Literal["tar", "zip"]
FORMATS: dict[str, Format] = {"tar": "tar", "zip": "zip"}
MEDIA_TYPES: dict[Format, str] = {"tar": "application/x-tar", "zip": "application/zip"}
_VERSIONS: dict[Format, int] = {"tar": tar.VERSION, "zip": zip_format.VERSION}
_SHARD = re.compile(r"([0-9]{1,5})/([0-9]{1,5})")
_NOT_PLAIN = re.compile(r"[^\w.()+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ArchiveAddress:
    """A revision as an archive, or a part of it."""

    bucket: str
    package: str
    revision: str
    format: Format
    path: str | None = None
    shard: tuple[int, int] | None = None
    selection: str | None = None

    def etag(self, top_hash: str) -> str:
        """The same for the same bytes."""
        options = (_VERSIONS[self.format], self.path, self.shard, self.selection)
        text = f"{self.bucket}/{self.package}@{top_hash}.{self.format} {options!r}"
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:40]}"'

    def file_name(self, top_hash: str) -> str:
        parts = [self.package.rpartition("/")[2], top_hash[:8]]
        if self.path:
            parts.append(self.path.strip("/").rpartition("/")[2])
        if self.selection:
            parts.append("selection")
        if self.shard:
            part, parts_count = self.shard
            parts.append(f"{part}-of-{parts_count}")
        return f"{'-'.join(parts)}.{self.format}"


def parse_shard(text: str | None, archive_format: Format) -> tuple[int, int] | None:
    """Part i of n. Raises Invalid."""
    if text is None:
        return None
    found = _SHARD.fullmatch(text)
    if archive_format != "tar":
        raise Invalid("Only tar archives have shards")
    if not found or not int(found[1]) < int(found[2]) <= MAX_SHARDS:
        raise Invalid(f"shard must be i/n with 0 ≤ i < n ≤ {MAX_SHARDS:,}")
    return int(found[1]), int(found[2])


def disposition(name: str, *, inline: bool = False) -> str:
    """`Content-Disposition` with the name of a file: RFC 6266."""
    plain = _NOT_PLAIN.sub("_", name) or "file"
    kind = "inline" if inline else "attachment"
    given = f'{kind}; filename="{plain}"'
    return given if plain == name else f"{given}; filename*=UTF-8''{quote(name, safe='')}"
