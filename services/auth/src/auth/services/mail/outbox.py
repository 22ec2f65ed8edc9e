"""Mails: asked for in a transaction, written and sent later by whichever replica comes first.

What a mail lets its reader do is made when it is sent, so that nothing secret rests here; and who asks for a reset
waits for nothing that would tell whether there is such an account.
"""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import structlog

from auth.clients.smtp import MailDelayed, MailRefused
from auth.db.mails import Mail
from auth.db.stores import Stores
from auth.errors import TooManyMails
from auth.resources import AuthResources
from auth.services.audit import record
from auth.services.limits import LETTERS_OF_PEOPLE, Limiter
from auth.services.mail.templates import MailKind, MailUnwritable, write
from auth.settings import AuthSettings, MailSettings
from auth.tokens import digest, new_code
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.schemas.audit import Outcome
from shared.schemas.letter import PackageLetter
from shared.schemas.user import User

LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP = timedelta(days=1)
MAX_REASON = 300

LIFE = {
    MailKind.ACTIVATION: timedelta(days=1),
    MailKind.RESET: timedelta(days=1),
    MailKind.CREATED: timedelta(days=7),
    MailKind.INVITATION: timedelta(days=7),
}
"""Of the links in mails."""
GRANTS = {MailKind.CREATED: MailKind.RESET}
"""What a link is good for, where that is not the same as the mail's kind."""

log = structlog.get_logger()


async def post(stores: Stores, kind: MailKind, email: str, *, user_id: UUID | None = None, name: str = "") -> None:
    """`user_id`: whom it is about. `name`: of whom it is about, where that is no user yet."""
    await stores.mails.add(kind, email, {"user_id": str(user_id) if user_id else None, "name": name})


async def post_about_package(stores: Stores, letter: PackageLetter) -> None:
    """To whom it names, or to the package's owner; not more than a person would write."""
    owner = await stores.users.find_account(letter.package.partition("/")[0])
    email = letter.email or (owner.email if owner and owner.is_active else None)
    if email is None:
        return
    try:
        await Limiter(stores).count_or_refuse(LETTERS_OF_PEOPLE, letter.by, "")
    except TooManyMails:
        return
    details = {"user_id": None, "name": letter.by, "package": letter.package}
    await stores.mails.add(MailKind(letter.kind), email, details)


async def welcome(stores: Stores, user_id: UUID, email: str) -> None:
    """Somebody new; administrators are told."""
    await post(stores, MailKind.WELCOME, email, user_id=user_id)
    for administrator in await stores.users.administrators():
        await post(stores, MailKind.NEW_USER, administrator.email, user_id=user_id)


async def deliver(resources: AuthResources) -> bool:
    """Try the mail that is due longest; whether there was one.

    The lease is committed before the mail is written, so a failure of any kind delays this mail only.
    """
    settings, mailer = resources.settings, resources.mailer
    if mailer is None or settings.mail is None:
        return False
    async with transaction(resources.sessions) as session:
        mail = await Stores(session).mails.take(LEASE)
    if mail is None:
        return False
    try:
        async with transaction(resources.sessions) as session:
            written = await compose(Stores(session), mail, settings, settings.mail)
        if written:
            await mailer.send(written)
            log.info("mail_sent", kind=mail.kind, tries=mail.tries)
    except (MailUnwritable, MailRefused) as error:
        await _set_aside(resources, mail, str(error))
    except MailDelayed as error:
        await _retry(resources, mail, str(error))
    except Exception as error:
        log.exception("mail_failed", kind=mail.kind, tries=mail.tries)
        await _retry(resources, mail, type(error).__name__)
    else:
        async with transaction(resources.sessions) as session:
            await Stores(session).mails.remove(mail.id)
    return True


async def compose(stores: Stores, mail: Mail, settings: AuthSettings, sender: MailSettings) -> EmailMessage | None:
    """None when there is nobody to write to, or no reason any more. Raises MailUnwritable."""
    kind, user_id = MailKind(mail.kind), mail.details["user_id"]
    if kind is MailKind.RESET:
        account = await stores.users.find_account(mail.email)
        if account is None or account.email != mail.email or not (account.is_active or account.is_pending):
            return None
        by_themselves = user_id is None
        if by_themselves and account.password is None and await stores.identities.any_of(account.user_id):
            return None  # they sign in with a provider
        kind, user_id = (MailKind.ACTIVATION if account.is_pending else MailKind.RESET), str(account.user_id)
    try:
        user: User | None = await stores.users.get_by_id(UUID(user_id)) if user_id else None
    except NotFound:
        return None
    name = user.name if user else mail.details["name"]
    link = await _link(stores, kind, mail.email, UUID(user_id) if user_id else None, settings)
    email, package = user.email if user else "", mail.details.get("package", "")
    link = link or _page(kind, package, settings)
    return write(kind, settings, sender, to=mail.email, name=name, email=email, link=link, package=package)


async def _link(stores: Stores, kind: MailKind, email: str, user_id: UUID | None, settings: AuthSettings) -> str:
    catalog, registry = settings.public.catalog_url, settings.public.registry_url
    if kind is MailKind.WELCOME:
        return f"{catalog}/signin"
    if kind not in LIFE:
        return ""
    code, grants = new_code(), GRANTS.get(kind, kind)
    expires_at = datetime.now(UTC) + LIFE[kind]
    await stores.links.add(digest(code), grants, email=email, user_id=user_id, expires_at=expires_at)
    return {
        MailKind.ACTIVATION: f"{registry}/activate/{code}",
        MailKind.RESET: f"{catalog}/reset_password/{code}",
        MailKind.INVITATION: f"{catalog}/signup?invitation={code}",
    }[grants]


def _page(kind: MailKind, package: str, settings: AuthSettings) -> str:
    catalog = settings.public.catalog_url
    return {MailKind.SHARED: f"{catalog}/signin", MailKind.COMMENT: f"{catalog}/package/{package}/comments"}.get(
        kind, ""
    )


async def _retry(resources: AuthResources, mail: Mail, reason: str) -> None:
    """Later and later, for a day."""
    if datetime.now(UTC) - mail.created_at > GIVEN_UP:
        await _set_aside(resources, mail, reason)
        return
    wait = min(FIRST_WAIT * 2 ** min(mail.tries - 1, 10), LONGEST_WAIT)
    log.warning("mail_delayed", kind=mail.kind, tries=mail.tries, reason=reason)
    async with transaction(resources.sessions) as session:
        await Stores(session).mails.put_off(mail.id, wait)


async def _set_aside(resources: AuthResources, mail: Mail, reason: str) -> None:
    log.error("mail_set_aside", kind=mail.kind, tries=mail.tries, reason=reason)
    short = reason[:MAX_REASON]
    async with transaction(resources.sessions) as session:
        stores = Stores(session)
        await record(stores, "Mail.Send", f"mail:{mail.kind}", outcome=Outcome.FAILED, reason=short)
        await stores.mails.set_aside(mail.id, short)
