from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a listing."""

    items: list[T]
    next: str | None = Field(
        description="Opaque cursor of the next page: pass it back as `?cursor=`. Null on the last."
    )
