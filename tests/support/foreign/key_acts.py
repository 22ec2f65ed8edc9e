"""API keys in the real client, run by its own Python: `key_acts.py NAME ARGUMENTS…` prints what the function returns."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import quilt3
from quilt3.admin import api_keys as everybodys
from quilt3.admin.exceptions import Quilt3AdminError


def shown(key: Any) -> dict[str, Any] | None:
    if key is None:
        return None
    return {name: getattr(key, name) for name in ("id", "name", "fingerprint", "status", "user_email")} | {
        "used": key.last_used_at is not None,
        "days": round((key.expires_at - key.created_at).total_seconds() / 86400),
    }


def own() -> dict[str, Any]:
    """All that quilt3.api_keys can do, and how it fails."""
    first, secret = quilt3.api_keys.create("first", expires_in_days=7)
    second, other = quilt3.api_keys.create("second")
    seen = {
        "created": shown(first),
        "got": shown(quilt3.api_keys.get(first.id)),
        "nothing": shown(quilt3.api_keys.get("nonsense")),
        "listed": sorted(key.name for key in quilt3.api_keys.list()),
        "by name": [key.name for key in quilt3.api_keys.list(name="first")],
        "by fingerprint": [key.name for key in quilt3.api_keys.list(fingerprint=second.fingerprint)],
        "expired": [key.name for key in quilt3.api_keys.list(status="EXPIRED")],
        "failures": [
            failure(lambda: quilt3.api_keys.create("")),
            failure(lambda: quilt3.api_keys.create("x", expires_in_days=366)),
            failure(lambda: quilt3.api_keys.revoke(id="nonsense")),
            failure(lambda: quilt3.api_keys.revoke(secret="qk_nonsense")),
            failure(quilt3.api_keys.revoke),
        ],
    }
    quilt3.api_keys.revoke(id=second.id)
    assert failure(lambda: quilt3.api_keys.revoke(secret=other)) == "APIKeyError"
    return {**seen, "left": [key.name for key in quilt3.api_keys.list()], "secret": secret}


def administer(email: str) -> dict[str, Any]:
    """All that quilt3.admin.api_keys can do, and how it fails."""
    (key,) = everybodys.list(email=email)
    seen = {
        "got": shown(everybodys.get(key.id)),
        "nothing": shown(everybodys.get("nonsense")),
        "of nobody": everybodys.list(email="nobody@example.com"),
        "by name": [each.name for each in everybodys.list(key_name="first", fingerprint=key.fingerprint)],
        "expired": everybodys.list(email=email, status="EXPIRED"),
        "failure": failure(lambda: everybodys.revoke("nonsense"), Quilt3AdminError),
    }
    everybodys.revoke(key.id)
    return seen | {"left": everybodys.list(email=email)}


def headless(catalog: str, secret: str, name: str, registry: str) -> dict[str, Any]:
    """A program that never logged in: configures itself, pushes, reads back and searches, with its key alone."""
    quilt3.config(catalog)
    quilt3.login_with_api_key(secret)
    registry_url = quilt3.config()["registryUrl"]
    given = quilt3.session.get_session().get(f"{registry_url}/api/auth/get_credentials").json()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    Path("README.md").write_text("made by a program")
    pushed = quilt3.Package().set("README.md", "README.md").push(name, registry=registry, force=True)
    browsed = quilt3.Package.browse(name, registry)
    return {
        "same": browsed.top_hash == pushed.top_hash,
        "text": browsed["README.md"].get_bytes().decode(),
        "logged_in": quilt3.logged_in() == catalog,
        "keys": [key.name for key in quilt3.api_keys.list()],
        "hits": isinstance(quilt3.search("nothing at all"), list),
    }


def refused(catalog: str, secret: str) -> str:
    quilt3.config(catalog)
    quilt3.login_with_api_key(secret)
    try:
        quilt3.api_keys.list()
    except quilt3.util.QuiltException as error:
        return str(error)
    return ""


def failure(act: Any, kind: type[Exception] = Exception) -> str:
    try:
        act()
    except kind as error:
        return type(error).__name__
    return ""


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))  # noqa: T201
