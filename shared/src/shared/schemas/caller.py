from uuid import UUID

from pydantic import BaseModel, Field

from shared.schemas.principal import Resolution


class CallerQuestion(BaseModel):
    """Whose S3 credentials a service wants, to go on working for them."""

    user_id: UUID
    session_id: UUID = Field(description="Of the session, or of the API key that stands in for one.")


class CallerCredentials(Resolution):
    """S3 credentials of somebody for whom a service works, and what they may do."""

    access_key_id: str
    secret_access_key: str = Field(repr=False)
    session_token: str = Field(repr=False)
