"""What has to be known of who wants to sign in with a password: one question, however often it is asked in a flood."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, exists, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased

from auth.db.attempts import Attempts, counting
from auth.db.tables import AttemptRow, UserRow
from auth.db.users import Account


@dataclass(frozen=True, slots=True)
class SignInState:
    account: Account | None
    subject: str
    """Under what guesses are counted: one account is one, however it is named."""
    attempts: Attempts
    """So far."""
    any_legacy: bool
    """Whether anybody still has a hash of Quilt 2."""


def _looking(name: Mapped[str]) -> Select[Any]:
    asked = select(bindparam("typed", type_=Text()).label("typed")).subquery("asked")
    subject = func.coalesce(cast(UserRow.id, Text), asked.c.typed)
    made = counting(
        bindparam("kind", type_=AttemptRow.kind.type),
        func.sha256(func.convert_to(subject, "UTF8")),
        bindparam("address", type_=AttemptRow.address.type),
        bindparam("since", type_=AttemptRow.at.type),
    ).lateral("made")
    anybody = aliased(UserRow)
    not_ours = anybody.password.not_like(literal_column("'$argon2id$%'"))  # as the index says it
    return (
        select(
            UserRow.id,
            UserRow.name,
            UserRow.email,
            UserRow.password,
            UserRow.is_active,
            UserRow.pending_until,
            subject,
            made.c.both,
            made.c.subject,
            made.c.address,
            exists().where(not_ours),
        )
        .select_from(asked)
        .outerjoin(UserRow, name == asked.c.typed)
        .join(made, true())
    )


_BY_NAME, _BY_EMAIL = _looking(UserRow.name), _looking(UserRow.email)


class SignInStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def load_state(self, username: str, kind: str, address: str, within: timedelta) -> SignInState:
        """`username`: also an e-mail address. `kind`: of the attempts that are counted."""
        typed = username.strip().lower()
        asked = {"typed": typed, "kind": kind, "address": address, "since": datetime.now(UTC) - within}
        query = _BY_EMAIL if "@" in typed else _BY_NAME
        user_id, name, email, password, is_active, pending_until, subject, *made, any_legacy = (
            await self._session.execute(query, asked)
        ).one()
        known = Account(user_id, name, email, password, is_active, pending_until is not None) if user_id else None
        return SignInState(known, subject, Attempts(*made), any_legacy)
