"""The rules of the index. The way of an event, from the queue to the search box:

1. `worker.IndexWorker` receives messages; `messages.changed_keys` gives the buckets and keys that they name.
2. `key_indexer.KeyIndexer.index_keys` sorts the keys by what they mean (`shared.quilt.keys.classify`), manifests first.
3. A manifest goes to `manifests.ManifestIndexer`: `shared.index.trees.manifest_reader` streams it into pages, which
   `db.nodes` adds, and recomputes its top hash.
4. A pointer goes to `packages.PackageIndexer`, which writes the package's search document through `db.packages`.
5. Any other object goes through `text_extraction` to `db.documents`.

Each step writes what S3 has now, under a lock of the key or package, so doubled and reordered events do no harm.
`reconcile` finds what events missed, slice by slice, and `reading` reads what it wrote from listings; `scan_schedule` says what was asked for;
`sweep` deletes pages that no revision needs.
"""
