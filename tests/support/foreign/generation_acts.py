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


def take(registry: str, destination: str, *pushes: str) -> dict[str, Any]:
    """Install packages, as NAME@HASH, and verify what was installed."""
    found = {}
    for push in pushes:
        name, _, top_hash = push.partition("@")
        where = str(Path(destination) / name)
        quilt3.Package.install(name, registry=registry, top_hash=top_hash, dest=where)
        package = quilt3.Package.browse(name, registry, top_hash=top_hash)
        try:
            verified: object = package.verify(where)
        except Exception as error:  # noqa: BLE001 - each generation says it in another way
            verified = type(error).__name__ + ": " + str(error)
        found[name] = dict(told(name, registry, top_hash), verified=verified)
    return found


def take_and_revise(registry: str, destination: str, revised: str, path: str, *pushes: str) -> dict[str, Any]:
    """Also push a revision of a package, whoever pushed that: `new/é.md` is from `path`, and `empty` is gone."""
    taken = take(registry, destination, *pushes)
    package = quilt3.Package.browse(revised, registry)
    package.set("new/é.md", path, meta={"revised": True})
    package.delete("empty")
    package.push(revised, registry=registry, message="Revised")
    return {"taken": taken, "revised": told(revised, registry)}


def push_by_rules(name: str, registry: str, folder: str, bad_meta: str, good_meta: str) -> dict[str, Any]:
    """The client's error for metadata that the bucket's workflow refuses, and the result of a push with good metadata."""
    try:
        push(name, registry, folder, "Ruled", bad_meta)
    except quilt3.util.QuiltException as error:
        return {"refused": str(error), "pushed": push(name, registry, folder, "Ruled", good_meta)}
    return {"refused": None}


def main_job(catalog: str, code: str, registry: str, folder: str, destination: str) -> dict[str, Any]:
    """All that people do, in one process and in a fixed order."""
    name = "recorded/package"
    signed_in = sign_in(catalog, code)
    pushed = push(name, registry, folder, "Lèse, encore", json.dumps({"season": 2026, "share": 0.1, "é": ["ü", 1e-7]}))
    listed = list(quilt3.list_packages(registry))
    done = take_and_revise(registry, destination, name, folder + "/data/é + 日本.csv", name + "@" + pushed["top_hash"])
    return {"signed_in": signed_in, "listed": listed, "pushed": pushed, **done}


def told(name: str, registry: str, top_hash: str | None = None) -> dict[str, Any]:
    """The contents of a revision as the client reads it from the registry."""
    package = quilt3.Package.browse(name, registry, top_hash=top_hash)
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
