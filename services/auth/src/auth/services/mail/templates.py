"""Texts of mails, rendered as plain text and as HTML."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from auth.settings import AuthSettings, MailSettings


class MailUnwritable(Exception):
    """The mail cannot be written, now or later."""


class MailKind(StrEnum):
    ACTIVATION = "activation"
    RESET = "reset"
    WELCOME = "welcome"
    CREATED = "created"
    INVITATION = "invitation"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 – a kind of mail
    NEW_USER = "new_user"
    SHARED = "shared"
    COMMENT = "comment"
    NEW_SIGN_IN = "new_sign_in"
    KEY_MADE = "key_made"
    S3_KEY_PAIR_MADE = "s3_key_pair_made"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    ADDRESS_CHANGED = "address_changed"


FACTS = dict.fromkeys(("device", "address", "time", "key"), "")
"""Placeholders for the request that caused a notice; empty in other mails."""

_NOT_YOU = "If this was not you, change your password now, end your other sessions, and inform an administrator."


@dataclass(frozen=True, slots=True)
class Letter:
    """Text of a mail, with the placeholders `{instance}`, `{name}`, `{email}`, `{package}` and those of FACTS."""

    subject: str
    opening: tuple[str, ...]
    button: str = ""
    closing: tuple[str, ...] = ()

    def filled(self, **values: str) -> "Letter":
        def fill(text: str) -> str:
            return text.format(**values)

        return replace(
            self,
            subject=fill(self.subject),
            opening=tuple(map(fill, self.opening)),
            closing=tuple(map(fill, self.closing)),
        )


LETTERS = {
    MailKind.ACTIVATION: Letter(
        subject="Activate your {instance} account",
        opening=("Hello {name},", "please confirm that this address is yours; then you can sign in."),
        button="Activate the account",
        closing=("The link works once, within a day. If you did not sign up, ignore this mail.",),
    ),
    MailKind.RESET: Letter(
        subject="Reset your {instance} password",
        opening=("Hello {name},", "somebody asked to reset the password of your account."),
        button="Choose a new password",
        closing=(
            "The link works once, within a day. If you did not ask for this, ignore this mail: your password stays unchanged.",
        ),
    ),
    MailKind.WELCOME: Letter(
        subject="Welcome to {instance}, {name}",
        opening=("Hello {name},", "your account is active."),
        button="Sign in",
    ),
    MailKind.CREATED: Letter(
        subject="Welcome to {instance}, {name}",
        opening=("Hello,", "an administrator made an account for you. Your user name is {name}."),
        button="Choose your password",
        closing=("The link works once, within a week. After that you can ask for a new link on the sign-in page.",),
    ),
    MailKind.INVITATION: Letter(
        subject="You are invited to {instance}",
        opening=("Hello,", "{name} invites you to {instance}."),
        button="Sign up",
        closing=("The link works once, within a week.",),
    ),
    MailKind.PASSWORD_CHANGED: Letter(
        subject="Your {instance} password was changed",
        opening=(
            "Hello {name},",
            "your password has just been changed, and your sessions were ended.",
            "If you did not do this, reset your password on the sign-in page now and inform an administrator.",
        ),
    ),
    MailKind.NEW_USER: Letter(
        subject="New {instance} user: {name}",
        opening=("{name} ({email}) signed up and confirmed their address.",),
    ),
    MailKind.SHARED: Letter(
        subject="{name} shared data with you on {instance}",
        opening=(
            "Hello,",
            "{name} shared the package {package} with you.",
            "You can read it after signing in.",
        ),
        button="Sign in",
        closing=("Your account must have the address that this mail was sent to.",),
    ),
    MailKind.COMMENT: Letter(
        subject="New comment on {package}",
        opening=("Hello,", "{name} commented on your package {package} at {instance}."),
        button="Read the comment",
    ),
    MailKind.NEW_SIGN_IN: Letter(
        subject="New sign-in to your {instance} account",
        opening=(
            "Hello {name},",
            "somebody signed in to your account with {device}, from {address}, on {time}.",
            "If this was you, ignore this mail.",
        ),
        button="Look at your sessions",
        closing=(_NOT_YOU,),
    ),
    MailKind.KEY_MADE: Letter(
        subject="New API key of your {instance} account",
        opening=(
            "Hello {name},",
            'the API key "{key}" was made for your account, from {address}, on {time}.',
            "Whoever has the key can do what you can do.",
        ),
        button="Look at your API keys",
        closing=("If this was not you, revoke the key, change your password, and inform an administrator.",),
    ),
    MailKind.S3_KEY_PAIR_MADE: Letter(
        subject="New S3 key pair of your {instance} account",
        opening=(
            "Hello {name},",
            'an S3 key pair of your API key "{key}" was made, from {address}, on {time}.',
            "Whoever has the pair can read the packages that you can read, as long as the API key is valid.",
        ),
        button="Look at your API keys",
        closing=("If this was not you, revoke the key, change your password, and inform an administrator.",),
    ),
    MailKind.SECOND_FACTOR_ADDED: Letter(
        subject="Second factor added to your {instance} account",
        opening=(
            "Hello {name},",
            "an authenticator app was added to your account, from {address}, on {time}.",
            "Signing in with your password takes its code from now on.",
        ),
        button="Look at your account",
        closing=(_NOT_YOU,),
    ),
    MailKind.SECOND_FACTOR_REMOVED: Letter(
        subject="Second factor removed from your {instance} account",
        opening=(
            "Hello {name},",
            "the authenticator app was removed from your account on {time}. Your password alone lets you in now.",
        ),
        button="Look at your account",
        closing=(_NOT_YOU,),
    ),
    MailKind.ADDRESS_CHANGED: Letter(
        subject="E-mail address of your {instance} account changed",
        opening=(
            "Hello {name},",
            "your account has another e-mail address since {time}. Mails about it no longer go to this one.",
            "If you did not ask for this, inform an administrator.",
        ),
    ),
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("auth"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def write(
    kind: MailKind,
    settings: AuthSettings,
    mail: MailSettings,
    *,
    instance: str,
    to: str,
    name: str,
    email: str = "",
    link: str = "",
    package: str = "",
    facts: Mapping[str, str] = FACTS,
) -> EmailMessage:
    """The mail to `to` about the user `name`, from the installation `instance`; raises MailUnwritable."""
    sender, recipient = _address("sender", mail.sender, instance), _address("recipient", to)
    try:
        letter = LETTERS[kind].filled(instance=instance, name=name, email=email, package=package, **{**FACTS, **facts})
        return _write(letter, settings, sender, recipient, link, instance)
    except Exception as error:
        raise MailUnwritable(f"{type(error).__name__}: {error}") from error


def _address(whose: str, address: str, display_name: str = "") -> Address:
    """Raises MailUnwritable. The parser's own errors quote the address, which must not be logged."""
    with suppress(Exception):
        parsed = Address(display_name, addr_spec=address)
        if parsed.username and parsed.domain and address.isascii():
            return parsed
    raise MailUnwritable(f"The address of the {whose} cannot be written in a mail")


def _write(  # noqa: PLR0917 – what a mail is made of
    letter: Letter, settings: AuthSettings, sender: Address, recipient: Address, link: str, instance: str
) -> EmailMessage:
    shown = {"letter": letter, "link": link, "instance": instance, "catalog": settings.public.catalog_url}
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = recipient
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = make_msgid(domain=sender.domain)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_templates().get_template("letter.txt").render(shown))
    made.add_alternative(_templates().get_template("letter.html").render(shown), subtype="html")
    made.as_bytes()  # fails here, before a server is contacted, if the mail cannot be serialised
    return made
