"""Run by the real client's own Python: `quilt_acts.py NAME ARGUMENTS…` prints what the function returns, as JSON."""

import itertools
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import quilt3
from botocore.config import Config


def browse(name: str, registry: str, top_hash: str = "") -> dict[str, Any]:
    package = quilt3.Package.browse(name, registry, top_hash=top_hash or None)
    return {
        "top_hash": package.top_hash,
        "message": next(iter(package.manifest)).get("message"),
        "meta": package.meta,
        "entries": {
            key: {"size": entry.size, "hash": entry.hash, "meta": entry.meta, "physical_key": str(entry.physical_key)}
            for key, entry in package.walk()
        },
    }


def push(name: str, registry: str, folder: str, message: str = "", meta: str = "null") -> dict[str, Any]:
    package = quilt3.Package().set_dir(".", folder, meta=json.loads(meta))
    pushed = package.push(name, registry=registry, message=message or None, force=True)
    return {"top_hash": pushed.top_hash, "at": time.time()}


def push_dated() -> list[str]:
    """Push what standard input lists, each at its age in seconds: the pointer of an old push is replaced by an older one."""
    client = quilt3.get_boto3_session().client("s3")
    top_hashes = []
    for pushed in json.load(sys.stdin):
        bucket = pushed["registry"].removeprefix("s3://")
        prefix = f".quilt/named_packages/{pushed['name']}/"
        before = _keys(client, bucket, prefix)
        top_hash = push(
            pushed["name"], pushed["registry"], pushed["folder"], pushed["message"], json.dumps(pushed["meta"])
        )
        top_hashes.append(top_hash["top_hash"])
        made = _keys(client, bucket, prefix) - before - {f"{prefix}latest"} if pushed["age"] else set()
        for key in made:
            older = f"{prefix}{int(time.time() - pushed['age'])}"
            client.put_object(Bucket=bucket, Key=older, Body=top_hashes[-1].encode())
            client.delete_object(Bucket=bucket, Key=key)
    return top_hashes


def _keys(client: Any, bucket: str, prefix: str) -> set[str]:
    return {each["Key"] for each in client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())}


def revise(name: str, registry: str, folder: str, removed: str, message: str) -> dict[str, Any]:
    """A new revision of the latest: what is in `folder` added or replaced, `removed` taken out."""
    package = quilt3.Package.browse(name, registry)
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            package.set(str(path.relative_to(folder)), str(path), meta={"revised": True})
    package.delete(removed)
    package.set_meta({**package.meta, "revision": 2})
    pushed = package.push(name, registry=registry, message=message)
    return {"top_hash": pushed.top_hash, "at": time.time()}


def diff(name: str, registry: str, before: str, after: str) -> dict[str, list[str]]:
    old, new = (quilt3.Package.browse(name, registry, top_hash=each) for each in (before, after))
    added, modified, deleted = old.diff(new)
    return {"added": sorted(added), "modified": sorted(modified), "deleted": sorted(deleted)}


def versions(name: str, registry: str) -> list[list[str]]:
    return [list(version) for version in quilt3.list_package_versions(name, registry)]


def search(registry: str, text: str) -> dict[str, Any]:
    """Hits in one bucket, or everywhere when `registry` is empty."""
    hits = quilt3.Bucket(registry).search(text) if registry else quilt3.search(text)
    return {"hits": hits, "at": time.time()}


def search_until(registry: str, text: str, seconds: str) -> dict[str, Any]:
    """When `text` was first found."""
    deadline = time.time() + float(seconds)
    while not (found := search(registry, text))["hits"] and time.time() < deadline:
        time.sleep(0.05)
    return found


def put(bucket: str) -> None:
    """Write objects with the vended credentials: on standard input, keys to bodies in hexadecimal."""
    client = quilt3.get_boto3_session().client("s3")
    for key, body in json.load(sys.stdin).items():
        client.put_object(Bucket=bucket, Key=key, Body=bytes.fromhex(body))


def get_through_proxy(proxy: str, bucket: str, key: str) -> dict[str, Any]:
    """Read an object as web catalogs do: signed for AWS, sent to the proxy."""
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"}, retries={"max_attempts": 0})
    client = quilt3.get_boto3_session().client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com", config=config)

    def re_target(request: Any, **_: Any) -> None:
        request.url = request.url.replace("https://", f"{proxy}/", 1)

    client.meta.events.register("before-send.s3", re_target)
    answer = client.get_object(Bucket=bucket, Key=key)
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return {"text": answer["Body"].read().decode(), "cors": headers.get("access-control-allow-origin")}


def install(name: str, registry: str, top_hash: str, folder: str) -> bool:
    """Fetch a revision, and whether it is what its manifest says."""
    quilt3.Package.install(name, registry, top_hash=top_hash, dest=folder)
    verified: bool = quilt3.Package.browse(name, registry, top_hash=top_hash).verify(folder)
    return verified


def patch_plainly(name: str, registry: str, added: str) -> dict[str, float]:
    """Ten changes to a package of any size, as the client makes them: seconds and memory that it took."""
    began = time.time()
    package = quilt3.Package.browse(name, registry)
    keys = [key for key, _ in itertools.islice(package.walk(), 6)]
    for at, key in enumerate(keys):
        package.delete(key)
        package.set(f"plain/{at}", added)
    package.push(name, registry=registry, message="Plainly", force=True, selector_fn=lambda *_: False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.time() - began, "peak_mb": peak}


def logged_in() -> str | None:
    url: str | None = quilt3.logged_in()
    return url


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))  # noqa: T201
