from typing import Literal

from pydantic import BaseModel, Field

_TOP_HASH = "7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"


class ResolvedUri(BaseModel):
    """The present meaning of a Quilt+ URI."""

    uri: str = Field(
        description="Quilt+ URI with the top hash of the revision.",
        examples=[f"quilt+s3://quilt-example#package=amy/wine@{_TOP_HASH}&path=README.md"],
    )
    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(examples=["amy/wine"])
    top_hash: str = Field(examples=[_TOP_HASH])
    tag: str | None = Field(description="Tag in the URI; `latest` if the URI names no revision.")
    path: str | None = Field(
        description="Path without a slash at its end; null for the package itself.", examples=["README.md"]
    )
    kind: Literal["package", "directory", "file"]
    catalog: str | None = Field(description="Catalog in the URI, which may be another catalog than this.")
    catalog_url: str = Field(
        description="URL of its page in this catalog.",
        examples=["https://quilt.example.com/b/quilt-example/packages/amy/wine/tree/latest/README.md"],
    )
