"""Tickets: links to one address of the S3 proxy that their holder may read."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.gateway import SignedCall
from shared.schemas.principal import Resolution

MAX_TICKETS = 1_000
MAX_TICKET_SECONDS = 3_600
MAX_TICKET_PARAMETERS = 20

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,50}$")]
_Value = Annotated[str, StringConstraints(max_length=4_096, pattern=r"^[^\x00-\x1f\x7f]*$")]


class TicketCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        max_length=2_048,
        pattern=r"^/-/[!$%&\'()*+,./0-9:;=@A-Z_a-z~-]+$",
        description="Path of the address on the S3 proxy's host, percent-encoded as it will be sent. It begins with `/-/`.",
        examples=["/-/thumbnail"],
    )
    query: dict[_Name, _Value] = Field(
        default_factory=dict,
        max_length=MAX_TICKET_PARAMETERS,
        description="All parameters of the address, not encoded. The ticket is valid for exactly these.",
        examples=[{"bucket": "quilt-example", "key": "amy/wine/label.png"}],
    )
    seconds: int = Field(
        900, ge=1, le=MAX_TICKET_SECONDS, description="Life of the ticket, which its session may end earlier."
    )

    @model_validator(mode="after")
    def has_no_ticket(self) -> Self:
        if "ticket" in self.query:
            raise ValueError("`ticket` is added by the answer")
        return self


class TicketsCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: list[TicketCreate] = Field(min_length=1, max_length=MAX_TICKETS)


class Ticket(BaseModel):
    ticket: str = Field(description="The value of the parameter `ticket`.", examples=["eyJhbGciOiJSUzI1NiIs…"])
    url: str = Field(
        description="The whole address, with the ticket.",
        examples=[
            "https://s3proxy.example.com/-/thumbnail?bucket=quilt-example&key=amy%2Fwine%2Flabel.png&ticket=eyJhbGci…"
        ],
    )
    expires_at: datetime


class Tickets(BaseModel):
    items: list[Ticket] = Field(description="In the order of the request.")


class TicketSetQuestion(CallerQuestion):
    """A request of a service for tickets of a user to whom it is answering."""

    root: str = Field(pattern=r"^[0-9a-f]{64}$", description="Root of a `shared.tickets.AddressTree`.")
    seconds: int = Field(ge=1, le=MAX_TICKET_SECONDS)


class SignedTicketSet(BaseModel):
    """The JWT that all tickets of a set share."""

    ticket: str = Field(repr=False)
    expires_at: datetime


class TicketQuestion(BaseModel):
    ticket: str = Field(repr=False)
    begun: bool = Field(
        False, description="For an answer that has begun: a ticket that expired within the last day will do, too."
    )


class TicketResolution(Resolution):
    """The principal of a ticket. `expires_at` is the end of their session, not of the ticket."""


class Presented(BaseModel):
    """The token, the ticket or the signed request of a caller, which the S3 proxy passes on: the service that is asked verifies it itself."""

    token: str | None = Field(None, repr=False)
    ticket: str | None = Field(None, repr=False)
    signed: SignedCall | None = Field(None, repr=False, description="A request to the package gateway, which reads.")
    begun: bool = Field(
        False,
        description="The answer has begun: it goes on while the session lasts, for at most a day after the expiry.",
    )

    @model_validator(mode="after")
    def has_one(self) -> Self:
        if [self.token, self.ticket, self.signed].count(None) != 2:
            raise ValueError("Either token, ticket or signed is needed")
        return self


class ReadQuestion(Presented):
    """A request of the S3 proxy for S3 credentials that read one bucket."""

    bucket: str


class EntryQuestion(Presented):
    """A request of the S3 proxy for the object of a package's file."""

    bucket: str
    package: str
    revision: str
    path: str


class EntryLocation(BaseModel):
    """The object of a package's file. Whether the caller may read it is not known here."""

    bucket: str
    key: str
    version_id: str | None
    size: int
    top_hash: str


class ReadCredentials(CallerCredentials):
    """S3 credentials that read the objects of one bucket and do nothing else."""
