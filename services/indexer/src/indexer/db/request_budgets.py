"""Budgets of requests to S3, which all tasks share. What is not used is kept for an hour."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text

from shared.db.engine import AsyncSession

_SECONDS_A_DAY = 86_400
_HOURS_A_DAY = 24

_AVAILABLE = text("""
    SELECT least(:most, tokens + extract(epoch FROM now() - filled_at) * :rate) FROM index.request_budget WHERE kind = :kind
""")

_CHARGE = text("""
    INSERT INTO index.request_budget AS budget (kind, tokens, filled_at) VALUES (:kind, :most - CAST(:requests AS float8), now())
    ON CONFLICT (kind) DO UPDATE SET
        tokens = greatest(
            -(:rate * 86400.0), least(:most, budget.tokens + extract(epoch FROM now() - budget.filled_at) * :rate) - :requests
        ),
        filled_at = now()
""")


@dataclass(frozen=True, slots=True)
class RequestBudget:
    kind: Literal["list", "head"]
    a_day: int

    def values(self) -> dict[str, object]:
        return {"kind": self.kind, "most": self.a_day / _HOURS_A_DAY, "rate": self.a_day / _SECONDS_A_DAY}


class RequestBudgetStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def available(self, budget: RequestBudget) -> float:
        """Requests that may be made now; negative after requests that were not held back."""
        found = await self._session.scalar(_AVAILABLE, budget.values())
        return budget.a_day / _HOURS_A_DAY if found is None else float(found)

    async def charge(self, budget: RequestBudget, requests: int) -> None:
        await self._session.execute(_CHARGE, {**budget.values(), "requests": requests})
