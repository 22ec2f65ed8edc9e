"""State needed to decide on a sign-in with a password, loaded by one statement to keep floods cheap."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, exists, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased

from auth.db.attempts import Attempts, count_query
from auth.db.tables import AttemptRow, UserRow
from auth.db.users import Account
from shared.networks import networks_of


@dataclass(frozen=True, slots=True)
class SignInState:
    account: Account | None
    subject: str
    """Key by which attempts are counted: the account's id, else the typed text."""
    attempts: Attempts
    any_legacy: bool
    """True while any account has a hash of Quilt 2."""


def _state_query(name: Mapped[str]) -> Select[Any]:
    asked = select(bindparam("typed", type_=Text()).label("typed")).subquery("asked")
    subject = func.coalesce(cast(UserRow.id, Text), asked.c.typed)
    made = count_query(
        bindparam("kind", type_=AttemptRow.kind.type),
        func.sha256(func.convert_to(subject, "UTF8")),
        bindparam("network", type_=AttemptRow.address.type),
        bindparam("wide", type_=AttemptRow.address.type),
        bindparam("since", type_=AttemptRow.at.type),
    ).lateral("made")
    any_user = aliased(UserRow)
    not_ours = any_user.password.not_like(literal_column("'$argon2id$%'"))  # the predicate of the index, to the letter
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
            made.c.network,
            made.c.wide,
            exists().where(not_ours),
        )
        .select_from(asked)
        .outerjoin(UserRow, name == asked.c.typed)
        .join(made, true())
    )


_BY_NAME, _BY_EMAIL = _state_query(UserRow.name), _state_query(UserRow.email)


class SignInStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def load_state(self, username: str, kind: str, address: str, within: timedelta) -> SignInState:
        """`username`: a name or an e-mail address. `kind`: the kind of attempt to count."""
        typed = username.strip().lower()
        asked = {"typed": typed, "kind": kind, **networks_of(address)._asdict(), "since": datetime.now(UTC) - within}
        query = _BY_EMAIL if "@" in typed else _BY_NAME
        user_id, name, email, password, is_active, pending_until, subject, *made, any_legacy = (
            await self._session.execute(query, asked)
        ).one()
        known = Account(user_id, name, email, password, is_active, pending_until is not None) if user_id else None
        return SignInState(known, subject, Attempts(*made), any_legacy)
