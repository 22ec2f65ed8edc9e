"""One OpenAPI document from those of the services."""

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.settings import PublicSettings

Document = dict[str, Any]

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')

_ABOUT = """Packages of data in S3, for people and programs.

Addresses below `/api/v1/` are this registry's own: listings come in pages (`next` is the `cursor` of the next page), and
refusals are problems (RFC 9457) whose `message` is for people. The other addresses are those that Quilt's clients and
web catalogs call. What a caller may not see is answered as if it did not exist."""

_TAGS = {
    "sessions": "Signing in as Quilt's clients and web catalogs do, and who one is.",
    "browsers": "Signing in as this registry's own web catalog does: a cookie renews a short-lived token.",
    "credentials": "Temporary S3 credentials.",
    "keys": "What access tokens are verified with.",
    "accounts": "Signing up, showing that an address is one's own, and choosing another password.",
    "API keys": "Keys for programs, which act as their owner.",
    "audit": "Who did what, or was refused it.",
    "users": "Administration of people.",
    "roles": "Administration of roles, which say who may do what in which bucket.",
    "single sign-on": "Signing in with somebody else's proof, and what that gives.",
    "tools": "Desktop and MCP clients: how they register, are let in by people, and get tokens (OAuth 2).",
    "tabulator": "Tables over the files of packages, and settings of the instance.",
    "policies": "Administration of policies, of which roles are made.",
    "buckets": "The buckets that this registry looks after.",
    "packages": "Packages, their revisions and what is in them.",
    "workflows": "What buckets want of packages pushed to them.",
    "jobs": "Pushes that this registry is doing, or has done.",
    "search": "Search over packages and objects.",
    "quilt": "Addresses that Quilt's clients and web catalogs call.",
    "configuration": "What clients and web catalogs read first.",
    "health": "Whether the system works.",
    "S3": "S3 for browsers, on a host of its own.",
}


def merge(parts: Mapping[str, Document], version: str, public: PublicSettings) -> Document:
    """`parts` by service; where two mean different things by a component's name, the later one's is renamed."""
    merged: Document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Patchwork",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public.registry_url, "description": "The registry"}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": {},
        "components": {},
    }
    for service, part in parts.items():
        own = _without_conflicts(service, part, merged["components"])
        for kind, components in own["components"].items():
            merged["components"].setdefault(kind, {}).update(components)
        for path, item in own["paths"].items():
            elsewhere = {"servers": [{"url": public.s3proxy_url}]} if service == "s3proxy" else {}
            merged["paths"][path] = {**elsewhere, **item}
    return merged


def _without_conflicts(service: str, part: Document, taken: Mapping[str, Mapping[str, Any]]) -> Document:
    """The part, with those schemas renamed whose names are taken for something else, in them or in what they refer to."""
    others = taken.get("schemas", {})
    shared = {name: schema for name, schema in part["components"]["schemas"].items() if name in others}
    renamed = {name for name, schema in shared.items() if schema != others[name]}
    while more := {name for name, schema in shared.items() if _referred(schema) & renamed} - renamed:
        renamed |= more
    names = {name: f"{service.capitalize()}{name}" for name in renamed}

    def reference(match: re.Match[str]) -> str:
        return match[0].replace(match[1], names.get(match[1], match[1]))

    own: Document = json.loads(_REFERENCE.sub(reference, json.dumps(part)))
    schemas = own["components"]["schemas"]
    own["components"]["schemas"] = {names.get(name, name): schema for name, schema in schemas.items()}
    return own


def _referred(schema: Any) -> set[str]:
    return set(_REFERENCE.findall(json.dumps(schema)))
