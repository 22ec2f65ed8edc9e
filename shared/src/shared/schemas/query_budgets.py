"""Budgets of queries in SQL that a role gives its people, in place of those of the installation."""

from pydantic import BaseModel, Field


class QueryBudgets(BaseModel, frozen=True):
    """Budgets of one query. Null: as the settings of the installation say."""

    seconds: float | None = Field(None, gt=0, le=86_400, description="Time of a query.", examples=[600])
    memory_bytes: int | None = Field(
        None,
        ge=256 << 20,
        le=1 << 40,
        description="Memory of a query. It has no more than the machine that runs it.",
        examples=[4 << 30],
    )
    read_bytes: int | None = Field(
        None,
        ge=1 << 20,
        le=1 << 50,
        description="Bytes that a query fetches from the object store.",
        examples=[1 << 40],
    )
    rows: int | None = Field(
        None, ge=1, le=1 << 40, description="Rows of a result. Further ones are left out.", examples=[100_000_000]
    )


class QueryBudgetsSet(QueryBudgets, extra="forbid"):
    pass


class RoleQueryBudgets(BaseModel, frozen=True):
    """The budgets that one of a user's roles gives."""

    role: str
    budgets: QueryBudgets
