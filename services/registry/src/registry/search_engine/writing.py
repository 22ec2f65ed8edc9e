"""Writes the index. One process at a time does."""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import tantivy

from registry.search_engine.encoding import encoded, encoded_position, key_of
from registry.search_engine.schema import POSITION_ID, document_id, schema
from registry.search_engine.snapshot import IndexSnapshot
from shared.index.search.documents import DocumentKey, ObjectDocument, PackageDocument

HEAP_BYTES = 64 << 20
"""Memory for documents that are not committed yet."""


class IndexLockedError(Exception):
    """Another process writes this index."""


class IndexUnreadableError(Exception):
    """The directory holds no whole index. Remove it and start again."""


class SearchIndexWriter:
    """Methods block, so call them in a thread."""

    def __init__(self, directory: Path) -> None:
        """Opens the index in the directory, or creates it. Raises IndexLockedError and IndexUnreadableError."""
        directory.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(schema(), path=str(directory))
            self._writer = self._index.writer(HEAP_BYTES, 1)
            self.position = IndexSnapshot.of(self._index).position
        except (ValueError, OSError) as error:
            if "LockBusy" in str(error) or "Failed to acquire Lockfile" in str(error):
                raise IndexLockedError(str(error)) from error
            raise IndexUnreadableError(str(error)) from error

    def apply(
        self,
        documents: Sequence[ObjectDocument | PackageDocument],
        gone: Sequence[DocumentKey] = (),
        gone_buckets: Sequence[str] = (),
    ) -> None:
        """Replace documents and remove others. Nothing is visible before `commit`."""
        for bucket in gone_buckets:
            self._writer.delete_documents_by_term("bucket", bucket)
        for key in gone:
            self._writer.delete_documents_by_term("id", document_id(key))
        for document in documents:
            self._writer.delete_documents_by_term("id", document_id(key_of(document)))
            self._writer.add_document(encoded(document))

    def commit(self, position: int, at: datetime) -> None:
        """Make everything applied visible, together with the position in the feed up to which it is complete."""
        self._writer.delete_documents_by_term("id", POSITION_ID)
        self._writer.add_document(encoded_position(json.dumps({"position": position, "at": at.isoformat()})))
        self._writer.commit()
        self.position = position

    def close(self) -> None:
        """Uncommitted documents are lost."""
        self._writer.rollback()
        del self._writer


def remove_index(directory: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(directory)
