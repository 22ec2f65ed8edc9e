"""Questions to a search backend and its answers, whichever backend answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from shared.errors import AppError
from shared.index.search.clauses import Clause

if TYPE_CHECKING:  # imports SQLAlchemy, which the follower does not need
    from shared.index.records import Hit

MAX_EXTENSIONS = 100
MAX_WAIT_SECONDS = 2.0
"""Time for which a search waits for the changes that its caller has made."""

ValueType = Literal["number", "datetime", "keyword", "text", "boolean"]
FacetValue = str | float | bool


class SearchTooSlow(AppError):
    title = "The search took too long. Make it narrower"
    status, slug = 503, "search_too_slow"


@dataclass(frozen=True, slots=True)
class PackageReaders:
    """Packages that the caller sees in a bucket whose packages have readers of their own."""

    names: frozenset[str]
    seen: bool
    """The caller sees these and no others, or with False all but these."""


@dataclass(frozen=True, slots=True)
class SearchScope:
    """The part of the index that the caller may see: buckets in which objects are searched, and buckets in which packages are searched."""

    objects: Collection[str]
    packages: Collection[str]
    restricted: Mapping[str, PackageReaders] = field(default_factory=dict)
    """By bucket; in all other buckets of `packages` the caller sees all packages."""
    all_revisions: bool = False
    """Every push of a package is a hit, instead of the package as its latest revision."""


@dataclass(frozen=True, slots=True)
class SearchOrder:
    """Order by a field that is not text. Without an order, the most relevant come first, and the newest of equals."""

    field: str
    """Name of a field, or `meta:` and a JSON pointer."""
    descending: bool = False
    type: ValueType | None = None
    """Type of a metadata field: values of other types come last."""


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """Position of a hit in the order of relevance."""

    score: float
    modified: datetime
    kind: int
    bucket: str
    name: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    hits: "list[Hit]"
    total: int
    packages: int
    """Packages and pushes among all matches."""
    more: bool
    last: SearchPosition | None


@dataclass(frozen=True, slots=True)
class ExtensionTotals:
    extension: str
    objects: int
    size: int


@dataclass(frozen=True, slots=True)
class Extents:
    """Number of matching documents, at least one, and the smallest and largest value of each field."""

    total: int
    modified: tuple[datetime, datetime]
    size: tuple[int, int]
    entries: tuple[int, int]
    """Files in packages; (0, 0) for objects."""
    extensions: list[str] = field(default_factory=list)
    """The MAX_EXTENSIONS most frequent extensions of objects, by name."""


@dataclass(frozen=True, slots=True)
class ValueCount:
    value: FacetValue
    count: int


@dataclass(frozen=True, slots=True)
class RangeCount:
    start: float
    end: float
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of one field in the matches. Numbers and dates (Unix seconds) have bounds and ranges, others have values."""

    field: str
    type: ValueType
    distinct: int
    complete: bool
    """`values` has them all."""
    values: Sequence[ValueCount]
    minimum: float | None = None
    maximum: float | None = None
    ranges: Sequence[RangeCount] = ()


@dataclass(frozen=True, slots=True)
class FoundField:
    """A pointer at which matching packages have values of a type. Values of several types make several of these."""

    path: str
    """A JSON pointer."""
    type: ValueType
    packages: int


PackageKey = tuple[str, str]
"""A bucket, and AUTHOR/NAME of a package in it."""


class SearchBackend(Protocol):
    """Answers searches. What a scope does not contain is in no hit, total, facet or suggestion."""

    @property
    def as_of(self) -> datetime:
        """Answers have every change of the index up to this time."""
        ...

    @property
    def complete(self) -> bool:
        """Answers have all documents. False until a new search index has caught up."""
        ...

    async def wait_for(self, position: int) -> None:
        """Return when answers have the changes up to a position of the feed, or after MAX_WAIT_SECONDS."""
        ...

    async def search(
        self,
        clause: Clause,
        scope: SearchScope,
        *,
        limit: int,
        offset: int = 0,
        after: SearchPosition | None = None,
        order: SearchOrder | None = None,
        with_text: bool = False,
    ) -> SearchResult:
        """`after` continues a search by relevance after a hit. Raises SearchTooSlow, and Invalid for an order by text."""
        ...

    async def count(self, clause: Clause, scope: SearchScope) -> int: ...

    async def facets(self, clause: Clause, scope: SearchScope, fields: Sequence[str]) -> list[Facet]:
        """A facet for each field that has values; for a pointer in metadata, one for each type of its values."""
        ...

    async def fields(self, clause: Clause, scope: SearchScope) -> list[FoundField]: ...

    async def near_words(self, word: str, scope: SearchScope) -> list[str]:
        """Words of documents that differ from this one in a letter or two, the most frequent first."""
        ...

    async def matching_entries(
        self, clause: Clause, scope: SearchScope, packages: Collection[PackageKey]
    ) -> Mapping[PackageKey, Sequence[str]]:
        """Logical keys of the entries by which packages match, the most relevant first. Packages without any are left out."""
        ...

    async def extents(self, clause: Clause, scope: SearchScope) -> Extents | None: ...

    async def totals(self, buckets: Collection[str]) -> list[ExtensionTotals]:
        """Number and bytes of the objects in the buckets by extension, the most frequent first."""
        ...
