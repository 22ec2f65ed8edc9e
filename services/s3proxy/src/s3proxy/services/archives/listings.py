"""Objects below a prefix, listed with the credentials of a caller, as files of an archive."""

from collections.abc import Iterator, Sequence
from itertools import count
from urllib.parse import quote, unquote_plus
from xml.parsers import expat

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from s3proxy.services.archives.errors import TooManyFiles, UnsafeNames
from s3proxy.services.archives.formats import LISTED_ETAG
from s3proxy.services.previews.errors import StoreDenied
from shared.archives import zip as zip_format
from shared.archives.names import is_unsafe
from shared.aws.process_credentials import Keys
from shared.aws.request_signing import sign
from shared.aws.signatures import EMPTY_HASH
from shared.errors import NotFound, Unavailable
from shared.schemas.archive import MAX_ARCHIVE_ENTRIES_PAGE, ArchiveEntries, ArchiveEntry
from shared.settings import AwsSettings

MAX_LISTED_FILES = 50_000
"""Files of an archive of a bucket's folder, all of which are listed before the first byte."""
BATCH_LISTED_KEYS = 1_000
LIST_SECONDS = 30
_MAX_ANSWER_BYTES = 8 << 20


class ListedFiles:
    """The files of a bucket's folder."""

    def __init__(self, items: Sequence[ArchiveEntry]) -> None:
        self._items = items

    @property
    def zip_bytes(self) -> int:
        names = sum(len(entry.path.encode()) for entry in self._items)
        return zip_format.archive_bytes(len(self._items), sum(entry.size for entry in self._items), names)

    def pages(self) -> Iterator[ArchiveEntries]:
        for start in range(0, len(self._items), MAX_ARCHIVE_ENTRIES_PAGE):
            yield ArchiveEntries(0, list(self._items[start : start + MAX_ARCHIVE_ENTRIES_PAGE]), more=False)


class FolderListings:
    def __init__(self, store: aiohttp.ClientSession, aws: AwsSettings) -> None:
        self._store = store
        self._aws = aws

    async def list_files(self, keys: Keys, bucket: str, prefix: str, wanted: Sequence[str]) -> ListedFiles:
        """All objects below the prefix, or those of them that are wanted: names of files, or of folders with a slash at the end.

        Raises NotFound, StoreDenied, TooManyFiles, UnsafeNames or Unavailable.
        """
        chosen = _Choice(prefix, wanted)
        items: list[ArchiveEntry] = []
        token = ""
        for _ in count():
            page = await self._list(keys, bucket, prefix, token)
            for key, size, etag in page.objects:
                name = key.removeprefix(prefix)
                if not name or name.endswith("/") or not chosen.has(key):
                    continue
                if is_unsafe(name) or not {"", ".", ".."}.isdisjoint(name.split("/")):
                    raise UnsafeNames(
                        f"{key[:200]!r} would be written outside the folder into which an archive is unpacked"
                    )
                items.append(ArchiveEntry(name, bucket, key, None, size, LISTED_ETAG, etag))
                if len(items) > MAX_LISTED_FILES:
                    raise TooManyFiles(
                        f"The folder has more than {MAX_LISTED_FILES:,} files. Get them with an S3 client, or make a package of them"
                    )
            token = page.next_token
            if not token:
                break
        if not items:
            raise NotFound(f"There are no files below {prefix or bucket!r}")
        return ListedFiles(items)

    async def _list(self, keys: Keys, bucket: str, prefix: str, token: str) -> "_ListingPage":
        endpoint, region = self._aws.endpoint_url, self._aws.region
        base = f"{endpoint.rstrip('/')}/{bucket}" if endpoint else f"https://s3.{region}.amazonaws.com/{bucket}"
        asked = {
            "continuation-token": token,
            "encoding-type": "url",
            "list-type": "2",
            "max-keys": str(BATCH_LISTED_KEYS),
            "prefix": prefix,
        }
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items() if value)
        url = URL(f"{base}?{query}", encoded=True)
        headers = CIMultiDict[str](Host=base.partition("://")[2].partition("/")[0])
        sign(headers, "GET", url.raw_path, query, EMPTY_HASH, region, keys)
        timeout = aiohttp.ClientTimeout(total=LIST_SECONDS)
        try:
            async with self._store.get(url, headers=headers, allow_redirects=False, timeout=timeout) as answer:
                body = await answer.content.read(_MAX_ANSWER_BYTES)
                while chunk := await answer.content.read(_MAX_ANSWER_BYTES):
                    body += chunk
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("The object store is not responding. Try again") from error
        if answer.status == 403:
            raise StoreDenied("The object store does not let you list this bucket")
        if answer.status == 404:
            raise NotFound(f"There is no bucket {bucket}")
        if answer.status != 200:
            raise Unavailable(f"The object store answers {answer.status}. Try again")
        return _ListingPage(body)


class _Choice:
    def __init__(self, prefix: str, wanted: Sequence[str]) -> None:
        full = [name if name.startswith(prefix) else prefix + name for name in wanted]
        self._all = not full
        self._files = {name for name in full if not name.endswith("/")}
        self._folders = tuple(name for name in full if name.endswith("/"))

    def has(self, key: str) -> bool:
        return self._all or key in self._files or key.startswith(self._folders)


class _ListingPage:
    """An answer of ListObjectsV2. Raises Unavailable unless it is one."""

    def __init__(self, body: bytes) -> None:
        self.objects: list[tuple[str, int, str]] = []
        """Key, size and ETag."""
        self.next_token = ""
        self._texts: dict[str, str] = {}
        self._path: list[str] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, KeyError, ValueError) as error:
            raise Unavailable("The object store sends a listing that cannot be read") from error

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        if self._path[-1] == "Contents":
            self._texts = {}

    def _text(self, text: str) -> None:
        name = self._path[-1]
        if name == "NextContinuationToken":
            self.next_token += text
        elif name in {"Key", "Size", "ETag"}:
            self._texts[name] = self._texts.get(name, "") + text

    def _end(self, _name: str) -> None:
        if self._path.pop() == "Contents":
            found = self._texts
            self.objects.append((unquote_plus(found["Key"]), int(found["Size"]), found.get("ETag", "")))
