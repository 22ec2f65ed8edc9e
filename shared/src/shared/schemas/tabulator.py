"""Tabulator: a document that defines a table over the files of packages."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

TableName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,254}$"), Field(examples=["gene_expression"])
]
_Regex = Annotated[str, Field(min_length=1, max_length=1000)]


class Column(BaseModel, extra="forbid"):
    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=255)
    type: Literal[
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "STRING",
        "BINARY",
        "DATE",
        "TIMESTAMP",
    ]
    nullable: bool = True


class PackageSource(BaseModel, extra="forbid"):
    type: Literal["quilt", "quilt-packages"]
    package_name: _Regex
    logical_key: _Regex


class CsvParser(BaseModel, extra="forbid"):
    format: Literal["csv"]
    delimiter: str = Field(",", min_length=1, max_length=8)
    header: bool = False


class ParquetParser(BaseModel, extra="forbid"):
    format: Literal["parquet"]


class TabulatorDocument(BaseModel, extra="forbid"):
    schema_: list[Column] = Field(alias="schema", min_length=1, max_length=5000)
    source: PackageSource
    parser: Annotated[CsvParser | ParquetParser, Field(discriminator="format")]
    continue_on_error: bool = False


class TabulatorTable(BaseModel):
    name: str = Field(examples=["gene_expression"])
    config: str = Field(description="The document as YAML.")


class TabulatorTables(BaseModel):
    tables: list[TabulatorTable]


_EXAMPLE = """schema: [{name: gene, type: STRING}, {name: level, type: DOUBLE}]
source: {type: quilt-packages, package_name: ^amy/(?P<run>.+)$, logical_key: \\.csv$}
parser: {format: csv, header: true}
"""


class TabulatorConfigSet(BaseModel, extra="forbid"):
    config: str = Field(
        min_length=1,
        max_length=100_000,
        pattern=r"^[^\x00]*$",
        description="The document as YAML.",
        examples=[_EXAMPLE],
    )


class InstanceSettings(BaseModel):
    """Settings of the whole instance, which administrators change."""

    tabulator_open_query: bool = Field(
        description="Tables are queried with the rights of the instance instead of those of the user."
    )
    event_rules: dict[str, bool] = Field(
        description="Packaging rules by name; true for those that are on.",
        examples=[{"health-omics": True, "ro-crate": False}],
    )


class InstanceSettingsUpdate(BaseModel, extra="forbid"):
    """Fields and rules that are left out keep their values."""

    tabulator_open_query: bool | None = Field(None, examples=[True])
    event_rules: dict[str, bool] | None = Field(None, examples=[{"ro-crate": True}])


class TabulatorRename(BaseModel, extra="forbid"):
    name: TableName
