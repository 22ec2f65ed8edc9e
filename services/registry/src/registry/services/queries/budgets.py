"""Budgets of a query: those of the installation, or those that a role of the caller gives. Of several roles the largest of each counts."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from registry.errors import SqlError
from registry.settings import QuerySettings
from shared.queries.runner import QueryLimits
from shared.schemas.query_budgets import RoleQueryBudgets


class Budget(NamedTuple):
    amount: float
    role: str | None = None
    """The role that gives it; None for the installation."""
    is_of_machine: bool = False
    """The role gives more than the machine has."""


class RunBudgets(NamedTuple):
    """Budgets of one run."""

    seconds: Budget
    memory_bytes: Budget
    read_bytes: Budget
    rows: Budget
    max_result_bytes: int

    def limits(self, wanted_rows: int | None) -> QueryLimits:
        rows = int(self.rows.amount)
        return QueryLimits(
            max_rows=rows if wanted_rows is None else min(rows, wanted_rows),
            max_result_bytes=self.max_result_bytes,
            max_read_bytes=int(self.read_bytes.amount),
            seconds=self.seconds.amount,
            memory_bytes=int(self.memory_bytes.amount),
        )

    def explain(self, error: SqlError) -> SqlError:
        """The error with the budget that was reached, and whose it is."""
        match error.limit:
            case "seconds":
                budget, gives = self.seconds, f"gives a query {self.seconds.amount:g} seconds"
            case "memory":
                budget, gives = self.memory_bytes, f"gives a query {_bytes_text(self.memory_bytes.amount)} of memory"
            case "read_bytes":
                budget, gives = self.read_bytes, f"lets a query read {_bytes_text(self.read_bytes.amount)}"
            case _:
                return error
        owner = f"The role {budget.role}" if budget.role else "This installation"
        if budget.is_of_machine:
            owner = "The machine that ran it"
        text = f"{str(error).rstrip('.')}. {owner} {gives}"
        return type(error)(text, position=error.position, limit=error.limit, role=budget.role)


def budgets_of(settings: QuerySettings, roles: Sequence[RoleQueryBudgets], max_memory_bytes: int) -> RunBudgets:
    """`roles`: all roles of the caller, if one of them gives any budget. `max_memory_bytes`: memory of the machine for one query."""
    memory = _largest(roles, settings.memory_bytes, lambda each: each.budgets.memory_bytes)
    if memory.role and memory.amount > max(max_memory_bytes, settings.memory_bytes):
        memory = Budget(max(max_memory_bytes, settings.memory_bytes), is_of_machine=True)
    return RunBudgets(
        seconds=_largest(roles, settings.seconds, lambda each: each.budgets.seconds),
        memory_bytes=memory,
        read_bytes=_largest(roles, settings.max_read_bytes, lambda each: each.budgets.read_bytes),
        rows=_largest(roles, settings.max_rows, lambda each: each.budgets.rows),
        max_result_bytes=settings.max_result_bytes,
    )


def _largest(
    roles: Sequence[RoleQueryBudgets], usual: float, amount_of: Callable[[RoleQueryBudgets], float | None]
) -> Budget:
    """A role that says nothing gives what the installation does."""
    found: list[Budget] = []
    for each in roles:
        amount = amount_of(each)
        found.append(Budget(usual) if amount is None else Budget(amount, each.role))
    return max(found, key=lambda budget: budget.amount, default=Budget(usual))


def _bytes_text(amount: float) -> str:
    return f"{amount / (1 << 30):.3g} GiB" if amount >= 1 << 30 else f"{amount / (1 << 20):.3g} MiB"
