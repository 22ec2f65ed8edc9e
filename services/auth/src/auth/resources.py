import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from auth.clients.provider_http import open_provider_http
from auth.clients.providers import Provider, providers_of
from auth.clients.smtp import Mailer, SmtpMailer
from auth.credential_cache import CredentialCache
from auth.encryption import Encryptor
from auth.instance_name import InstanceNameCache
from auth.passwords import Hasher
from auth.revocation_head import RevocationHead
from auth.revocation_signal import RevocationSignal
from auth.settings import AuthSettings
from shared.aws.credentials import CredentialVendor, open_vendor
from shared.aws.iam import RoleKeeper, open_role_keeper
from shared.aws.probes import Prober, S3Prober
from shared.clients.registry import InstanceDirectory, RegistryClient
from shared.clients.transport import open_peer
from shared.db.budget import PooledProcesses, planned_settings
from shared.db.engine import AsyncEngine, Sessions, open_engine, sessions_of


@dataclass(frozen=True, slots=True)
class AuthResources:
    """Everything that lives as long as the process. Tests construct their own."""

    settings: AuthSettings
    engine: AsyncEngine
    sessions: Sessions
    hasher: Hasher
    encryptor: Encryptor
    vendor: CredentialVendor
    role_keeper: RoleKeeper
    prober: Prober
    registry: InstanceDirectory
    mailer: Mailer | None = None
    providers: Mapping[str, Provider] = field(default_factory=dict)
    feed_head: RevocationHead | None = None
    revocation_signal: RevocationSignal = field(default_factory=RevocationSignal)
    credential_cache: CredentialCache = field(default_factory=CredentialCache)
    instance_names: InstanceNameCache = field(default_factory=InstanceNameCache)
    clock: Callable[[], float] = time.time
    """Seconds since 1970, by which codes of second factors are checked."""

    async def instance_name(self) -> str:
        """The name of this installation in mails and authenticator apps."""
        return await self.instance_names.find(self.settings, self.registry)


_LISTENING_CONNECTIONS = 2
"""A process waits for revocations, and reads the head of their feed, with a connection each."""


def processes_of(settings: AuthSettings) -> list[PooledProcesses]:
    return [PooledProcesses(settings.workers, 2, settings.database.pool_size, besides=_LISTENING_CONNECTIONS)]


@asynccontextmanager
async def open_resources(settings: AuthSettings) -> AsyncIterator[AuthResources]:
    async with AsyncExitStack() as stack:
        [database] = await planned_settings(settings.database, "auth", processes_of(settings))
        engine = await stack.enter_async_context(open_engine(database, "auth"))
        hidden = settings.user_role_external_id
        external_id = hidden.get_secret_value() if hidden else None
        vendor = await stack.enter_async_context(
            open_vendor(settings.aws, settings.user_role_arn, external_id=external_id)
        )
        keeper = await stack.enter_async_context(open_role_keeper(settings.aws))
        registry = await stack.enter_async_context(open_peer(settings.internal.registry_url, settings.internal))
        head = RevocationHead(settings.database.url.get_secret_value())
        stack.push_async_callback(head.close)
        http = await stack.enter_async_context(open_provider_http())
        hasher = Hasher()
        stack.callback(hasher.close)
        yield AuthResources(
            settings=settings,
            engine=engine,
            sessions=sessions_of(engine),
            hasher=hasher,
            encryptor=Encryptor(*(each.get_secret_value() for each in settings.secret_keys)),
            feed_head=head,
            vendor=vendor,
            role_keeper=keeper,
            prober=S3Prober(settings.aws),
            registry=RegistryClient(registry),
            mailer=SmtpMailer(settings.mail) if settings.mail else None,
            providers=providers_of(settings.sso.providers, http),
        )
