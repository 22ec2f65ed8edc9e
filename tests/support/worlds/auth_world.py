"""Resources of an auth service for tests, and `Given`, which makes users and signs them in."""

import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Protocol

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from support.worlds.shared_routes import with_shared_routes

from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.main import create_app, furnish
from auth.passwords import Hasher
from auth.resources import AuthResources
from auth.services.housekeeping import prune_expired
from auth.services.keys import KeyService
from auth.services.mail.outbox import send_next_mail
from auth.services.roles import RoleService
from auth.services.users import UserService
from auth.settings import AdminSettings, AuthSettings, MailSettings
from shared.db.engine import sessions_of, transaction
from shared.schemas.principal import Level
from shared.schemas.role import RoleCreate
from shared.schemas.user import User, UserCreate
from shared.settings import DatabaseSettings, InternalSettings, PublicSettings
from shared.testing.credentials import FakeProber, FakeRoleKeeper, FakeVendor
from shared.testing.mail import FakeMailer
from shared.testing.registry import FakeRegistry

INTERNAL = {"Authorization": "Bearer internal-token"}
PASSWORD = "correct horse battery"


def settings_for(url: str, **changes: Any) -> AuthSettings:
    return AuthSettings(
        **{
            "profile": "development",
            "database": DatabaseSettings(url=SecretStr(url)),
            "internal": InternalSettings(token=SecretStr("internal-token")),
            "public": PublicSettings(
                catalog_url="http://catalog.test",
                registry_url="http://registry.test",
                s3proxy_url="http://proxy.test",
                packages_url="http://packages.test",
            ),
            "secret_key": SecretStr("secret key of tests"),
            "user_role_arn": "arn:aws:iam::000000000000:role/people",
            "mail": MailSettings(host="mail.test", sender="quilt@example.com"),
            "security_mails": False,
            "admin": AdminSettings(name="admin", email="admin@example.com", password=SecretStr("quilt")),
            **changes,
        }
    )


def resources_for(settings: AuthSettings, engine: AsyncEngine) -> AuthResources:
    return AuthResources(
        settings=settings,
        engine=engine,
        sessions=sessions_of(engine),
        hasher=Hasher(time_cost=1, memory_kib=8),
        encryptor=Encryptor(*(each.get_secret_value() for each in settings.secret_keys)),
        vendor=FakeVendor(),
        role_keeper=FakeRoleKeeper(),
        prober=FakeProber(),
        registry=FakeRegistry(),
        mailer=FakeMailer(),
    )


class MakeDatabase(Protocol):
    """Makes an empty database with the schema `auth`; returns its URL."""

    async def __call__(self, name: str) -> str: ...


@dataclass
class Given:
    """Makes users and roles for a test, and signs users in through the API."""

    resources: AuthResources
    client: httpx.AsyncClient

    async def user(
        self, name: str = "amy", *, is_admin: bool = False, roles: list[str] | None = None, password: str = PASSWORD
    ) -> User:
        new = UserCreate(name=name, email=f"{name}@example.com", password=password, is_admin=is_admin, roles=roles)
        async with transaction(self.resources.sessions) as session:
            return await UserService(Stores(session), self.resources.hasher, self.resources.settings).create(new)

    async def role(self, name: str, permissions: dict[str, Level]) -> None:
        async with transaction(self.resources.sessions) as session:
            await RoleService(Stores(session), self.resources.settings).create(
                RoleCreate(name=name, permissions=permissions)
            )

    async def permit(self, admin: dict[str, str], role: str, permissions: dict[str, Level]) -> None:
        """Change the one policy of a role."""
        (policy,) = (await self.client.get(f"/api/v1/admin/roles/{role}", headers=admin)).json()["policies"]
        body = {"title": policy["title"], "permissions": permissions}
        answer = await self.client.put(f"/api/v1/admin/policies/{policy['id']}", headers=admin, json=body)
        assert answer.status_code == 200, answer.text

    async def token(self, name: str = "amy", password: str = PASSWORD) -> str:
        answer = await self.client.post("/api/login", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    async def caller(self, name: str = "amy", **how: Any) -> dict[str, str]:
        """Make a user; returns headers with their token."""
        await self.user(name, **how)
        return bearer(await self.token(name))

    async def admin(self) -> dict[str, str]:
        return bearer(await self.token("admin", "quilt"))

    async def grant(self, caller: dict[str, str]) -> dict[str, Any]:
        code = (await self.client.get("/api/code", headers=caller)).json()["code"]
        answer = await self.client.post("/api/token", data={"refresh_token": code})
        assert answer.status_code == 200, answer.text
        grant: dict[str, Any] = answer.json()
        return grant

    async def mails(self) -> list[EmailMessage]:
        """Send all due mails; returns them."""
        mailer = self.resources.mailer
        assert isinstance(mailer, FakeMailer)
        before = len(mailer.sent)
        while await send_next_mail(self.resources):
            pass
        return mailer.sent[before:]

    async def prune(self) -> None:
        async with transaction(self.resources.sessions) as session:
            stores = Stores(session)
            settings = self.resources.settings
            keys = KeyService(stores, self.resources.encryptor, settings)
            await prune_expired(stores, keys, audit_days=settings.audit_days)

    async def sql(self, statement: str) -> None:
        """Run a statement, for changes that otherwise only time makes."""
        async with transaction(self.resources.sessions) as session:
            await session.execute(text(statement))

    async def count(self, table: str) -> int:
        return await self.matches(table, "true")

    async def matches(self, table: str, condition: str) -> int:
        query = f"SELECT count(*) FROM auth.{table} WHERE {condition}"  # noqa: S608
        async with transaction(self.resources.sessions) as session:
            return int((await session.execute(text(query))).scalar_one())

    async def is_lock_awaited(self) -> bool:
        """Test whether a connection to this database waits for a lock."""
        query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
        async with transaction(self.resources.sessions) as session:
            return bool((await session.execute(text(query))).scalar_one())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def link_in(mail: EmailMessage) -> str:
    """The address of the mail's link."""
    found = re.search(r"^    (http\S+)$", text_of(mail), re.MULTILINE)
    assert found, text_of(mail)
    return found[1]


def code_in(mail: EmailMessage) -> str:
    return re.split("[/=]", link_in(mail))[-1]


def app_with(resources: AuthResources) -> FastAPI:
    app = with_shared_routes(create_app(resources.settings))
    furnish(app, resources)
    return app


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry.test")
