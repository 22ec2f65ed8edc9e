"""Settings of the indexer, read from `INDEXER_…` in the environment."""

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from shared.index.trees.manifest_reader import RECORD_LIMIT
from shared.settings import AwsSettings, DatabaseSettings, SandboxSettings, ServiceSettings


class EventQueueSettings(BaseModel):
    queue_url: str
    """SQS queue with the events of S3. Empty: the store sends events by webhook to /internal/events, or sends none."""


class ContentSandboxSettings(SandboxSettings):
    spare_workers: int = Field(default=0, ge=0)


class IndexerSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="INDEXER_", env_nested_delimiter="__")

    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    events: EventQueueSettings
    receivers: int = 3
    """Batches of messages that are worked on at once."""
    reconcile_seconds: float = 900
    """Seconds between comparisons of each part of a bucket with its index, if `max_list_requests_a_day` suffices for that."""
    max_list_requests_a_day: int = Field(default=100_000, ge=24)
    """Listing requests for comparisons, of all buckets and indexers together. One lists 1,000 objects; 100,000 cost about $0.50."""
    max_head_requests_a_day: int = Field(default=5_000_000, ge=24)
    """Requests for user metadata of objects that were found in a listing, of all buckets and indexers together; about $2.00."""
    sweep_seconds: float = 86_400
    """Seconds between removals of unreachable nodes."""
    postgres_search: bool = False
    """Keep what the search in Postgres needs (`REGISTRY_SEARCH__BACKEND=postgres`). It makes indexing slower."""
    sandbox: ContentSandboxSettings = ContentSandboxSettings()
    record_limit: int = RECORD_LIMIT
    """Longest line of a manifest in bytes, as QUILT_MANIFEST_MAX_RECORD_SIZE of the clients."""
