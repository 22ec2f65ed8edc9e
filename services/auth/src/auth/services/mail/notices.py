"""Mails that tell people about sign-ins from a new place, and about changes of what lets somebody in."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from auth.db.stores import Stores
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from shared.caller import current
from shared.networks import network_of

FIRST_SIGN_IN_PERIOD = timedelta(days=7)
"""Age up to which the first sign-in of an account is expected: links to new accounts work this long."""

_BROWSERS = {
    "Edge": re.compile(r"Edg(e|A|iOS)?/"),
    "Opera": re.compile(r"OPR/"),
    "Firefox": re.compile(r"(Firefox|FxiOS)/"),
    "Chrome": re.compile(r"(Chrome|CriOS)/"),
    "Safari": re.compile(r"Version/\S+ .*Safari/"),
}
_PLATFORMS = {
    "iOS": re.compile(r"iPhone|iPad"),
    "Android": re.compile(r"Android"),
    "Windows": re.compile(r"Windows"),
    "macOS": re.compile(r"Mac OS X|Macintosh|Darwin"),
    "ChromeOS": re.compile(r"CrOS"),
    "Linux": re.compile(r"Linux"),
}
_PROGRAM = re.compile(r"[A-Za-z0-9_-]{1,40}")


async def queue_notice(
    stores: Stores, settings: AuthSettings, kind: MailKind, user_id: UUID, *, to: str | None = None, key: str = ""
) -> None:
    """Queue a mail about the present request to the user, at their address or at `to`; none where such mails are off."""
    if not _are_on(settings):
        return
    account = await stores.users.find_by_id(user_id)
    if account is None:
        return
    caller = current()
    facts = {
        "device": describe_device(caller.user_agent),
        "address": caller.address or "an unknown address",
        "time": f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
        "key": key,
    }
    details = {"user_id": str(user_id), "name": account.name, "facts": facts}
    await stores.mails.add(kind, to or account.email, details)


async def notice_sign_in(stores: Stores, settings: AuthSettings, user_id: UUID) -> None:
    """Queue a mail if no recent session of the user began in the same browser at the same address.

    Call it before the session is added. The first sign-in to a new account is no news.
    """
    if not _are_on(settings):
        return
    caller = current()
    origins = {_place(address, agent) for address, agent in await stores.sessions.list_origins(user_id)}
    if _place(caller.address, caller.user_agent) in origins:
        return
    user = await stores.users.get_by_id(user_id)
    if origins or user.created_at < datetime.now(UTC) - FIRST_SIGN_IN_PERIOD:
        await queue_notice(stores, settings, MailKind.NEW_SIGN_IN, user_id)


def describe_device(user_agent: str) -> str:
    """Browser and system, without versions, or the program's name. It holds no other text of the sender."""
    browser = next((name for name, pattern in _BROWSERS.items() if pattern.search(user_agent)), None)
    program = _PROGRAM.match(user_agent)
    name = browser or (program[0] if program else "an unknown program")
    platform = next((each for each, pattern in _PLATFORMS.items() if pattern.search(user_agent)), None)
    return f"{name} on {platform}" if platform else name


def _place(address: str, user_agent: str) -> tuple[str, str]:
    """Devices change their address within an IPv6 network daily."""
    return network_of(address), describe_device(user_agent)


def _are_on(settings: AuthSettings) -> bool:
    return settings.mail is not None and settings.security_mails
