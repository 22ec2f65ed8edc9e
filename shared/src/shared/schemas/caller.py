from uuid import UUID

from pydantic import BaseModel, Field

from shared.schemas.principal import Resolution
from shared.schemas.query_budgets import RoleQueryBudgets


class CallerQuestion(BaseModel):
    """A request of a service for S3 credentials of a user for whom it works in the background."""

    user_id: UUID
    session_id: UUID = Field(description="Id of the session or of the API key.")


class CallerCredentials(Resolution):
    """S3 credentials of a user, and the user's permissions."""

    access_key_id: str
    secret_access_key: str = Field(repr=False)
    session_token: str = Field(repr=False)
    query_budgets: list[RoleQueryBudgets] = Field(
        [], description="Those of each role that counts for the user's queries, if one of them gives any."
    )
