"""Links to the files of a revision, for programs that download them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.schemas.package import Hash, TopHash
from shared.schemas.ticket import MAX_TICKET_SECONDS

MAX_LINKS = 10_000

LinkFormat = Literal["json", "jsonl", "aria2", "wget", "metalink"]
_Path = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


class LinksCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: _Path | None = Field(None, description="Only this folder, or this file.", examples=["data/2026"])
    paths: list[_Path] | None = Field(
        None, min_length=1, max_length=MAX_LINKS, description="Only these files and folders.", examples=[["data/2026"]]
    )
    revocable: bool = Field(
        True,
        description="True: addresses of the S3 proxy with tickets, which end with the session or API key that made them. False: addresses "
        "of the object store, signed with your S3 credentials. Nobody can withdraw those.",
    )
    seconds: int = Field(
        MAX_TICKET_SECONDS,
        ge=1,
        le=MAX_TICKET_SECONDS,
        description="Life of the links. Those of the object store end with your S3 credentials, which may be earlier.",
        examples=[900],
    )
    format: LinkFormat = Field(
        "json",
        description="`json`; `jsonl`, one link on each line; `aria2`, an input file of aria2c; `wget`, a list for `wget -i`; `metalink`, a "
        "Metalink 4 document.",
        examples=["json"],
    )

    @model_validator(mode="after")
    def names_files_once(self) -> Self:
        if self.path is not None and self.paths is not None:
            raise ValueError("give either `path` or `paths`")
        return self

    @property
    def wanted(self) -> list[str]:
        """Paths of files and folders; empty for the whole revision."""
        return [self.path] if self.path is not None else self.paths or []


class PackageLink(BaseModel):
    path: str = Field(description="Logical key of the file.", examples=["data/2026/wine.csv"])
    size: int = Field(description="Bytes.", examples=[11540])
    hash: Hash
    url: str = Field(
        examples=["https://s3proxy.example.com/-/file/quilt-example/amy/wine/7a67…/wine.csv?ticket=eyJhbG…"]
    )


class PackageLinks(BaseModel):
    """The answer in the format `json`."""

    bucket: str = Field(examples=["quilt-example"])
    package: str = Field(examples=["amy/wine"])
    top_hash: TopHash
    revocable: bool
    notice: str = Field(
        description="Who may use the links and for how long, as a sentence for people.",
        examples=["Whoever has these links reads these files until 12:00 UTC, or until your session ends."],
    )
    expires_at: datetime
    entries: int = Field(description="Number of links.", examples=[178])
    bytes: int = Field(description="Bytes of all files.", examples=[11540])
    items: list[PackageLink] = Field(description="In the order of the manifest.")
