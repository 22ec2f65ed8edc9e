"""The services, their settings and their sources."""

from pydantic_settings import BaseSettings
from support.docs.pages import ROOT

from auth.settings import AuthSettings
from indexer.settings import IndexerSettings
from registry.settings import RegistrySettings
from s3proxy.settings import S3ProxySettings

SERVICES: dict[str, type[BaseSettings]] = {
    "auth": AuthSettings,
    "registry": RegistrySettings,
    "indexer": IndexerSettings,
    "s3proxy": S3ProxySettings,
}
PACKAGES = ("shared", *SERVICES)
SOURCES = [ROOT / "shared" / "src" / "shared", *(ROOT / "services" / name / "src" / name for name in SERVICES)]
