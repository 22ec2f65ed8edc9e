from typing import Literal

from pydantic import BaseModel, Field

_TOP_HASH = "7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"


class ResolvedUri(BaseModel):
    """What a Quilt+ URI means now."""

    uri: str = Field(
        description="The same, of exactly this revision.",
        examples=[f"quilt+s3://quilt-example#package=amy/wine@{_TOP_HASH}&path=README.md"],
    )
    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(examples=["amy/wine"])
    top_hash: str = Field(examples=[_TOP_HASH])
    tag: str | None = Field(description="The tag that it names; `latest` when it names no revision.")
    path: str | None = Field(description="Without a trailing slash; null for the package.", examples=["README.md"])
    kind: Literal["package", "directory", "file"]
    catalog: str | None = Field(description="The catalog that it names, which need not be ours.")
    catalog_url: str = Field(
        description="Its page in our catalog.",
        examples=["https://quilt.example.com/b/quilt-example/packages/amy/wine/tree/latest/README.md"],
    )
