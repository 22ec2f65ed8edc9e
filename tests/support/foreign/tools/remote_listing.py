"""Run in the tools' own Python: lists a tar over HTTP with ratarmountcore. Prints how many files there are, and their bytes in all.

`remote_listing.py URL TOKEN`
"""

import sys
from importlib import import_module

import fsspec

url, token = sys.argv[1:]
system = fsspec.filesystem("http", client_kwargs={"headers": {"Authorization": f"Bearer {token}"}})
with system.open(url, block_size=1 << 16, cache_type="bytes") as remote:
    source = import_module("ratarmountcore.mountsource.formats.tar").SQLiteIndexedTar(
        fileObject=remote, writeIndex=False
    )
    files = size = 0
    folders = ["/"]
    while folders:
        folder = folders.pop()
        for name, info in source.list(folder).items():
            if info.mode & 0o040000 and not info.mode & 0o100000:
                folders.append(f"{folder.rstrip('/')}/{name}")
            else:
                files, size = files + 1, size + info.size
sys.stdout.write(f"{files} {size}\n")
