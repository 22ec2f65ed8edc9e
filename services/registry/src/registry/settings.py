"""Settings of the registry, from `REGISTRY_…` in the environment."""

from typing import Literal

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import AwsSettings, DatabaseSettings, PublicSettings, ServiceSettings


class BucketEventSettings(BaseModel):
    queue_arn: str
    """Where the notifications of registered buckets go; the indexer reads there. Empty: the store tells by webhook."""


class CatalogSettings(BaseModel):
    """What `config.json` tells web catalogs beyond addresses."""

    mode: Literal["OPEN", "PRODUCT"] = "PRODUCT"
    google_client_id: str = ""
    okta_client_id: str = ""
    okta_base_url: str = ""
    one_login_client_id: str = ""
    one_login_base_url: str = ""
    """What the catalogs of 2020 need for theirs."""
    service_bucket: str = ""
    """Where public catalogs keep their settings and logo."""


class JobSettings(BaseModel):
    """Pushes that the registry does for its callers, in processes of their own."""

    enabled: bool = True
    """Whether this replica does any; all take orders."""
    at_once: int = Field(default=2, ge=1)
    days: float = Field(default=7, gt=0)
    """Finished jobs are kept so long."""


PUBLIC, TEAM = "public", "team"
"""Who may read a package of Quilt 2, besides users by their names."""


class Quilt2Settings(BaseModel):
    """The registry of the first generation of clients."""

    bucket: str = ""
    """Where the objects of packages are; without one there are no such packages."""
    anonymous: bool = False
    """Whether public packages are for people who have not signed in, too; otherwise there are none."""
    team: bool = False
    """Whether packages may be shared with everybody who signs in."""
    url_seconds: int = Field(default=86_400, gt=0)
    """How long addresses of objects are good."""
    user_endpoints: bool = True
    """Whether clients are told of all people, at `/api/users/list_detailed`."""

    def readers(self, name: str | None) -> frozenset[str]:
        """As whom somebody, or nobody, may read: their name, `public` and `team`, as far as there are such packages."""
        found = {PUBLIC} if self.anonymous else set()
        if name is not None:
            found |= {name, TEAM} if self.team else {name}
        return frozenset(found)


class RegistrySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", env_nested_delimiter="__")

    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    public: PublicSettings
    events: BucketEventSettings
    catalog: CatalogSettings = CatalogSettings()
    jobs: JobSettings = JobSettings()
    quilt2: Quilt2Settings = Quilt2Settings()
    search_seconds: float = 10
    """How long one search may take."""
    counting_seconds: float = 0.2
    """How long a page of a history waits for changes to be counted; asked again, it knows more."""
