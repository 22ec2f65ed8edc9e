"""Log in with the code on standard input, and push the demo's packages as any user of quilt3 can."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import quilt3
from demo_packages import REVISIONS, Revision

WAIT_SECONDS = 60
SEARCHED_WORD = "foretold"
"""A word that is only in the README of the last push."""


def main() -> int:
    catalog, bucket = os.environ["PATCHWORK_CATALOG_URL"], os.environ["PATCHWORK_BUCKET"]
    registry = f"s3://{bucket}"
    quilt3.config(catalog)
    quilt3.session.login_with_token(sys.stdin.readline().strip())
    print(f"Logged in at {catalog}.\n")
    for number, revision in enumerate(REVISIONS, 1):
        print(f"{number}/{len(REVISIONS)}  {revision.name}: {revision.message}", flush=True)
        if revision.message in _messages(revision.name, registry):
            print("     is there already")
            continue
        _push(revision, registry)
    print("\nWaiting until search finds them …", end=" ", flush=True)
    began = time.monotonic()
    while not quilt3.Bucket(registry).search(SEARCHED_WORD):
        if time.monotonic() - began > WAIT_SECONDS:
            print(f"not within {WAIT_SECONDS} s. Look at the indexer's state in /healthz of the registry.")
            return 1
        time.sleep(0.2)
    print(f"{time.monotonic() - began:.1f} s.")
    return 0


def _messages(name: str, registry: str) -> set[str]:
    """Messages of the package's revisions so far."""
    if name not in quilt3.list_packages(registry):
        return set()
    hashes = {top_hash for _, top_hash in quilt3.list_package_versions(name, registry)}
    return {next(iter(quilt3.Package.browse(name, registry, top_hash=each).manifest))["message"] for each in hashes}


def _push(revision: Revision, registry: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="patchwork-demo-"))
    try:
        revision.lay_out(folder)
        package = quilt3.Package().set_dir(".", str(folder), meta=revision.meta)
        for key, meta in revision.entry_meta.items():
            package[key].set_meta(meta)
        package.push(revision.name, registry=registry, message=revision.message, force=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
