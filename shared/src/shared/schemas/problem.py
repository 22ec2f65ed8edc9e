from pydantic import BaseModel, Field


class Problem(BaseModel):
    """An error, as RFC 9457 says it, plus `message`, which Quilt clients read."""

    type: str = Field(examples=["/problems/not_found"])
    title: str = Field(examples=["This does not exist, or you do not have access to it"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["No package amy/wine in bucket quilt-example"])
    message: str = Field(description="Same as `detail`.")
    errors: list[dict[str, object]] = Field(default_factory=list, description="For malformed input: where and why.")


class QuiltProblem(Problem):
    """With a member of its own for the web catalogs of 2020."""

    error: str
