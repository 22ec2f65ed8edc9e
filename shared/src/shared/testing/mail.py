"""Mails that stay here."""

from email.message import EmailMessage


class FakeMailer:
    """Implements `auth.mailer.Mailer`; `failure` is raised instead while it is set."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failure: Exception | None = None

    async def send(self, mail: EmailMessage) -> None:
        if self.failure:
            raise self.failure
        self.sent.append(mail)
