"""Mails: their text, sending by real SMTP, retries and leases."""

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

import httpx
import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError
from support.deploy.tls import self_signed
from support.worlds.auth_world import INTERNAL, Given, app_with, client_of, settings_for, text_of
from typing_extensions import override

from auth.clients.smtp import MailDelayed, MailRefused, SmtpMailer
from auth.db.stores import Stores
from auth.instance_name import InstanceNameCache
from auth.main import register_metrics
from auth.resources import AuthResources
from auth.services.mail.outbox import queue_mail, send_next_mail
from auth.services.mail.templates import LETTERS, MailKind, MailUnwritable, write
from auth.settings import MailSettings
from shared.clients.registry import RegistryClient
from shared.db.engine import transaction
from shared.testing.mail import FakeMailer
from shared.testing.registry import FakeRegistry

SENDER = MailSettings(host="mail.test", sender="quilt@example.com")
SETTINGS = settings_for("postgresql+asyncpg://unused")


def letter(
    kind: MailKind = MailKind.RESET, to: str = "amy@example.com", instance: str = "Lab", **values: str
) -> EmailMessage:
    filled: dict[str, Any] = {"name": "amy", "link": "http://c.test/x", **values}
    return write(kind, SETTINGS, SENDER, instance=instance, to=to, **filled)


@pytest.mark.parametrize("kind", list(MailKind))
def test_every_kind_of_mail_has_text_and_html(kind: MailKind) -> None:
    made = letter(kind, email="amy@example.com")
    assert "Lab" in made["Subject"] or kind is MailKind.COMMENT
    assert made["From"] == "Lab <quilt@example.com>"
    assert made["Auto-Submitted"] == "auto-generated"
    for body in (text_of(made), text_of(made, "html")):
        assert "Lab" in body
        assert "{" not in body.replace("{margin", "")
    if button := LETTERS[kind].button:
        assert f">{button}</a>" in text_of(made, "html")


@pytest.mark.parametrize(
    "to",
    [
        "amy@example.com\r\nBcc: eve@example.com",
        "amy@example.com\nBcc: eve@example.com",
        "amy@example.com, eve@example.com",
        "amy@example.com\x00",
    ],
)
def test_addresses_cannot_inject_mail_headers(to: str) -> None:
    with pytest.raises(MailUnwritable, match="address of the recipient") as refused:
        letter(to=to)
    assert "example.com" not in str(refused.value), "logs hold no addresses"


def test_names_cannot_inject_mail_headers() -> None:
    with pytest.raises(MailUnwritable, match=r"newline|linefeed"):
        letter(MailKind.WELCOME, name="amy\r\nBcc: eve@example.com")
    with pytest.raises(ValidationError):
        settings_for("postgresql+asyncpg://unused", instance_name="Lab\r\nBcc: eve@example.com")
    with pytest.raises(ValidationError):
        MailSettings(host="mail.test", sender="quilt@example.com\r\nBcc: eve@example.com")


def test_html_of_mails_is_escaped() -> None:
    body = text_of(letter(MailKind.INVITATION, name="<script>alert(1)</script>", instance="A & B"), "html")
    assert "<script>" not in body
    assert "&lt;script&gt;" in body
    assert "A &amp; B" in body


def test_names_in_any_script_can_be_mailed() -> None:
    sent = message_from_bytes(bytes(letter(MailKind.WELCOME, instance="Größe Ålesund 実験室")))
    assert sent["To"] == "amy@example.com"
    assert str(sent["Subject"]).isascii()


@dataclass
class Server:
    port: int
    kept: list[Message]


class Sink:
    def __init__(self, answer: str = "250 Kept", answers: dict[str, str] | None = None) -> None:
        """`answers`: answers to single recipients, instead of `answer`."""
        self.kept: list[Message] = []
        self._answer = answer
        self._answers = answers or {}

    async def handle_RCPT(  # noqa: N802 – its name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self._answers:
            return self._answers[address]
        envelope.rcpt_tos.append(address)
        return "250 Known"

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
    """Context of a server whose certificate the client trusts."""
    certificate, key = self_signed(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


class TestSmtp:
    async def test_smtp_without_tls_sends_mails(self) -> None:
        sink = Sink()
        async with serving(sink) as port:
            await mailer(port, security="none").send(letter())
        assert [each["Subject"] for each in sink.kept] == ["Reset your Lab password"]

    async def test_smtp_with_tls_from_the_start_sends_mails(self, tls: ssl.SSLContext) -> None:
        sink = Sink()
        async with serving(sink, tls=tls) as port:
            await mailer(port, security="tls").send(letter())
        assert len(sink.kept) == 1

    async def test_smtp_with_starttls_and_a_password_sends_mails(self, tls: ssl.SSLContext) -> None:
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

    async def test_smtp_without_the_wanted_starttls_delays_mails(self) -> None:
        sink = Sink()
        async with serving(sink) as port:
            with pytest.raises(MailDelayed):
                await mailer(port, security="starttls").send(letter())
        assert sink.kept == []

    async def test_smtp_with_an_untrusted_certificate_delays_mails(
        self, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        async with serving(Sink(), tls=tls) as port:
            with pytest.raises(MailDelayed):
                await mailer(port, security="tls").send(letter())

    @pytest.mark.parametrize(("answer", "kind"), [("451 Later", MailDelayed), ("550 Never", MailRefused)])
    async def test_smtp_code_451_delays_and_550_refuses_mails(self, answer: str, kind: type[Exception]) -> None:
        async with serving(Sink(answer)) as port:
            with pytest.raises(kind):
                await mailer(port, security="none").send(letter())

    async def test_smtp_without_a_server_delays_mails(self) -> None:
        with pytest.raises(MailDelayed):
            await mailer(1, security="none").send(letter())


class TestPost:
    async def _post(self, given: Given) -> None:
        user = await given.user("amy")
        async with transaction(given.resources.sessions) as session:
            await queue_mail(Stores(session), MailKind.CREATED, "amy@example.com", user_id=user.id)

    async def _left_alone(self, given: Given) -> bool:
        await given.sql("UPDATE auth.mail SET due_at = now() - interval '1 day'")
        return await given.mails() == []

    async def test_a_mail_has_the_name_of_the_catalog_unless_a_setting_of_auth_gives_another(
        self, given: Given
    ) -> None:
        registry = FakeRegistry(name="Vineyard data")
        named = replace(given.resources, registry=registry, instance_names=InstanceNameCache())
        user = await given.user("amy")

        async def sender(resources: AuthResources) -> str:
            async with transaction(resources.sessions) as session:
                await queue_mail(Stores(session), MailKind.WELCOME, "amy@example.com", user_id=user.id)
            mailer = FakeMailer()
            assert await send_next_mail(replace(resources, mailer=mailer))
            [mail] = mailer.sent
            return str(mail["From"].addresses[0].display_name)

        assert await sender(named) == "Vineyard data"
        settings = named.settings.model_copy(update={"instance_name": "Lab"})
        assert await sender(replace(named, settings=settings)) == "Lab"
        registry.down = True
        assert await sender(named) == "Vineyard data"
        transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>Sign in to the network</html>"))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as http:
            unreadable = replace(named, registry=RegistryClient(http), instance_names=InstanceNameCache())
            assert await sender(unreadable) == "Patchwork"
        assert await sender(replace(named, instance_names=InstanceNameCache())) == "Patchwork"

    async def test_a_delayed_mail_is_retried_with_growing_pauses(self, given: Given) -> None:
        await self._post(given)
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = MailDelayed("not now")
        waits = []
        for _ in range(10):
            assert await send_next_mail(given.resources)
            assert not await send_next_mail(given.resources), "the mail is not due yet"
            waits.append(await given.matches("mail", "due_at > now() + interval '59 minutes'"))
            await given.sql("UPDATE auth.mail SET due_at = now()")
        assert waits == [0] * 7 + [1] * 3
        mailer.failure = None
        assert await send_next_mail(given.resources)
        assert len(mailer.sent) == 1
        assert await given.count("mail") == 0

    async def test_a_mail_is_set_aside_after_a_day_of_retries(self, given: Given) -> None:
        await self._post(given)
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = MailDelayed("not now")
        await given.sql("UPDATE auth.mail SET created_at = now() - interval '25 hours'")
        assert await send_next_mail(given.resources)
        assert await given.matches("mail", "failure = 'not now'") == 1
        assert await given.matches("audit", "action = 'Mail.Send' AND outcome = 'failed'") == 1
        mailer.failure = None
        assert await self._left_alone(given)

    async def test_a_refused_mail_is_not_retried(self, given: Given) -> None:
        await self._post(given)
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = MailRefused("no such address")
        assert await send_next_mail(given.resources)
        assert await given.matches("mail", "failure = 'no such address'") == 1
        mailer.failure = None
        assert await self._left_alone(given)

    async def test_the_outbox_holds_no_secrets(self, given: Given) -> None:
        await self._post(given)
        assert await given.count("link") == 0
        (mail,) = await given.mails()
        assert "http://catalog.test/reset_password/" in text_of(mail)
        assert await given.count("link") == 1

    async def test_a_mail_is_sent_once_by_many_replicas(self, committing: AuthResources, unique: str) -> None:
        async with transaction(committing.sessions) as session:
            for number in range(10):
                await queue_mail(Stores(session), MailKind.INVITATION, f"{unique}-{number}@example.com", name="admin")
        replicas = [replace(committing, mailer=FakeMailer()) for _ in range(4)]

        async def drain(resources: AuthResources) -> None:
            while await send_next_mail(resources):
                pass

        await asyncio.gather(*map(drain, replicas))
        sent = [mail["To"] for each in replicas for mail in each.mailer.sent if unique in mail["To"]]  # type: ignore[union-attr]
        assert sorted(sent) == sorted(f"{unique}-{number}@example.com" for number in range(10))

    async def test_a_mail_of_a_dead_replica_is_sent_after_its_lease(self, given: Given) -> None:
        await self._post(given)
        async with transaction(given.resources.sessions) as session:
            assert await Stores(session).mails.take(timedelta(minutes=5))
        assert not await send_next_mail(given.resources)
        await given.sql("UPDATE auth.mail SET due_at = due_at - interval '5 minutes'")
        assert await send_next_mail(given.resources)


class TestOneMailThatFails:
    """A mail that fails does not delay later mails."""

    async def _post_both(self, given: Given, kind: MailKind, email: str, **about: Any) -> None:
        """Queue a mail to `email`, and one to Amy that is due after it."""
        body = {"people": [{"name": "dan", "email": email}]}
        taken = await given.client.post("/internal/imports/users", headers=INTERNAL, json=body)
        assert taken.json() == {"people": [{"name": "dan", "state": "done", "reason": ""}]}
        amy = await given.user("amy")
        async with transaction(given.resources.sessions) as session:
            stores = Stores(session)
            dan = await stores.users.find_account("dan")
            assert dan
            details = {"user_id": str(dan.user_id), "name": "", "package": "dan/wine", **about}
            await stores.mails.add(kind, email, details)
            await queue_mail(stores, MailKind.WELCOME, "amy@example.com", user_id=amy.id)

    async def _assert_set_aside(self, given: Given, kind: MailKind, reason: str) -> None:
        assert [mail["To"] for mail in await given.mails()] == ["amy@example.com"]
        condition = f"kind = '{kind}' AND tries = 1 AND failure LIKE '{reason}%'"
        assert await given.matches("mail", condition) == 1
        assert await given.count("mail") == 1
        failed = f"action = 'Mail.Send' AND outcome = 'failed' AND target = 'mail:{kind}'"
        assert await given.matches("audit", failed) == 1
        assert await given.count("link") == 0, "nobody has it"
        await given.sql("UPDATE auth.mail SET due_at = now() - interval '1 day'")
        assert not await send_next_mail(given.resources), "it is not tried again"

    @pytest.mark.parametrize("kind", list(MailKind))
    async def test_a_recipient_that_cannot_be_written_delays_no_other_mail(self, given: Given, kind: MailKind) -> None:
        await self._post_both(given, kind, "john..doe@example.com")
        await self._assert_set_aside(given, kind, "The address of the recipient cannot be written in a mail")

    @pytest.mark.parametrize(
        "email", [".x@y.z", "a@b..c", "<a@b.c>", "a,b@example.com", "ü@example.com", "(@example.com"]
    )
    async def test_an_imported_address_that_takes_no_mail_delays_no_other_mail(self, given: Given, email: str) -> None:
        await self._post_both(given, MailKind.PASSWORD_CHANGED, email)
        await self._assert_set_aside(given, MailKind.PASSWORD_CHANGED, "The address of the recipient")

    async def test_a_text_that_cannot_be_written_delays_no_other_mail(self, given: Given) -> None:
        about = {"user_id": None, "name": "dan\r\nBcc: eve@example.com"}
        await self._post_both(given, MailKind.SHARED, "dan@example.com", **about)
        await self._assert_set_aside(given, MailKind.SHARED, "ValueError: ")

    async def test_a_reset_for_an_address_that_takes_no_mail_is_answered_as_usual(self, given: Given) -> None:
        await self._post_both(given, MailKind.WELCOME, "john..doe@example.com")
        for email in ("john..doe@example.com", "amy@example.com"):
            asked = await given.client.post("/api/v1/accounts/reset", json={"email": email})
            assert (asked.status_code, asked.json()) == (202, {})
        assert [mail["Subject"] for mail in await given.mails()] == [
            "Welcome to Patchwork, amy",
            "Reset your Patchwork password",
        ]
        assert await given.matches("mail", "failure IS NOT NULL") == 2

    async def test_a_mail_of_an_unknown_kind_is_retried(self, given: Given) -> None:
        """A newer replica may queue kinds that this one does not know."""
        await self._post_both(given, MailKind.WELCOME, "dan@example.com")
        await given.sql("UPDATE auth.mail SET kind = 'newsletter' WHERE email = 'dan@example.com'")
        assert [mail["To"] for mail in await given.mails()] == ["amy@example.com"]
        waiting = "kind = 'newsletter' AND failure IS NULL AND due_at > now() + interval '20 seconds'"
        assert await given.matches("mail", waiting) == 1

    async def test_a_mail_with_an_unexpected_failure_is_retried(self, given: Given) -> None:
        await self._post_both(given, MailKind.WELCOME, "dan@example.com")
        mailer = given.resources.mailer
        assert isinstance(mailer, FakeMailer)
        mailer.failure = RuntimeError("unforeseen")
        assert await given.mails() == []
        assert await given.matches("mail", "failure IS NULL AND due_at > now() + interval '20 seconds'") == 2
        mailer.failure = None
        await given.sql("UPDATE auth.mail SET due_at = now()")
        assert len(await given.mails()) == 2

    @pytest.mark.parametrize(
        ("answer", "state"), [("450 Later", "failure IS NULL"), ("550 Never", "failure = 'SMTPRecipientsRefused 550'")]
    )
    async def test_a_recipient_that_the_server_refuses_delays_no_other_mail(
        self, given: Given, answer: str, state: str
    ) -> None:
        await self._post_both(given, MailKind.WELCOME, "dan@example.com")
        sink = Sink(answers={"dan@example.com": answer})
        async with serving(sink) as port:
            resources = replace(given.resources, mailer=mailer(port, security="none"))
            while await send_next_mail(resources):
                pass
        assert [mail["To"] for mail in sink.kept] == ["amy@example.com"]
        assert await given.matches("mail", f"email = 'dan@example.com' AND due_at > now() AND {state}") == 1
        assert await given.count("mail") == 1

    async def test_a_mail_is_leased_to_one_replica_before_it_is_sent(
        self, committing: AuthResources, unique: str
    ) -> None:
        """Another connection sees the lease, so that the mail of a replica that dies is sent by another one."""
        email = f"{unique}@example.com"
        async with transaction(committing.sessions) as session:
            await queue_mail(Stores(session), MailKind.INVITATION, email, name="admin")
        seen: list[int] = []

        class LookingMailer(FakeMailer):
            @override
            async def send(self, mail: EmailMessage) -> None:
                leased = f"email = '{email}' AND tries = 1 AND due_at > now() + interval '4 minutes'"
                async with client_of(app_with(committing)) as client:
                    seen.append(await Given(committing, client).matches("mail", leased))
                await super().send(mail)

        looking = replace(committing, mailer=LookingMailer())
        while await send_next_mail(looking):
            pass
        assert 1 in seen

    async def test_the_metrics_count_mails_that_were_set_aside(self, committing: AuthResources, unique: str) -> None:
        app = app_with(committing)
        register_metrics(app.state.metrics, committing, app.state.fresh_principals)
        async with client_of(app) as client:
            await Given(committing, client).mails()
            before = await self._mails_by_state(client)
            async with transaction(committing.sessions) as session:
                await queue_mail(Stores(session), MailKind.INVITATION, f"{unique}@b..c", name="admin")
            waiting = await self._mails_by_state(client)
            await Given(committing, client).mails()
            after = await self._mails_by_state(client)
        assert waiting == {**before, "waiting": before["waiting"] + 1}
        assert after == {**before, "set_aside": before["set_aside"] + 1}

    async def _mails_by_state(self, client: httpx.AsyncClient) -> dict[str, float]:
        answer = await client.get("/internal/metrics", headers=INTERNAL)
        families = text_string_to_metric_families(answer.text)
        (mails,) = (each for each in families if each.name == "patchwork_mails")
        return {sample.labels["state"]: sample.value for sample in mails.samples}

    async def test_mails_that_were_set_aside_are_deleted_after_three_days(self, given: Given) -> None:
        await self._post_both(given, MailKind.WELCOME, "john..doe@example.com")
        await given.mails()
        await given.prune()
        assert await given.count("mail") == 1
        await given.sql("UPDATE auth.mail SET created_at = now() - interval '73 hours'")
        await given.prune()
        assert await given.count("mail") == 0
