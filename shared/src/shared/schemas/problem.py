from typing import Literal

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """An error in the form of RFC 9457, with `message` for Quilt clients."""

    type: str = Field(examples=["/problems/not_found"])
    title: str = Field(examples=["This does not exist, or you do not have access to it"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["No package amy/wine in bucket quilt-example"])
    message: str = Field(description="Same as `detail`.")
    errors: list[dict[str, object]] = Field(
        default_factory=list, description="Places and reasons, if the request is malformed."
    )


class QueryProblem(Problem):
    """A search that cannot be read, or another request that is not valid."""

    position: int | None = Field(None, description="The character of `query`, from 0, at which the mistake begins.")
    query: str | None = Field(None, description="The text that cannot be read: `q`, or one of `filter`.")


class ArchivedProblem(Problem):
    """An object that cannot be read before it is restored, or another conflict, which has neither of the members."""

    storage_class: str | None = Field(
        None, description="Storage class, or tier of an archive, of the object.", examples=["GLACIER"]
    )
    state: Literal["archived", "restoring"] | None = None


class QuiltProblem(Problem):
    """A problem with a member for the web catalogs of 2020."""

    error: str
