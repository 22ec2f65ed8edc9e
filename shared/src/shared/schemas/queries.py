"""Queries in SQL over the files of packages: each is accepted at once, and runs as a job."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from shared.schemas.job import JobState
from shared.schemas.package import TopHash
from shared.schemas.page import UtcTime
from shared.schemas.previews import Cell, ColumnDescription
from shared.schemas.problem import Problem

MAX_SQL_CHARACTERS = 100_000
MAX_QUERY_PARAMETERS = 100
MAX_SHOWN_REVISIONS = 1_000
"""Revisions of a source that an answer lists."""
MAX_KEY_COLUMNS = 32
MAX_CHART_CHARACTERS = 100_000

ResultFormat = Literal["parquet", "csv", "jsonl", "arrow"]
QueryKind = Literal["sql", "row_difference"]

_Text = StringConstraints(pattern=r"^[^\x00]*$")
SqlText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_SQL_CHARACTERS, pattern=r"^[^\x00]*$"),
    Field(
        description="One SELECT statement of DuckDB. `package('bucket/author/name@revision', 'path/*.csv')` and the other "
        "table functions name data.",
        examples=["SELECT count(*) AS wines FROM package('quilt-example/amy/wine@latest', '*.csv')"],
    ),
]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]


def _in_64_bits(value: int) -> int:
    """Larger numbers become floating-point ones, the next type of a parameter."""
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError("the number is out of range")
    return value


ParameterValue = (
    Annotated[str, _Text, StringConstraints(max_length=MAX_SQL_CHARACTERS)]
    | bool
    | Annotated[int, AfterValidator(_in_64_bits)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | None
)
QueryParameters = Annotated[
    dict[ParameterName, ParameterValue],
    Field(
        max_length=MAX_QUERY_PARAMETERS,
        description="Values of `$name` in the statement.",
        examples=[{"least": 5}],
    ),
]
QueryName = Annotated[str, StringConstraints(min_length=1, max_length=255), _Text, Field(examples=["Wines by year"])]
RowLimit = Annotated[
    int,
    Field(
        ge=1,
        le=1 << 40,
        description="Rows of the result. Further rows are left out, which `is_cut` tells.",
        examples=[10_000],
    ),
]


class SqlQueryCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sql: SqlText
    parameters: QueryParameters = {}
    format: ResultFormat = Field("parquet", description="Format of the result's address.", examples=["csv"])
    limit: RowLimit | None = None
    name: QueryName | None = None


class SqlQueryRun(BaseModel):
    """Changes for a query that is run again."""

    model_config = ConfigDict(extra="forbid")

    format: ResultFormat | None = Field(None, description="Format of the result's address.", examples=["csv"])
    limit: RowLimit | None = None


class RowDifferenceCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, StringConstraints(min_length=1, max_length=4_096), _Text] = Field(
        description="Logical key of the table.", examples=["wines.csv"]
    )
    base: Annotated[str, StringConstraints(min_length=1, max_length=200), _Text] = Field(
        description="The earlier revision.", examples=["7a67ff4f"]
    )
    head: Annotated[str, StringConstraints(min_length=1, max_length=200), _Text] = Field(
        "latest", description="The later revision.", examples=["latest"]
    )
    base_path: Annotated[str, StringConstraints(min_length=1, max_length=4_096), _Text] | None = Field(
        None, description="Logical key in the earlier revision, if it differs.", examples=["2024/wines.csv"]
    )
    base_bucket: Annotated[str, StringConstraints(max_length=63), _Text] | None = Field(
        None, description="Bucket of the earlier revision, if it differs.", examples=["quilt-archive"]
    )
    base_package: Annotated[str, StringConstraints(max_length=500), _Text] | None = Field(
        None, description="Package of the earlier revision, if it differs.", examples=["amy/wine-2024"]
    )
    keys: list[Annotated[str, StringConstraints(min_length=1, max_length=1_000), _Text]] | None = Field(
        None,
        max_length=MAX_KEY_COLUMNS,
        description="Columns whose values name a row. Left out: columns are looked for. Empty: rows are compared as wholes.",
        examples=[["id"]],
    )
    format: ResultFormat = Field("parquet", description="Format of the result's address.", examples=["csv"])
    limit: RowLimit | None = None


class SourceRevision(BaseModel):
    bucket: str = Field(examples=["quilt-example"])
    package: str = Field(examples=["amy/wine"])
    top_hash: TopHash


class SqlQuerySource(BaseModel):
    """A call that names data, and what it named when the query ran."""

    call: str = Field(examples=["package('quilt-example/amy/wine@latest', '*.csv')"])
    revisions: list[SourceRevision] = Field(
        description=f"The first {MAX_SHOWN_REVISIONS:,} revisions. When the query is run again, the call names the same ones."
    )
    total_revisions: int = Field(examples=[1])
    files: int = Field(examples=[1])
    bytes: int = Field(description="Bytes of these files, of which a query reads what it needs.", examples=[11540])


class SqlPosition(BaseModel):
    """A place in the statement, from 1."""

    line: int = Field(examples=[1])
    column: int = Field(description="In characters.", examples=[8])


class SqlProblem(Problem):
    """A query without a result."""

    position: SqlPosition | None = None
    limit: str | None = Field(None, description="The limit that was reached.", examples=["seconds"])
    role: str | None = Field(
        None,
        description="The role whose budget this limit is. Null: it is one of the installation.",
        examples=["Curators"],
    )


class RowDifferenceTotals(BaseModel):
    keys: list[str] = Field(description="Columns whose values name a row.", examples=[["id"]])
    added: int
    removed: int
    changed: int
    same: int
    added_columns: list[str]
    removed_columns: list[str]
    cells: dict[str, int] = Field(description="Changed cells by column.")
    types: dict[str, tuple[str, str]] = Field(description="Types before and after, of columns whose type has changed.")


class QueryResult(BaseModel):
    url: str = Field(
        description="Path on the registry, with a ticket that holds for every `format`.",
        examples=["/api/v1/queries/7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55/result?format=csv&ticket=eyJhbGci…"],
    )
    bytes: int = Field(description="Size as Parquet.", examples=[5120])
    expires_at: datetime = Field(description="The result is removed then. The query can be run again.")


class SqlQuery(BaseModel):
    """A query, and what is known of its result. Lists leave out `columns` and `first_rows`."""

    id: UUID
    kind: QueryKind
    state: JobState
    name: str | None
    saved_query_id: UUID | None
    sql: str = Field(description="Of a row difference: a statement that reads both tables.")
    parameters: dict[str, Any]
    limit: int | None
    format: ResultFormat
    created_by: str = Field(examples=["amy"])
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancelling: bool = Field(description="The query was cancelled and will stop soon.")
    sources: list[SqlQuerySource] = Field(description="Empty until the names have been resolved.")
    columns: list[ColumnDescription] | None = Field(description="Null until the first rows come.")
    first_rows: list[list[Cell]] = Field(description="Up to 200 rows, while the query runs, too.")
    rows: int
    is_cut: bool = Field(description="There are more rows than the result has, because of a limit.")
    read_bytes: int = Field(description="Bytes that were fetched from the object store.")
    read_files: int = Field(description="Files of which something was fetched. Those that are equal count once.")
    seconds: float = Field(description="Time that it ran.")
    progress: float | None = Field(
        description="Part of the work that is done, from 0 to 1, as the engine estimates it. Where it cannot: part of the files' bytes that "
        "have been read; a query that needs few of them ends earlier."
    )
    seconds_left: float | None = Field(description="Estimate, while the query runs and the engine can tell.")
    difference: RowDifferenceTotals | None = Field(description="Null unless the kind is `row_difference`.")
    problem: SqlProblem | None = Field(description="Null unless the query failed.")
    result: QueryResult | None = Field(description="Null until the query is done, and after its result was removed.")


class QueryRows(BaseModel):
    """A page of the rows of a result."""

    columns: list[ColumnDescription]
    rows: list[list[Cell]]
    offset: int
    total: int = Field(description="Rows that match.")
    notes: list[str] = Field(description="Sentences for people: which values are cut, for example.")


class SavedParameter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: ParameterName = Field(examples=["least"])
    type: Literal["text", "number", "boolean", "date"]
    default: ParameterValue = None
    description: Annotated[str, _Text, StringConstraints(max_length=1_000)] = ""


class SavedQueryChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: QueryName
    description: Annotated[str, _Text, StringConstraints(max_length=10_000)] = Field(
        "", examples=["How many wines each year has."]
    )
    sql: SqlText
    parameters: list[SavedParameter] = Field(
        [],
        max_length=MAX_QUERY_PARAMETERS,
        description="The parameters for which people are asked when they run the query.",
        examples=[[{"name": "least", "type": "number", "default": 5}]],
    )
    chart: dict[str, Any] | None = Field(
        None,
        description="A Vega-Lite specification without `data`.",
        examples=[{"mark": "bar", "encoding": {"x": {"field": "year"}, "y": {"field": "wines"}}}],
    )
    shared: bool = Field(False, description="Everybody who is signed in sees it, and runs it with rights of their own.")

    @field_validator("chart")
    @classmethod
    def can_be_kept(cls, chart: dict[str, Any] | None) -> dict[str, Any] | None:
        if chart is not None and "data" in chart:
            raise ValueError("a chart is kept without `data`: its data are the rows of the result")
        if len(json.dumps(chart, ensure_ascii=False, allow_nan=False).encode()) > MAX_CHART_CHARACTERS:
            raise ValueError(f"a chart has at most {MAX_CHART_CHARACTERS:,} characters")
        return chart


class SavedQuery(SavedQueryChange):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    owner: str = Field(examples=["amy"])
    is_own: bool = Field(description="You may change and remove it.")
    created_at: UtcTime
    updated_at: UtcTime


class SavedQueryRun(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parameters: QueryParameters = {}
    format: ResultFormat = Field("parquet", description="Format of the result's address.", examples=["csv"])
    limit: RowLimit | None = None
