"""Run by the SDK's own Python, with the generated client on its path: `sdk_acts.py URL USERNAME PASSWORD BUCKET PACKAGE`.

Signs in, walks from the buckets down to the files, asks for what is not there, and prints what it saw, as JSON.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from patchwork_client import AuthenticatedClient, Client
from patchwork_client.api.buckets import get_bucket, list_buckets
from patchwork_client.api.packages import get_entry, list_entries, list_packages
from patchwork_client.api.sessions import get_me, log_in
from patchwork_client.models import Directory, File, Login, Problem


def all_of(list_page: Callable[..., Any], **which: Any) -> Iterator[Any]:
    """Every item of a listing, one to a page."""
    cursor = None
    while True:
        page = list_page(**which, cursor=cursor, limit=1)
        yield from page.items
        cursor = page.next_
        if cursor is None:
            return


def walk(client: AuthenticatedClient, package: dict[str, str], path: str = "") -> Iterator[File]:
    for entry in all_of(list_entries.sync, client=client, **package, revision="latest", path=path):
        if isinstance(entry, Directory):
            yield from walk(client, package, entry.path)
        else:
            yield entry


def main(url: str, username: str, password: str, bucket: str, package: str) -> dict[str, Any]:
    refused = log_in.sync_detailed(client=Client(url), body=Login(username, "not the password"))
    token = log_in.sync(client=Client(url), body=Login(username, password)).token
    author, _, name = package.partition("/")
    where = {"bucket": bucket, "author": author, "name": name}
    with AuthenticatedClient(url, token) as client:
        missing = get_bucket.sync(client=client, bucket="no-such-bucket")
        files = sorted(walk(client, where), key=lambda file: str(file.path))
        first = get_entry.sync(client=client, **where, revision="latest", path=files[0].path)
        return {
            "me": get_me.sync(client=client).current_user,
            "buckets": [each.name for each in all_of(list_buckets.sync, client=client)],
            "packages": [each.name for each in all_of(list_packages.sync, client=client, bucket=bucket)],
            "files": {file.path: file.size for file in files},
            "first": isinstance(first, File) and first.to_dict() == files[0].to_dict(),
            "refused": [refused.status_code, isinstance(refused.parsed, Problem), refused.parsed.message],
            "missing": isinstance(missing, Problem) and missing.status,
        }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
