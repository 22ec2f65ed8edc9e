from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas.package import TopHash
from shared.schemas.page import Page

_Bucket = Annotated[str, Field(examples=["quilt-example"])]
_Score = Annotated[float, Field(description="Relevance; comparable only within one search.")]
_Snippet = Annotated[
    str | None,
    Field(
        description="Text around the first word that was found; null without one.", examples=["… of red wine from …"]
    ),
]


class FoundPackage(BaseModel):
    """A package whose name, message, metadata or README matches. The fields are those of its latest revision."""

    kind: Literal["package"]
    bucket: _Bucket
    name: str = Field(examples=["amy/wine"])
    top_hash: TopHash
    modified: datetime
    message: str | None = Field(examples=["Add the 2026 harvest"])
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])
    score: _Score
    snippet: _Snippet


class FoundObject(BaseModel):
    """An object whose key, metadata or text matches."""

    kind: Literal["object"]
    bucket: _Bucket
    key: str = Field(examples=["amy/wine/data/2026/wine.csv"])
    version_id: str | None
    size: int = Field(examples=[11540])
    modified: datetime
    meta: dict[str, str] = Field(description="User metadata of the object (`x-amz-meta-*`).")
    score: _Score
    snippet: _Snippet


FoundItem = Annotated[FoundPackage | FoundObject, Field(discriminator="kind")]


class SearchResults(Page[FoundItem]):
    """A page of matches, the most relevant first, and the newest of equals."""

    total: int = Field(description="Number of matches, counted up to 10,000 packages and 10,000 objects.")


class ElasticTotals(BaseModel, extra="allow"):
    total: int = Field(description="An integer, as in Elasticsearch before version 7.")
    max_score: float | None
    hits: list[dict[str, Any]]


class ElasticAnswer(BaseModel):
    """An answer in the form of Elasticsearch."""

    model_config = ConfigDict(extra="allow")

    took: int = Field(description="Milliseconds.")
    timed_out: bool
    hits: ElasticTotals
