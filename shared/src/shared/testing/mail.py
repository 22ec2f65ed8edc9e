"""A fake of the mail server."""

from email.message import EmailMessage


class FakeMailer:
    """Implements the mailer of `auth` in memory. It raises `failure` if that is set."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.failure: Exception | None = None

    async def send(self, mail: EmailMessage) -> None:
        if self.failure:
            raise self.failure
        self.sent.append(mail)
