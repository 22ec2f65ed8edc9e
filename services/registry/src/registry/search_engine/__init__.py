"""The search engine: an index of documents in a local directory, which one process writes and any number read.

`writing` puts documents into it, `searching` answers questions, and `translation` turns clauses into queries of tantivy, which
nothing outside this room imports. `schema` says what the fields are. The index follows Postgres and can be lost at any time.
"""
