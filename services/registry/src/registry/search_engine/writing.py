"""Writes the index. One process at a time does."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import tantivy

from registry.search_engine.encoding import EncodedDocument, encoded, encoded_position, key_of
from registry.search_engine.schema import POSITION_ID, document_id, package_term, schema
from registry.search_engine.snapshot import IndexSnapshot
from shared.index.search.documents import DocumentKey, DocumentKind, PackageDocument, SearchDocument
from shared.quilt.keys import LATEST

HEAP_BYTES = 64 << 20
"""Memory for documents that are not committed yet."""
FIRST_HEAP_BYTES = 256 << 20
"""The same while an index is begun. The engine merges eight files of about the same size, which takes a quarter of the time in which it
made them, so the first million documents go into fewer."""


class IndexLockedError(Exception):
    """Another process writes this index."""


class IndexUnreadableError(Exception):
    """The directory holds no whole index. Remove it and start again."""


class SearchIndexWriter:
    """Methods block, so call them in a thread."""

    def __init__(self, directory: Path) -> None:
        """Opens the index in the directory, or creates it. Raises IndexLockedError and IndexUnreadableError."""
        directory.mkdir(parents=True, exist_ok=True)
        self._roots: dict[DocumentKey, bytes | None] = {}
        try:
            self._index = tantivy.Index(schema(), path=str(directory))
            self.position = IndexSnapshot.of(self._index).position
            self._writer = self._index.writer(HEAP_BYTES if self.position else FIRST_HEAP_BYTES, 1)
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            if "LockBusy" in str(error) or "Failed to acquire Lockfile" in str(error):
                raise IndexLockedError(str(error)) from error
            raise IndexUnreadableError(str(error)) from error

    def apply(
        self,
        documents: Sequence[SearchDocument],
        gone: Sequence[DocumentKey] = (),
        gone_buckets: Sequence[str] = (),
        *,
        are_new: bool = False,
    ) -> None:
        """Replace documents and remove others; the entries of a package go with it. Nothing is visible before `commit`.

        `are_new`: the index has none of the documents, so that none needs to be looked for.
        """
        for bucket in gone_buckets:
            self._writer.delete_documents_by_term("bucket", bucket)
            self._roots = {key: root for key, root in self._roots.items() if key.bucket != bucket}
        for key in gone:
            if key.kind is DocumentKind.PACKAGE:
                self.remove_entries(key)
                self._roots[key] = None
        self._remove([document_id(key) for key in (*gone, *([] if are_new else map(key_of, documents)))])
        for document in documents:
            self.add([encoded(document)])
            if isinstance(document, PackageDocument) and document.tag == LATEST:
                self._roots[key_of(document)] = document.root

    def _remove(self, ids: Sequence[str]) -> None:
        """Remove documents with one query: the engine keeps over 1 kB for each removal until the next commit."""
        if ids:
            self._writer.delete_documents_by_query(tantivy.Query.term_set_query(schema(), "id", ids))

    def add(self, documents: Sequence[EncodedDocument], replaced: Sequence[str] = ()) -> None:
        """Add documents that are encoded already, in the place of those with some ids. None is a package with entries."""
        self._remove(replaced)
        for document in documents:
            if isinstance(document, str):
                self._writer.add_json(document)
            else:
                self._writer.add_document(tantivy.Document.from_dict(document, schema()))

    def remove_entries(self, package: DocumentKey) -> None:
        of_package = tantivy.Query.term_query(schema(), "package", package_term(package.bucket, package.name))
        are_entries = tantivy.Query.term_query(schema(), "kind", int(DocumentKind.ENTRY))
        both = tantivy.Query.boolean_query([(tantivy.Occur.Must, of_package), (tantivy.Occur.Must, are_entries)])
        self._writer.delete_documents_by_query(both)

    def root_of(self, package: DocumentKey) -> bytes | None:
        """Root of the tree whose entries the index has, or will have with the next commit; None without any."""
        if package in self._roots:
            return self._roots[package]
        found = self._searcher.search(tantivy.Query.term_query(schema(), "id", document_id(package)), limit=1)
        state = self._searcher.doc(found.hits[0][1])["state"] if found.hits else []
        return bytes.fromhex(state[0]) if state else None

    def commit(self, position: int, at: datetime) -> None:
        """Make everything applied visible, together with the position in the feed up to which it is complete."""
        self._writer.delete_documents_by_term("id", POSITION_ID)
        self._writer.add_json(encoded_position(json.dumps({"position": position, "at": at.isoformat()})))
        self._writer.commit()
        self.position = position
        self._index.reload()
        self._searcher = self._index.searcher()
        self._roots.clear()

    def close(self) -> None:
        """Uncommitted documents are lost."""
        self._writer.rollback()
        del self._writer
