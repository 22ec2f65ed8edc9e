"""The OpenAPI document of an installation, made from the code of the services."""

import json
from importlib.metadata import version
from pathlib import Path

from support.worlds import auth_world, proxy_world, registry_world

from auth.main import create_app as create_auth
from registry.main import create_app as create_registry
from registry.services.openapi import Document, merge
from s3proxy.main import create_app as create_s3proxy
from shared.settings import PublicSettings
from shared.web.document import document_of

SNAPSHOT = Path(__file__).resolve().parents[2] / "contract" / "openapi.json"
NO_DATABASE = "postgresql+asyncpg://unused"
PUBLIC = PublicSettings(
    catalog_url="https://catalog.example.com",
    registry_url="https://registry.example.com",
    s3proxy_url="https://s3-proxy.example.com",
)


def published() -> Document:
    parts = {
        "registry": document_of(create_registry(registry_world.settings_for(NO_DATABASE))),
        "auth": document_of(create_auth(auth_world.settings_for(NO_DATABASE))),
        "s3proxy": document_of(create_s3proxy(proxy_world.settings_for(None))),
    }
    return merge(parts, version("patchwork-registry"), PUBLIC)


def rendered(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
