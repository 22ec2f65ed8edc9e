"""The auth service: people, sessions, tokens, roles and vended credentials."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog
from fastapi import FastAPI

from auth.db.stores import Stores
from auth.resources import AuthResources, open_resources
from auth.routes import (
    accounts,
    administration,
    api_keys,
    audit,
    browsers,
    callers,
    credentials,
    internal,
    invitations,
    keys,
    ledger,
    oauth,
    package_events,
    quilt_accounts,
    quilt_admin,
    second_factors,
    sessions,
    sso,
    tickets,
)
from auth.routes.cookies import PATH
from auth.routes.deps import DatabasePrincipals
from auth.routes.middleware import RevocationBarrier
from auth.services.housekeeping import prune_expired
from auth.services.keys import KeyService
from auth.services.mail.outbox import send_next_mail
from auth.services.principal_cache import CheckedPrincipalCache
from auth.services.seed import seed
from auth.services.vending.iam import IamService
from auth.services.vending.self_test import Observer
from auth.settings import AuthSettings
from shared.audit import AuditQueue
from shared.db.engine import connections, ping, transaction
from shared.db.heads import require_head
from shared.errors import AppError
from shared.metrics import Metric, Metrics, gauge
from shared.principals import PRINCIPAL_LOOKUPS
from shared.rates import RequestRates
from shared.revocations import lookups
from shared.runtime import on_stop, settle_heap, supervised
from shared.schemas.audit import AuditEvent
from shared.schemas.principal import EVERY_BUCKET
from shared.web.app import build_app
from shared.web.workers import group_of

PUBLIC = frozenset(
    {
        "GET /.well-known/jwks.json",
        "GET /login",
        "POST /api/login",
        "POST /api/token",
        # For tools, which have no secret.
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/openid-configuration",
        "GET /auth/.well-known/jwks.json",
        "POST /auth/register",
        "POST /auth/token",
        "POST /auth/revoke",
        "POST /api/connect/validate",
        # Single sign-on.
        "GET /api/v1/sso",
        "GET /api/v1/sso/{provider}/start",
        "GET /api/v1/sso/{provider}/callback",
        "GET /oauth_callback",
        "GET /oidc-authorize/{provider}",
        # Accounts of people who cannot sign in.
        "POST /api/register",
        "GET /activate/{link}",
        "POST /api/reset_password",
        "POST /api/change_password",
        "POST /api/v1/accounts",
        "POST /api/v1/accounts/activate",
        "POST /api/v1/accounts/invitation",
        "POST /api/v1/accounts/reset",
        "POST /api/v1/accounts/password",
        "POST /api/v1/keys/revoke-leaked",
        # These accept expired tokens, and verify them themselves.
        "POST /api/logout",
        "POST /api/refresh",
        # These authenticate by the browser's cookie.
        "POST /api/v1/session",
        "POST /api/v1/session/refresh",
        "DELETE /api/v1/session",
    }
)
"""Routes that need no caller."""

TIDY_PAUSE_SECONDS = 300
IAM_PAUSE_SECONDS = 2
OBSERVE_PAUSE_SECONDS = 5
MAIL_PAUSE_SECONDS = 1

ROUTERS = [
    sessions.router,
    sso.router,
    oauth.router,
    browsers.router,
    credentials.router,
    keys.router,
    administration.public,
    accounts.router,
    invitations.of_everybody,
    second_factors.router,
    quilt_accounts.router,
    api_keys.router,
    tickets.router,
    quilt_admin.router,
    audit.router,
    internal.router,
    administration.inner,
    ledger.router,
    package_events.router,
    callers.router,
]

log = structlog.get_logger()


def create_app(settings: AuthSettings | None = None) -> FastAPI:
    settled = settings or AuthSettings()  # from the environment

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settled) as resources:
            await require_head(resources.engine, "auth", "auth")
            await prepare(resources)
            trail = AuditQueue("auth", lambda events: write_audit(resources, events))
            furnish(app, resources, trail)
            register_metrics(app.state.metrics, resources, app.state.fresh_principals)
            settle_heap()
            loops = (prune_tables, send_mails, keep_iam_in_step, observe_roles, listen_for_revocations)
            works = [partial(loop, resources) for loop in loops]
            with on_stop(resources.revocation_signal.stop):
                async with supervised(*works, trail.run):
                    yield

    app = build_app(
        "auth",
        settled,
        lifespan,
        ROUTERS,
        cookies={PATH: settled.public.catalog_origin},
        has_tls=settled.public.registry_url.startswith("https://"),
    )
    app.add_middleware(RevocationBarrier)
    return app


def register_metrics(metrics: Metrics, resources: AuthResources, fresh: CheckedPrincipalCache) -> None:
    async def mails() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            states = await Stores(session).mails.count_by_state()
        counted = {("state", state): float(count) for state, count in states.items()}
        return [gauge("patchwork_mails", "Mails that are waiting to be sent, or were set aside.", counted)]

    metrics.probe(mails)
    metrics.reads("gauge", "patchwork_database_connections", "To Postgres.", connections(resources.sessions))
    metrics.reads("counter", *PRINCIPAL_LOOKUPS, lookups(fresh.cache))


def furnish(app: FastAPI, resources: AuthResources, trail: AuditQueue | None = None) -> None:
    app.state.resources = resources
    app.state.audit = trail
    app.state.rates = RequestRates(resources.settings.rates, shared=group_of(app).rates_file)
    app.state.principals = DatabasePrincipals(resources)
    app.state.fresh_principals = CheckedPrincipalCache(resources, resources.feed_head)
    app.state.checks = {"database": lambda: ping(resources.engine)}
    app.state.outside_checks = {"sts": partial(reach_sts, resources)} if resources.settings.sts else {}


async def reach_sts(resources: AuthResources) -> None:
    """Raises Unavailable."""
    await resources.vendor.identity()


async def write_audit(resources: AuthResources, events: list[AuditEvent]) -> None:
    async with transaction(resources.sessions) as session:
        await Stores(session).audit.add(events)


async def prepare(resources: AuthResources) -> None:
    """Make the first signing key, roles and administrator, where there are none."""
    async with transaction(resources.sessions) as session:
        stores = Stores(session)
        await KeyService(stores, resources.encryptor, resources.settings).ensure()
        await seed(stores, resources.hasher, resources.settings)
        if resources.settings.second_factor in {"administrators", "everybody"}:
            # Services may have cached people of whom the setting now demands a second factor.
            await stores.revocations.add(EVERY_BUCKET)


async def prune_tables(resources: AuthResources) -> None:
    while True:
        try:
            async with transaction(resources.sessions) as session:
                stores = Stores(session)
                settings = resources.settings
                keys = KeyService(stores, resources.encryptor, settings)
                await prune_expired(stores, keys, audit_days=settings.audit_days)
        except Exception:
            log.exception("tidying_failed")
        await asyncio.sleep(TIDY_PAUSE_SECONDS)


async def send_mails(resources: AuthResources) -> None:
    while True:
        try:
            while await send_next_mail(resources):
                pass
        except Exception:
            log.exception("posting_failed")
        await asyncio.sleep(MAIL_PAUSE_SECONDS)


async def keep_iam_in_step(resources: AuthResources) -> None:
    iam = IamService(resources)
    while resources.settings.iam.manage:
        try:
            await iam.keep_in_step()
        except AppError as error:
            log.warning("iam_not_in_step", error=str(error))
        except Exception:
            log.exception("iam_not_in_step")
        await asyncio.sleep(IAM_PAUSE_SECONDS)


async def listen_for_revocations(resources: AuthResources) -> None:
    await resources.revocation_signal.listen(resources.settings.database.url.get_secret_value())


async def observe_roles(resources: AuthResources) -> None:
    observer = Observer(resources)
    while True:
        await asyncio.sleep(OBSERVE_PAUSE_SECONDS)
        try:
            await observer.observe_roles()
        except AppError as error:
            log.warning("roles_not_observed", error=str(error))
        except Exception:
            log.exception("roles_not_observed")
