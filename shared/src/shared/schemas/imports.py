"""Users of another registry, imported by `auth`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

MAX_PEOPLE = 1000


class Incomer(BaseModel):
    """A row of the table `user` of Quilt 2, unchanged. `auth` decides whether it can be imported."""

    name: str
    email: str
    password: str = ""
    """Hash of the password; empty without one."""
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
    """`done` also for users who exist with the same name and address."""
    reason: str = ""
    """Reason why the user, or a part of the account, was not imported."""


class Arrivals(BaseModel):
    people: list[Arrival]
