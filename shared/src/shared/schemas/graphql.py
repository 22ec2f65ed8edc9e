import json
from typing import Any

from pydantic import BaseModel, Field, model_validator


class GraphqlRequest(BaseModel):
    query: str = Field(max_length=20_000, examples=["query Buckets { buckets { name title } }"])
    operationName: str | None = Field(  # noqa: N815
        None, description="Operation to run, if the document has several.", examples=["Buckets"]
    )
    variables: dict[str, Any] | None = Field(None, examples=[{}])

    @model_validator(mode="before")
    @classmethod
    def is_one_and_all_text(cls, given: Any) -> Any:
        if isinstance(given, list):
            raise ValueError("Send one operation per request; batches are not supported")  # noqa: TRY004 – pydantic wants it so
        try:
            json.dumps(given, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("Text must not contain lone surrogates") from error
        return given


class GraphqlError(BaseModel):
    message: str
    path: list[str | int] | None = None
    extensions: dict[str, Any] | None = None


class GraphqlAnswer(BaseModel):
    """The result. Both members may be present: fields that failed are null, and `errors` names them."""

    data: dict[str, Any] | None
    errors: list[GraphqlError] | None = None
