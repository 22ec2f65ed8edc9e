from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas.package import Kinds, PackageDescription, PackageTitle, TopHash
from shared.schemas.page import Page

_Bucket = Annotated[str, Field(examples=["quilt-example"])]
_Score = Annotated[float, Field(description="Relevance; comparable only within one search.")]
_Snippet = Annotated[
    str | None,
    Field(
        description="Text around the first word that was found in the README or the file; null without one.",
        examples=["… of red wine from …"],
    ),
]

_FIELD = "A field of the query language, or `meta:` and a JSON pointer (RFC 6901) for user metadata."
SearchFieldName = Annotated[str, Field(description=_FIELD, examples=["meta:/qc/level"])]
MetadataType = Literal["number", "datetime", "keyword", "text", "boolean"]
_Type = Annotated[
    MetadataType,
    Field(
        description="`keyword`: a string of at most 256 characters; `text`: a longer one. A date is a keyword as well."
    ),
]


class SearchMatch(BaseModel):
    """A field in which the item has what was searched for."""

    field: SearchFieldName
    snippet: str | None = Field(None, description="Of a text: what stands around the words.", examples=["… red wine …"])
    value: str | None = Field(None, description="Of other fields: the value.", examples=["3"])


_Matches = Annotated[list[SearchMatch], Field(description="Why the item was found; at most 10 fields.")]


class FoundPackage(BaseModel):
    """A package whose name, message, metadata or README matches. The fields are those of its latest revision, or of the push
    that was found with `revisions=all`."""

    kind: Literal["package"]
    bucket: _Bucket
    name: str = Field(examples=["amy/wine"])
    pointer: str = Field(description="`latest`, or the Unix time of the push that was found.", examples=["latest"])
    top_hash: TopHash
    modified: datetime
    author: str | None = Field(description="User who pushed the revision, where known.", examples=["amy"])
    message: str | None = Field(examples=["Add the 2026 harvest"])
    workflow: str | None = Field(description="Workflow by which the revision was checked.", examples=["strict"])
    title: PackageTitle
    description: PackageDescription
    revisions: int = Field(description="Number of pushes of the package.", examples=[3])
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])
    kinds: Kinds
    meta: dict[str, Any] = Field(description="User metadata of the revision.", examples=[{"qc": {"level": 3}}])
    score: _Score
    snippet: _Snippet
    matches: _Matches
    matching_entries: list[str] = Field(
        description="Logical keys of files by which the package was found, the most relevant first; at most 10.",
        examples=[["data/2026/wine.csv"]],
    )


class FoundObject(BaseModel):
    """An object whose key, metadata or text matches."""

    kind: Literal["object"]
    bucket: _Bucket
    key: str = Field(examples=["amy/wine/data/2026/wine.csv"])
    version_id: str | None
    size: int = Field(examples=[11540])
    modified: datetime
    meta: dict[str, str] = Field(description="User metadata of the object (`x-amz-meta-*`).")
    deleted: bool = Field(description="Its newest version is a delete marker, whose version and time these are.")
    score: _Score
    snippet: _Snippet
    matches: _Matches


FoundItem = Annotated[FoundPackage | FoundObject, Field(discriminator="kind")]


class FacetValueCount(BaseModel):
    value: bool | float | str = Field(examples=["released"], description="Of a date: its Unix time.")
    count: int = Field(examples=[10], description="Number of items that have the value.")


class FacetRange(BaseModel):
    """A range includes its start, and only the last one its end."""

    start: float = Field(serialization_alias="from", examples=[1.0])
    end: float = Field(serialization_alias="to", examples=[2.0])
    count: int = Field(examples=[4])


class SearchFacet(BaseModel):
    """The values that the items found have in one field. A field of metadata has a facet for each type of its values."""

    field: SearchFieldName
    type: _Type
    distinct: int = Field(description="Number of distinct values.", examples=[5])
    complete: bool = Field(description="`values` has all of them.")
    values: list[FacetValueCount] = Field(description="The most frequent values, at most 100. Texts have none.")
    min: float | None = Field(description="Smallest number, or Unix time of the earliest date.", examples=[1.0])
    max: float | None = Field(examples=[5.0])
    buckets: list[FacetRange] = Field(description="Numbers and dates counted in up to 10 ranges of equal width.")


class SearchSuggestion(BaseModel):
    """A word of a search that found nothing."""

    word: str = Field(examples=["wnie"])
    count: int = Field(description="Number of items that the word alone finds.", examples=[0])
    instead: list[str] = Field(description="Words that differ in a letter or two and exist.", examples=[["wine"]])


class SearchResults(Page[FoundItem]):
    """A page of matches: the most relevant first and the newest of equals, or in the order of `sort`."""

    total: int = Field(description="Number of matches.", examples=[339663])
    total_packages: int = Field(description="Matching packages; with `revisions=all`, pushes.", examples=[10100])
    total_objects: int = Field(examples=[329563])
    facets: list[SearchFacet] = Field(description="The facets that were asked for and have values.")
    as_of: datetime = Field(description="The answer has every change that the index had at this time.")
    complete: bool = Field(description="False while a new search index is still being filled.")
    suggestions: list[SearchSuggestion] = Field(description="When nothing was found: the words of the search.")


class SearchableField(BaseModel):
    """A field of user metadata that packages have."""

    field: SearchFieldName
    path: str = Field(description="JSON pointer.", examples=["/qc/level"])
    type: _Type
    packages: int = Field(description="Number of packages with a value of this type there.", examples=[12])


class SearchableFields(BaseModel):
    """Fields of user metadata, the most frequent first; at most 1,000."""

    items: list[SearchableField]


class SearchIndexStatus(BaseModel):
    """The search index of the replica that answers."""

    backend: Literal["engine", "postgres"]
    state: str | None = Field(
        description="`starting`, `loading`, `following`, `waiting` or `ended`; null when nothing has kept an index here yet.",
        examples=["following"],
    )
    is_running: bool = Field(description="The process that keeps the index up to date runs.")
    lag_seconds: float | None = Field(
        description="Seconds by which the index is behind; null until it has had all changes once.", examples=[0.1]
    )
    position: int = Field(description="Position in the feed of changes that the index has reached.", examples=[81234])
    head: int = Field(description="Position of the newest change.", examples=[81234])
    documents: int = Field(examples=[79985])
    bytes_on_disk: int = Field(examples=[61200000])
    snapshot_at: datetime | None = Field(description="The last snapshot that this replica knows of.")
    problem: str | None = Field(description="Why it waits.")


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
