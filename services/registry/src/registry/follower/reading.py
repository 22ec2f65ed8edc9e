"""Reads and encodes pages of the feed in a process of its own, while the follower is far behind.

Python uses one core however many threads there are, and the follower that adds the documents needs one too. The process writes frames to
its standard output, four bytes of length and a pickle, and ends with its last page, or when nobody reads them any more.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import astuple, dataclass, replace
from typing import BinaryIO

from registry.search_engine.encoding import EncodedDocument, encoded, key_of
from registry.search_engine.schema import document_id
from registry.settings import FollowerSettings
from shared.concurrency import read_ahead
from shared.db.statements import open_statements
from shared.errors import Unavailable
from shared.index.feed import FeedPage, FeedStore
from shared.index.search.documents import ObjectDocument, PackageDocument
from shared.quilt.keys import LATEST
from shared.runtime import settle_heap

ARGV = (sys.executable, "-m", "registry.follower")
PAGES_AHEAD = 1
"""Pages that are read while one is encoded."""
APPLICATION = "registry-follower-reading"
_LENGTH = 4
_BUFFER_BYTES = 16 << 20
"""Bytes of pages that wait for the follower while the engine writes a file."""


@dataclass(frozen=True, slots=True)
class ChangesBetween:
    """Changes after a position, up to another one."""

    after: int
    up_to: int
    new_up_to: int
    """Changes up to this position are of documents that the index does not have."""

    def may_have_entries(self, page: FeedPage, document: ObjectDocument | PackageDocument) -> bool:
        """True for a package that has entries, or whose former revision may have some in the index."""
        if not isinstance(document, PackageDocument) or document.tag != LATEST:
            return False
        return document.root is not None or page.position > self.new_up_to


@dataclass(frozen=True, slots=True)
class EncodedPage:
    page: FeedPage
    """With the documents that are not encoded: packages that may have entries, and those that cannot be."""
    encoded: Sequence[EncodedDocument]
    ids: Sequence[str]
    """Ids of the documents that are encoded."""


ReadPages = Callable[[ChangesBetween], AbstractAsyncContextManager[AsyncIterator[EncodedPage]]]
"""As `read_pages`."""


def encode_page(page: FeedPage, span: ChangesBetween) -> EncodedPage:
    left, done, ids = list[ObjectDocument | PackageDocument](), list[EncodedDocument](), list[str]()
    for document in page.documents:
        if span.may_have_entries(page, document):
            left.append(document)
            continue
        try:
            done.append(encoded(document))
        except Exception:  # noqa: BLE001 – the follower tries again, and says what is wrong
            left.append(document)
        else:
            ids.append(document_id(key_of(document)))
    return EncodedPage(replace(page, documents=left), done, ids)


async def pages_of(feed: FeedStore, span: ChangesBetween) -> AsyncIterator[FeedPage]:
    after = span.after
    while after < span.up_to and (page := await feed.page(after, span.up_to)):
        yield page
        after = page.position


@asynccontextmanager
async def read_pages(span: ChangesBetween) -> AsyncIterator[AsyncIterator[EncodedPage]]:
    """The pages as another process reads and encodes them. Raises Unavailable when it ends before the last one."""
    process = await asyncio.create_subprocess_exec(
        *ARGV,
        "--read",
        *map(str, astuple(span)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_BUFFER_BYTES,
    )
    assert process.stdout  # noqa: S101 – it is a pipe

    async def pages(frames: asyncio.StreamReader) -> AsyncIterator[EncodedPage]:
        try:
            while length := int.from_bytes(await frames.readexactly(_LENGTH)):
                page: EncodedPage = pickle.loads(await frames.readexactly(length))  # noqa: S301 – of our own process
                yield page
        except asyncio.IncompleteReadError as error:
            raise Unavailable("The process that reads the feed has ended") from error

    try:
        yield pages(process.stdout)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def write_pages(settings: FollowerSettings, span: ChangesBetween) -> None:
    """Write the pages to standard output, as the process that `read_pages` starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the follower, which ends this
    frames = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # for all else that is printed
    database = settings.database.model_copy(update={"pool_size": 1})
    with suppress(BrokenPipeError):
        async with open_statements(database, APPLICATION) as statements:
            settle_heap()
            async with aclosing(read_ahead(pages_of(FeedStore(statements), span), PAGES_AHEAD)) as pages:
                async for page in pages:
                    await asyncio.to_thread(_write_frame, frames, page, span)
            frames.write(bytes(_LENGTH))
            frames.close()


def _write_frame(frames: BinaryIO, page: FeedPage, span: ChangesBetween) -> None:
    body = pickle.dumps(encode_page(page, span), protocol=pickle.HIGHEST_PROTOCOL)
    frames.write(len(body).to_bytes(_LENGTH))
    frames.write(body)
    frames.flush()
