"""Sending of mails by SMTP."""

from email.message import EmailMessage
from typing import Protocol

import aiosmtplib

from auth.settings import MailSettings


class MailRefused(Exception):
    """The server refuses this mail for good."""


class MailDelayed(Exception):
    """The server is not responding, or refuses the mail for now."""


class Mailer(Protocol):
    async def send(self, mail: EmailMessage) -> None:
        """Raises MailRefused or MailDelayed."""
        ...


class SmtpMailer:
    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, mail: EmailMessage) -> None:
        settings = self._settings
        try:
            await aiosmtplib.send(
                mail,
                hostname=settings.host,
                port=settings.port,
                username=settings.username or None,
                password=settings.password.get_secret_value() or None,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                timeout=settings.timeout_seconds,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
            raise _failure(error) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailDelayed(f"{type(error).__name__}: {error}") from error


def _failure(error: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPResponseException) -> Exception:
    """Codes from 500 are final, except a failed login: an administrator can correct that."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [each.code for each in error.recipients]
    elif isinstance(error, aiosmtplib.SMTPAuthenticationError):
        codes = []
    else:
        codes = [error.code]
    kind = MailRefused if codes and min(codes) >= 500 else MailDelayed
    return kind(f"{type(error).__name__} {', '.join(map(str, codes))}")
