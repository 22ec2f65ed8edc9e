import json
from typing import Any

from pydantic import BaseModel, Field, model_validator


class GraphqlRequest(BaseModel):
    query: str = Field(max_length=20_000, examples=["query Buckets { buckets { name title } }"])
    operationName: str | None = Field(None, description="Which of the document's operations.", examples=["Buckets"])  # noqa: N815
    variables: dict[str, Any] | None = Field(None, examples=[{}])

    @model_validator(mode="before")
    @classmethod
    def is_one_and_all_text(cls, given: Any) -> Any:
        if isinstance(given, list):
            raise ValueError("One operation per request: batches are not taken")  # noqa: TRY004 – pydantic wants it so
        try:
            json.dumps(given, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("Text may hold no lone surrogates") from error
        return given


class GraphqlError(BaseModel):
    message: str
    path: list[str | int] | None = None
    extensions: dict[str, Any] | None = None


class GraphqlAnswer(BaseModel):
    """Both may be there: fields that failed are null, and named in `errors`."""

    data: dict[str, Any] | None
    errors: list[GraphqlError] | None = None
