"""Settings of the registry, from `REGISTRY_…` in the environment."""

import re
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field, FilePath, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from registry.logos import logo_of_file
from registry.theme import COLOUR, DARK_PAGE, LIGHT_PAGE, check_accent
from shared.schemas.patterns import INSTANCE_NAME
from shared.settings import (
    AwsSettings,
    DatabaseSettings,
    EnvironmentSettings,
    LogSettings,
    PublicSettings,
    RateSettings,
    ServiceSettings,
)


class BucketEventSettings(BaseModel):
    queue_arn: str
    """Queue for notifications of registered buckets, which the indexer reads. Empty: the store notifies by webhook."""
    trail_arn: str = Field("", pattern=r"^(arn:[^:]+:cloudtrail:[^:]+:\d{12}:trail/.+)?$")
    """Trail of CloudTrail to which registered buckets are added, so that requests for their objects are logged. Empty: none."""


class CatalogSettings(BaseModel):
    """Settings in `config.json`, for web catalogs, besides addresses."""

    mode: Literal["OPEN", "PRODUCT"] = "PRODUCT"
    """`OPEN`: people who are not signed in get empty answers in place of a 401."""
    google_client_id: str = ""
    """Client of Google, for the catalogs of 2020."""
    okta_client_id: str = ""
    """Client of Okta, for the catalogs of 2020."""
    okta_base_url: str = ""
    """Address of Okta, for the catalogs of 2020."""
    one_login_client_id: str = ""
    """Client of OneLogin, for the catalogs of 2020."""
    one_login_base_url: str = ""
    """Client ids with which the catalogs of 2020 sign people in."""
    service_bucket: str = ""
    """Bucket in which public catalogs keep their settings and logo."""


class ThemeSettings(BaseModel):
    """Look of the web catalog: the name, logo and colour of an installation. What is set here cannot be changed in the catalog."""

    name: str = Field("Patchwork", pattern=f"^{INSTANCE_NAME}$")
    """Name of this installation in the catalog, and in mails unless `AUTH_INSTANCE_NAME` is set."""
    logo: FilePath | None = None
    """File of an SVG or PNG picture of at most 64 KiB, shown as a square before the name. Unset: the mark of Patchwork, unless
    administrators chose another."""
    accent: str = Field("", pattern=COLOUR)
    """Colour of links and buttons in light pages, `#rrggbb`. Refused when text in it or on it has a contrast below 4.5:1."""
    accent_dark: str = Field("", pattern=COLOUR)
    """The same for dark pages."""

    @field_validator("accent", "accent_dark")
    @classmethod
    def is_legible(cls, colour: str, info: ValidationInfo) -> str:
        if colour:
            check_accent(colour, DARK_PAGE if info.field_name == "accent_dark" else LIGHT_PAGE)
        return colour

    @field_validator("logo")
    @classmethod
    def is_picture(cls, path: Path | None) -> Path | None:
        if path is not None:
            logo_of_file(path)
        return path


class LogFolder(NamedTuple):
    """Objects of a bucket whose keys begin with a prefix."""

    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


class AccessLogSettings(BaseModel):
    """Logs of S3 in which reads of objects are counted: files of CloudTrail, or server access logs."""

    locations: str = ""
    """Folders with logs, as `s3://BUCKET/PREFIX`, separated by commas. Each prefix is what comes before the date, such as
    `AWSLogs/123456789012/CloudTrail/us-east-1/` of a trail. Empty: nothing is counted."""
    poll_seconds: float = Field(default=300, gt=0)
    """Seconds between looks for new files."""
    kept_days: int = Field(default=365, ge=1, le=1100)
    """Days that the reads of each object are kept. Sums of packages and buckets are kept for three years."""

    @field_validator("locations")
    @classmethod
    def are_folders(cls, locations: str) -> str:
        folders = [each.url for each in _log_folders(locations)]
        for each in folders:
            if sum(other.startswith(each) for other in folders) > 1:
                raise ValueError(f"{each} is named twice, or contains another folder: its files would be counted twice")
        return locations

    @property
    def folders(self) -> list[LogFolder]:
        return _log_folders(self.locations)


def _log_folders(locations: str) -> list[LogFolder]:
    folders = []
    for url in filter(None, map(str.strip, locations.split(","))):
        found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.*)", url)
        if found is None:
            raise ValueError(f"{url} is not s3://BUCKET/PREFIX")
        folders.append(LogFolder(found[1], found[2]))
    return folders


class JobSettings(BaseModel):
    """Pushes by the registry on behalf of callers, in worker processes."""

    enabled: bool = True
    """This replica runs workers. All replicas accept jobs."""
    at_once: int = Field(default=2, ge=1)
    """Jobs that this replica runs concurrently."""
    days: float = Field(default=7, gt=0)
    """Days that finished jobs are kept."""


class QuerySettings(BaseModel):
    """Queries in SQL over the files of packages, in worker processes of their own."""

    enabled: bool = True
    """This replica runs queries. All replicas accept them."""
    at_once: int = Field(default=2, ge=1)
    """Queries that this replica runs concurrently. Each takes the memory of `memory_bytes`."""
    at_once_per_person: int = Field(default=1, ge=1)
    """Queries of one person that run concurrently, in all replicas together."""
    seconds: float = Field(default=60, gt=0)
    """Longest time of a query, with the time in which bytes are fetched."""
    cpu_seconds: float = Field(default=120, gt=0)
    """Longest computing time of a query, both threads together."""
    memory_bytes: int = Field(default=1 << 30, ge=256 << 20)
    """Memory of the process that runs a query. It is ended when it takes more."""
    max_read_bytes: int = Field(default=64 << 30, ge=1 << 20)
    """Bytes that a query fetches from the object store."""
    max_rows: int = Field(default=10_000_000, ge=1)
    """Rows of a result. Further ones are left out."""
    max_result_bytes: int = Field(default=1 << 30, ge=1 << 20)
    """Bytes of a result as Parquet."""
    result_bucket: str = ""
    """Private bucket for results, below `queries/`. Empty: `REGISTRY_CATALOG__SERVICE_BUCKET`. Without either, queries are refused."""
    kept_seconds: float = Field(default=86_400, gt=0)
    """Seconds that a result is kept."""
    record_days: float = Field(default=90, gt=0)
    """Days that the record of a query is kept."""
    sandbox_required: bool = True
    """Run no query where the system cannot lock its process in. `false`: run with limits of time and memory only."""


class SearchSettings(BaseModel):
    """Search, by an index of this machine that follows Postgres."""

    backend: Literal["engine", "postgres"] = "engine"
    """`engine`: the index of this machine answers searches. `postgres`: Postgres does, as before version 0.2."""
    directory: Path = Path("/tmp/patchwork-search")  # noqa: S108 – made for this user alone, or refused
    """Directory of the index. It may be lost at any time. It needs three times the size of the index, while files are merged."""
    entries: bool = True
    """Packages are found by the paths and metadata of their files."""
    snapshot_bucket: str = ""
    """Private bucket with snapshots of the index, from which machines without one start. Empty: they read all of Postgres."""
    snapshot_seconds: float = Field(default=21_600, gt=0)
    """Seconds between snapshots."""
    unused_days: float = Field(default=14, gt=0)
    """Days that the index and the snapshots of another release are kept after their last use."""


PUBLIC, TEAM = "public", "team"
"""Readers of packages of Quilt 2 that are groups. Other readers are user names."""


class Quilt2Settings(BaseModel):
    """The registry of Quilt 2, the first generation of clients."""

    bucket: str = ""
    """Bucket with the objects of packages. Empty: this registry has no packages of Quilt 2."""
    anonymous: bool = False
    """Packages may be public, which people can read without signing in."""
    team: bool = False
    """Packages may be shared with everybody who signs in."""
    url_seconds: int = Field(default=86_400, gt=0)
    """Lifetime of signed addresses of objects."""
    user_endpoints: bool = True
    """`/api/users/list_detailed` lists all users to clients."""

    def readers(self, name: str | None) -> frozenset[str]:
        """Readers that stand for a user, or for nobody: their name, and the groups that this installation has."""
        readers = {PUBLIC} if self.anonymous else set()
        if name is not None:
            readers |= {name, TEAM} if self.team else {name}
        return frozenset(readers)


class RegistrySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", env_nested_delimiter="__")

    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    public: PublicSettings
    events: BucketEventSettings
    access_logs: AccessLogSettings = AccessLogSettings()
    catalog: CatalogSettings = CatalogSettings()
    jobs: JobSettings = JobSettings()
    queries: QuerySettings = QuerySettings()
    quilt2: Quilt2Settings = Quilt2Settings()
    rates: RateSettings = RateSettings()
    search: SearchSettings = SearchSettings()
    theme: ThemeSettings = ThemeSettings()
    search_seconds: float = 10
    """Time limit of a search."""
    counting_seconds: float = 0.2
    """Time that a page of a history waits for its changes to be counted, and the insight of a bucket for its packages to be added up.
    Counting goes on in the background."""

    @property
    def result_bucket(self) -> str:
        """The bucket for results of queries; empty without one."""
        return self.queries.result_bucket or self.catalog.service_bucket


class FollowerSettings(EnvironmentSettings):
    """The settings of the registry that its follower needs."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", env_nested_delimiter="__", hide_input_in_errors=True)

    log: LogSettings = LogSettings()
    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    search: SearchSettings = SearchSettings()
