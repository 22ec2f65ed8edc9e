"""People of another registry, handed to `auth`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

MAX_PEOPLE = 1000


class Incomer(BaseModel):
    """A row of Quilt 2's table `user`, as it was found there; `auth` decides whether it will do."""

    name: str
    email: str
    password: str = ""
    """Its hash; empty for those who cannot sign in with one."""
    is_admin: bool = False
    is_active: bool = True
    date_joined: datetime | None = None
    last_login: datetime | None = None


class Incomers(BaseModel):
    people: list[Incomer] = Field(max_length=MAX_PEOPLE)
    dry_run: bool = False


class Arrival(BaseModel):
    name: str
    state: Literal["done", "left"]
    """Those who are here already, by the same name and address, are done as well."""
    reason: str = ""
    """Why they were left, or what was left behind."""


class Arrivals(BaseModel):
    people: list[Arrival]
