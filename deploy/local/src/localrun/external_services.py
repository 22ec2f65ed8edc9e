"""The contents of an env file: services that are not on this machine, and settings of our services.

They are stored in the data directory while the system runs, so that every command finds them.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from localrun.configuration import BadConfiguration
from localrun.setting_aliases import LOCAL, Translation, translate

FILE_NAME = "outside.json"
QUILT2_COMPOSE_STORE = "s3:5001"
"""Address of the store in Quilt 2's compose file."""
SERVICES = ("AUTH", "REGISTRY", "INDEXER", "S3PROXY", "OAUTH")


@dataclass(frozen=True)
class ExternalS3:
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True)
class ExternalServices:
    settings: dict[str, str] = field(default_factory=dict)
    """Settings of services, by their full names."""
    urls: dict[str, str] = field(default_factory=dict)
    """Public URLs that differ from those made of host and ports."""
    database: str = ""
    """libpq URL of a role that may create roles."""
    s3: ExternalS3 | None = None
    is_given: bool = False
    """There is an env file, so no example bucket is made."""

    @property
    def bucket(self) -> str:
        """Bucket with the packages of Quilt 2; empty for the default."""
        return self.settings.get("REGISTRY_QUILT2__BUCKET", "")

    def of(self, service: str) -> dict[str, str]:
        """Settings of one service."""
        prefixes = (f"{service.upper()}_", "OAUTH_") if service == "auth" else (f"{service.upper()}_",)
        return {name: value for name, value in self.settings.items() if name.startswith(prefixes)}

    def save(self, data: Path) -> None:
        fresh = data / f"{FILE_NAME}.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        fresh.replace(data / FILE_NAME)

    @classmethod
    def kept(cls, data: Path) -> Self:
        try:
            found = json.loads((data / FILE_NAME).read_text())
        except FileNotFoundError:
            return cls()
        s3 = ExternalS3(**found.pop("s3")) if found["s3"] else found.pop("s3")
        return cls(**found, s3=s3)

    @classmethod
    def of_file(cls, path: Path, s3_port: int) -> tuple[Self, dict[str, str], list[str]]:
        """The services and settings of the file, its variables of this machine, and notes; raises BadConfiguration."""
        if not path.is_file():
            raise BadConfiguration(f"There is no file {path}")
        made = translate(_read(path))
        if made.wrong:
            raise BadConfiguration("\n".join(f"{path}: {name}: {why}" for name, why in made.wrong.items()))
        settings = made.settings
        urls = {name: settings[variable] for name, variable in _URLS.items() if variable in settings}
        s3 = _s3(made, s3_port)
        here = {name: value for name, value in settings.items() if name.startswith("PATCHWORK_")}
        host = urlsplit(urls.get("registry", "")).hostname
        if host:
            here.setdefault("PATCHWORK_HOST", host)
            if host not in LOCAL:
                here.setdefault("PATCHWORK_BIND", "0.0.0.0")  # noqa: S104 – as Quilt 2 does
        ours = {name: value for name, value in settings.items() if name.partition("_")[0] in SERVICES}
        external = cls(
            settings=ours, urls=urls, database=settings.get("PATCHWORK_DATABASE_URL", ""), s3=s3, is_given=True
        )
        return external, here, made.lines()


_URLS = {
    "registry": "PATCHWORK_REGISTRY_URL",
    "catalog": "PATCHWORK_CATALOG_URL",
    "s3proxy": "PATCHWORK_S3PROXY_URL",
    "packages": "PATCHWORK_PACKAGES_URL",
}


def _read(path: Path) -> Mapping[str, str | None]:
    """The variables of the file. A name without a value takes the shell's value, as in Docker's env files."""
    read = dotenv_values(path, interpolate=False)
    return {name: os.environ.get(name) if value is None else value for name, value in read.items()}


def _s3(made: Translation, s3_port: int) -> ExternalS3 | None:
    settings = made.settings
    endpoint = settings.get("PATCHWORK_S3_ENDPOINT", "")
    parts = urlsplit(endpoint)
    is_here = (parts.hostname in LOCAL and parts.port == s3_port) or parts.netloc == QUILT2_COMPOSE_STORE
    if not endpoint or is_here:
        made.warnings.append(
            "Objects are stored in the S3 server of this machine"
            + ("" if endpoint else ": S3_ENDPOINT is not set (for AWS, set it to https://s3.<region>.amazonaws.com)")
        )
        return None
    keys = [settings.get(name, "") for name in ("PATCHWORK_S3_ACCESS_KEY_ID", "PATCHWORK_S3_SECRET_ACCESS_KEY")]
    if not all(keys):
        raise BadConfiguration("S3_ENDPOINT requires AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if not settings.get("REGISTRY_QUILT2__BUCKET"):
        settings |= {"REGISTRY_QUILT2__BUCKET": "package", "AUTH_QUILT2_BUCKET": "package"}
    return ExternalS3(endpoint, settings.get("PATCHWORK_S3_REGION", "us-east-1"), *keys)
