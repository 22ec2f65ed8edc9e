"""Merges the OpenAPI documents of the services into one."""

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.settings import PublicSettings

Document = dict[str, Any]

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')

_ABOUT = """Packages of data in S3, for people and programs.

Addresses below `/api/v1/` are this registry's own API: listings come in pages (`next` is the `cursor` of the next page), and
errors are problems (RFC 9457) whose `message` is for people. Quilt's clients and web catalogs call the other
addresses. A resource that the caller may not see is answered as if it did not exist."""

_TAGS = {
    "sessions": "Sign-in of Quilt's clients and web catalogs, and the signed-in user.",
    "browsers": "Sign-in of this registry's own web catalog: a cookie renews a short-lived token.",
    "credentials": "Temporary S3 credentials.",
    "keys": "Public keys for the verification of access tokens.",
    "accounts": "Sign-up, confirmation of addresses, and passwords.",
    "API keys": "Keys for programs, which act as their owner.",
    "tickets": "Addresses that read one file without a token, for links and pictures.",
    "previews": "What files hold, on the host of the S3 proxy.",
    "downloads": "Packages as archives, and files of packages, on the host of the S3 proxy.",
    "audit": "The audit trail: changes and refusals, and who caused them.",
    "users": "Administration of users.",
    "roles": "Administration of roles, which give permissions on buckets.",
    "single sign-on": "Sign-in with identity providers, and the roles that it gives.",
    "tools": "Desktop and MCP clients: registration, consent and tokens (OAuth 2).",
    "tabulator": "Tables over the files of packages, and settings of the instance.",
    "policies": "Administration of policies, which roles combine.",
    "buckets": "Registered buckets.",
    "packages": "Packages, their revisions and their files.",
    "workflows": "Rules of buckets for packages that are pushed to them.",
    "jobs": "Pushes by this registry: waiting, running and finished ones.",
    "search": "Search for packages and objects.",
    "canary": "Runs of the canary, a client that does every hour what people do, and signed reports of them.",
    "queries": "Queries in SQL over the files of packages, their results, and saved queries.",
    "bookmarks": "Places that a person keeps at hand.",
    "quilt": "API of Quilt's clients and web catalogs.",
    "configuration": "Configuration of clients and web catalogs.",
    "health": "Health of the system.",
    "S3": "S3 for browsers, on a host of its own.",
}


def merge(parts: Mapping[str, Document], version: str, public: PublicSettings) -> Document:
    """The document of all services. `parts`: documents by service. Different schemas of one name get different names."""
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
    """The part, in which schemas are renamed whose name belongs to a different schema, or that refer to such a one."""
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
