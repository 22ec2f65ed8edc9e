"""The follower: a process beside the registry that keeps the search index of its machine up to date with Postgres.

`following` applies the feed of changes to the index, `directory` is where the index is kept, `snapshots` are copies of it in S3 for
machines that have none, and `supervisor` starts the process. However many workers the registry has, a lock on the directory lets
one follower run.
"""
