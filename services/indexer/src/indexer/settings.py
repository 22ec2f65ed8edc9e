"""Settings of the indexer, from `INDEXER_…` in the environment."""

from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict

from shared.index.trees.manifest_reader import RECORD_LIMIT
from shared.settings import AwsSettings, DatabaseSettings, ServiceSettings


class EventQueueSettings(BaseModel):
    queue_url: str
    """Where S3 tells of its changes. Empty: the store does by webhook, at /internal/events, or not at all."""


class IndexerSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="INDEXER_", env_nested_delimiter="__")

    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    events: EventQueueSettings
    receivers: int = 3
    """How many batches of messages are worked on at once."""
    reconcile_seconds: float = 900
    """How often every bucket is compared with its index."""
    sweep_seconds: float = 86_400
    """How often unreachable nodes are removed."""
    record_limit: int = RECORD_LIMIT
    """Longest line of a manifest, in bytes; the clients' QUILT_MANIFEST_MAX_RECORD_SIZE."""
