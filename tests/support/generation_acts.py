"""Run by clients of every generation, on Python 3.8 and later: `generation_acts.py NAME ARGUMENTS…` prints JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import quilt3
from quilt3.session import login_with_token


def sign_in(catalog: str, code: str) -> dict[str, Any]:
    quilt3.config(catalog)
    login_with_token(code)
    return {"version": quilt3.__version__.strip(), "logged_in": quilt3.logged_in()}


def push(name: str, registry: str, folder: str, message: str, meta: str) -> dict[str, Any]:
    package = quilt3.Package().set_dir(".", folder, meta=json.loads(meta))
    for key, entry in package.walk():
        if key.endswith(".csv"):
            entry.set_meta({"key": key, "share": 0.1})
    package.push(name, registry=registry, message=message)
    return told(name, registry)


def revise(name: str, registry: str, path: str, key: str, gone: str) -> dict[str, Any]:
    """A revision of the latest, whoever pushed that."""
    package = quilt3.Package.browse(name, registry)
    package.set(key, path, meta={"revised": True})
    package.delete(gone)
    package.push(name, registry=registry, message="Revised")
    return told(name, registry)


def take(registry: str, destination: str, *names: str) -> dict[str, Any]:
    """Install packages, and verify what was installed."""
    found = {}
    for name in names:
        where = Path(destination) / name
        quilt3.Package.install(name, registry=registry, dest=str(where))
        package = quilt3.Package.browse(name, registry)
        try:
            verified: object = package.verify(str(where))
        except Exception as error:  # noqa: BLE001 - each generation says it in another way
            verified = type(error).__name__ + ": " + str(error)
        found[name] = dict(told(name, registry), verified=verified)
    return found


def told(name: str, registry: str) -> dict[str, Any]:
    """What the client makes of the latest revision, reading it anew."""
    package = quilt3.Package.browse(name, registry)
    header = next(iter(package.manifest))
    return {
        "top_hash": package.top_hash,
        "message": header.get("message"),
        "meta": package.meta,
        "workflow": header.get("workflow"),
        "entries": {
            key: {
                "size": entry.size,
                "hash": entry.hash,
                "physical_key": str(entry.physical_key),
                "meta": entry.meta,
            }
            for key, entry in package.walk()
        },
    }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))  # noqa: T201
