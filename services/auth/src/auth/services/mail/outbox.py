"""The outbox of mails: a transaction queues a mail, and any replica writes and sends it later.

One-time links are made when a mail is sent, so the outbox holds no secrets. A request for a password reset does the same
work whether the account exists or not.
"""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import structlog

from auth.clients.smtp import MailDelayed, MailRefused
from auth.db.invitations import INVITATION_TTL
from auth.db.mails import Mail
from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import TooManyMails
from auth.resources import AuthResources
from auth.services.audit import record
from auth.services.limits import PACKAGE_MAILS, Limiter
from auth.services.mail.templates import MailKind, MailUnwritable, write
from auth.settings import AuthSettings, MailSettings
from auth.tokens import digest, new_code
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.schemas.audit import Outcome
from shared.schemas.letter import PackageLetter
from shared.schemas.user import User

LEASE = timedelta(minutes=5)
FIRST_RETRY_DELAY = timedelta(seconds=30)
MAX_RETRY_DELAY = timedelta(hours=1)
RETRY_PERIOD = timedelta(days=1)
MAX_REASON = 300

LINK_TTL = {
    MailKind.ACTIVATION: timedelta(days=1),
    MailKind.RESET: timedelta(days=1),
    MailKind.CREATED: timedelta(days=7),
    MailKind.INVITATION: INVITATION_TTL,
}
"""Time for which the link in a mail works; other kinds of mail have no one-time link."""
LINK_KIND = {MailKind.CREATED: MailKind.RESET}
"""Kind of the link, where it differs from that of the mail."""

log = structlog.get_logger()


async def queue_mail(
    stores: Stores, kind: MailKind, email: str, *, user_id: UUID | None = None, name: str = ""
) -> None:
    """Queue a mail about the user `user_id`, or about a person called `name` who has no account yet."""
    await stores.mails.add(kind, email, {"user_id": str(user_id) if user_id else None, "name": name})


async def queue_package_mail(stores: Stores, letter: PackageLetter) -> None:
    """Queue a mail to `letter.email`, else to the package's owner. Dropped silently above PACKAGE_MAILS per sender."""
    owner = await stores.users.find_account(letter.package.partition("/")[0])
    email = letter.email or (owner.email if owner and owner.is_active else None)
    if email is None:
        return
    try:
        await Limiter(stores).count_or_refuse(PACKAGE_MAILS, letter.by, "")
    except TooManyMails:
        return
    details = {"user_id": None, "name": letter.by, "package": letter.package}
    await stores.mails.add(MailKind(letter.kind), email, details)


async def queue_welcome(stores: Stores, user_id: UUID, email: str) -> None:
    """Queue a welcome to a new user, and a notice to each administrator."""
    await queue_mail(stores, MailKind.WELCOME, email, user_id=user_id)
    for administrator in await stores.users.administrators():
        await queue_mail(stores, MailKind.NEW_USER, administrator.email, user_id=user_id)


async def send_next_mail(resources: AuthResources) -> bool:
    """Write and send the mail that is due longest; False if none is due.

    The lease is committed before the mail is written, so a failure delays this mail only.
    """
    settings, mailer = resources.settings, resources.mailer
    if mailer is None or settings.mail is None:
        return False
    async with transaction(resources.sessions) as session:
        mail = await Stores(session).mails.take(LEASE)
    if mail is None:
        return False
    try:
        instance = await resources.instance_name()
        async with transaction(resources.sessions) as session:
            written = await compose(Stores(session), mail, settings, settings.mail, instance)
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


async def compose(
    stores: Stores, mail: Mail, settings: AuthSettings, sender: MailSettings, instance: str
) -> EmailMessage | None:
    """The mail in the name of the installation, or None if there is nobody to write to any more. Raises MailUnwritable."""
    kind = MailKind(mail.kind)
    user_id = UUID(mail.details["user_id"]) if mail.details["user_id"] else None
    if kind is MailKind.RESET:
        account = await _recipient_of_reset(stores, mail, asked_by_recipient=user_id is None)
        if account is None:
            return None
        kind, user_id = (MailKind.ACTIVATION if account.is_pending else MailKind.RESET), account.user_id
    try:
        user: User | None = await stores.users.get_by_id(user_id) if user_id else None
    except NotFound:
        return None
    name, email = (user.name, user.email) if user else (mail.details["name"], "")
    package = mail.details.get("package", "")
    if kind in LINK_TTL:
        link = await _one_time_link(stores, kind, mail.email, user_id, settings)
    else:
        link = _page(kind, package, settings)
    facts = mail.details.get("facts", {})
    return write(
        kind,
        settings,
        sender,
        instance=instance,
        to=mail.email,
        name=name,
        email=email,
        link=link,
        package=package,
        facts=facts,
    )


async def _recipient_of_reset(stores: Stores, mail: Mail, *, asked_by_recipient: bool) -> Account | None:
    """The account whose password may be reset, or None. A person who signs in with a provider cannot ask for a reset."""
    account = await stores.users.find_account(mail.email)
    if account is None or account.email != mail.email or not (account.is_active or account.is_pending):
        return None
    if asked_by_recipient and account.password is None and await stores.identities.exists_for(account.user_id):
        return None
    return account


async def _one_time_link(
    stores: Stores, kind: MailKind, email: str, user_id: UUID | None, settings: AuthSettings
) -> str:
    catalog, registry = settings.public.catalog_url, settings.public.registry_url
    code, link_kind = new_code(), LINK_KIND.get(kind, kind)
    expires_at = datetime.now(UTC) + LINK_TTL[kind]
    await stores.links.add(digest(code), link_kind, email=email, user_id=user_id, expires_at=expires_at)
    return {
        MailKind.ACTIVATION: f"{registry}/activate/{code}",
        MailKind.RESET: f"{catalog}/reset_password/{code}",
        MailKind.INVITATION: f"{catalog}/signup?invitation={code}",
    }[link_kind]


def _page(kind: MailKind, package: str, settings: AuthSettings) -> str:
    """The page that a mail without a one-time link points to; empty if it points to none."""
    catalog = settings.public.catalog_url
    pages = {
        MailKind.WELCOME: f"{catalog}/signin",
        MailKind.SHARED: f"{catalog}/signin",
        MailKind.COMMENT: f"{catalog}/package/{package}/comments",
        MailKind.NEW_SIGN_IN: f"{catalog}/account/sessions",
        MailKind.KEY_MADE: f"{catalog}/account/keys",
        MailKind.S3_KEY_PAIR_MADE: f"{catalog}/account/keys",
        MailKind.SECOND_FACTOR_ADDED: f"{catalog}/account",
        MailKind.SECOND_FACTOR_REMOVED: f"{catalog}/account",
    }
    return pages.get(kind, "")


async def _retry(resources: AuthResources, mail: Mail, reason: str) -> None:
    """Put the mail off, each time twice as long; set it aside once it is older than RETRY_PERIOD."""
    if datetime.now(UTC) - mail.created_at > RETRY_PERIOD:
        await _set_aside(resources, mail, reason)
        return
    wait = min(FIRST_RETRY_DELAY * 2 ** min(mail.tries - 1, 10), MAX_RETRY_DELAY)
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
