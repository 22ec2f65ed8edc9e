"""Mails: written safely, sent by real SMTP, tried again, and never twice at once."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr, ValidationError
from support.people import Given, settings_for, text_of
from support.tls import self_signed

from auth.db.stores import Stores
from auth.letters import LETTERS, Kind, write
from auth.mailer import MailDelayed, MailRefused, SmtpMailer
from auth.resources import Resources
from auth.services.post import deliver, post
from auth.settings import MailSettings
from shared.db.engine import transaction
from shared.testing.mail import FakeMailer

SENDER = MailSettings(host="mail.test", sender="quilt@example.com")
SETTINGS = settings_for("postgresql+asyncpg://unused")


def letter(kind: Kind = Kind.RESET, to: str = "amy@example.com", instance: str = "Lab", **values: str) -> EmailMessage:
    settings = SETTINGS.model_copy(update={"instance_name": instance})
    return write(kind, settings, SENDER, to=to, **{"name": "amy", "link": "http://c.test/x", **values})


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_written_as_text_and_html(kind: Kind) -> None:
    made = letter(kind, email="amy@example.com")
    assert "Lab" in made["Subject"] or kind is Kind.COMMENT
    assert made["From"] == "Lab <quilt@example.com>"
    assert made["Auto-Submitted"] == "auto-generated"
    for body in (text_of(made), text_of(made, "html")):
        assert "Lab" in body
        assert "{" not in body.replace("{margin", "")
    assert bool(LETTERS[kind].button) <= (LETTERS[kind].button in text_of(made, "html"))


@pytest.mark.parametrize(
    "to",
    [
        "amy@example.com\r\nBcc: eve@example.com",
        "amy@example.com\nBcc: eve@example.com",
        "amy@example.com, eve@example.com",
        "amy@example.com\x00",
    ],
)
def test_no_address_breaks_out_of_its_header(to: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        letter(to=to)


def test_no_name_breaks_out_of_its_header() -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        letter(Kind.WELCOME, name="amy\r\nBcc: eve@example.com")
    with pytest.raises(ValidationError):
        settings_for("postgresql+asyncpg://unused", instance_name="Lab\r\nBcc: eve@example.com")
    with pytest.raises(ValidationError):
        MailSettings(host="mail.test", sender="quilt@example.com\r\nBcc: eve@example.com")


def test_html_is_escaped() -> None:
    body = text_of(letter(Kind.INVITATION, name="<script>alert(1)</script>", instance="A & B"), "html")
    assert "<script>" not in body
    assert "&lt;script&gt;" in body
    assert "A &amp; B" in body


def test_names_in_any_script_can_be_sent() -> None:
    sent = message_from_bytes(bytes(letter(Kind.WELCOME, instance="Größe Ålesund 実験室")))
    assert sent["To"] == "amy@example.com"
    assert str(sent["Subject"]).isascii()


@dataclass
class Server:
    port: int
    kept: list[Message]


class Sink:
    def __init__(self, answer: str = "250 Kept") -> None:
        self.kept: list[Message] = []
        self._answer = answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 – its name
        if self._answer.startswith("250"):
            self.kept.append(message_from_bytes(envelope.original_content or b""))
        return self._answer


@asynccontextmanager
async def serving(sink: Sink, *, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="localhost", loop=loop, **options), "127.0.0.1", ssl=tls
    )
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def mailer(port: int, **changes: Any) -> SmtpMailer:
    return SmtpMailer(MailSettings(**{"host": "localhost", "port": port, "sender": "quilt@example.com", **changes}))


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server that the client trusts."""
    certificate, key = self_signed(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


class TestSmtp:
    async def test_in_the_clear(self) -> None:
        sink = Sink()
        async with serving(sink) as port:
            await mailer(port, security="none").send(letter())
        assert [each["Subject"] for each in sink.kept] == ["Reset your Lab password"]

    async def test_with_tls_from_the_start(self, tls: ssl.SSLContext) -> None:
        sink = Sink()
        async with serving(sink, tls=tls) as port:
            await mailer(port, security="tls").send(letter())
        assert len(sink.kept) == 1

    async def test_with_starttls_and_a_password(self, tls: ssl.SSLContext) -> None:
        def authenticate(*given: Any) -> AuthResult:
            proof = given[4]
            assert isinstance(proof, LoginPassword)
            return AuthResult(success=(proof.login, proof.password) == (b"user", b"right"), handled=False)

        sink = Sink()
        options: Any = {
            "tls_context": tls,
            "require_starttls": True,
            "authenticator": authenticate,
            "auth_required": True,
        }
        async with serving(sink, **options) as port:
            await mailer(port, username="user", password=SecretStr("right")).send(letter())
            with pytest.raises(MailDelayed):
                await mailer(port, username="user", password=SecretStr("wrong")).send(letter())
        assert len(sink.kept) == 1

    async def test_no_mail_goes_in_the_clear_where_tls_is_wanted(self) -> None:
        sink = Sink()
        async with serving(sink) as port:
            with pytest.raises(MailDelayed):
                await mailer(port, security="starttls").send(letter())
        assert sink.kept == []

    async def test_a_stranger_with_a_certificate_of_its_own_is_not_trusted(
        self, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        async with serving(Sink(), tls=tls) as port:
            with pytest.raises(MailDelayed):
                await mailer(port, security="tls").send(letter())

    @pytest.mark.parametrize(("answer", "kind"), [("451 Later", MailDelayed), ("550 Never", MailRefused)])
    async def test_later_and_never_are_told_apart(self, answer: str, kind: type[Exception]) -> None:
        async with serving(Sink(answer)) as port:
            with pytest.raises(kind):
                await mailer(port, security="none").send(letter())

    async def test_nobody_there(self) -> None:
        with pytest.raises(MailDelayed):
            await mailer(1, security="none").send(letter())


class TestPost:
    async def _post(self, given: Given) -> None:
        user = await given.user("amy")
        async with transaction(given.resources.sessions) as session:
            await post(Stores(session), Kind.CREATED, "amy@example.com", user_id=user.id)

    async def test_what_fails_is_tried_again_later_and_later(self, given: Given) -> None:
        await self._post(given)
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = MailDelayed("not now")
        waits = []
        for _ in range(10):
            assert await deliver(given.resources)
            assert not await deliver(given.resources), "not before its time"
            waits.append(await given.matches("mail", "due_at > now() + interval '59 minutes'"))
            await given.sql("UPDATE auth.mail SET due_at = now()")
        assert waits == [0] * 7 + [1] * 3
        mailer.failure = None
        assert await deliver(given.resources)
        assert len(mailer.sent) == 1
        assert await given.count("mail") == 0

    async def test_it_is_given_up_in_the_end(self, given: Given) -> None:
        await self._post(given)
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = MailDelayed("not now")
        await given.sql("UPDATE auth.mail SET created_at = now() - interval '25 hours'")
        assert await deliver(given.resources)
        assert await given.count("mail") == 0
        assert await given.matches("audit", "action = 'Mail.Send' AND outcome = 'failed'") == 1

    async def test_what_is_refused_is_not_tried_again(self, given: Given) -> None:
        await self._post(given)
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = MailRefused("no such address")
        assert await deliver(given.resources)
        assert await given.count("mail") == 0

    async def test_nothing_secret_rests_in_the_outbox(self, given: Given) -> None:
        await self._post(given)
        assert await given.count("link") == 0
        (mail,) = await given.mails()
        assert "http://catalog.test/reset_password/" in text_of(mail)
        assert await given.count("link") == 1

    async def test_of_many_replicas_one_sends(self, committing: Resources, unique: str) -> None:
        async with transaction(committing.sessions) as session:
            for number in range(10):
                await post(Stores(session), Kind.INVITATION, f"{unique}-{number}@example.com", name="admin")
        replicas = [replace(committing, mailer=FakeMailer()) for _ in range(4)]

        async def drain(resources: Resources) -> None:
            while await deliver(resources):
                pass

        await asyncio.gather(*map(drain, replicas))
        sent = [mail["To"] for each in replicas for mail in each.mailer.sent if unique in mail["To"]]  # type: ignore[union-attr]
        assert sorted(sent) == sorted(f"{unique}-{number}@example.com" for number in range(10))

    async def test_who_dies_while_sending_leaves_it_to_others(self, given: Given) -> None:
        await self._post(given)
        async with transaction(given.resources.sessions) as session:
            assert await Stores(session).mails.take(timedelta(minutes=5))
        assert not await deliver(given.resources)
        await given.sql("UPDATE auth.mail SET due_at = due_at - interval '5 minutes'")
        assert await deliver(given.resources)
