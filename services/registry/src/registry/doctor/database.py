"""Checks of the database: an answer, its migrations, its room and connections, its clock, and the jobs in it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ssl import SSLCertVerificationError, SSLError

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from registry.doctor.findings import Finding, failed, ok, warning
from registry.settings import RegistrySettings
from shared.db.engine import open_engine
from shared.db.heads import require_head

APPLICATION = "registry-doctor"
MAX_SHARE_OF_CONNECTIONS = 0.8
MAX_SKEW_SECONDS = 30.0
"""S3 refuses requests whose time is 15 minutes off; one-time codes fail sooner."""
MAX_WAIT = timedelta(minutes=10)
"""Age from which a job that nobody has begun is a finding."""
_EXPIRED = 10
"""OpenSSL's code for a certificate that has expired."""


@asynccontextmanager
async def opened_database(settings: RegistrySettings) -> AsyncIterator[AsyncEngine]:
    database = settings.database.model_copy(update={"pool_size": 1})
    async with open_engine(database, APPLICATION) as engine:
        yield engine


async def check_database(settings: RegistrySettings) -> Sequence[Finding]:
    name = "database"
    async with opened_database(settings) as engine:
        try:
            async with engine.connect() as connection:
                version, used, limit, size = (
                    await connection.execute(
                        text(
                            "SELECT current_setting('server_version'), (SELECT count(*) FROM pg_stat_activity), "
                            "current_setting('max_connections')::int, pg_size_pretty(pg_database_size(current_database()))"
                        )
                    )
                ).one()
                # A table that is gone with its transaction: a full disk refuses it.
                await connection.execute(
                    text("CREATE TEMPORARY TABLE doctor ON COMMIT DROP AS SELECT generate_series(1, 9999)")
                )
        except (OSError, DBAPIError) as error:
            return [failed(name, _reason(error), _advice(error))]
        try:
            await require_head(engine, "registry", "registry")
        except RuntimeError as error:
            return [failed(name, str(error), "Run the migrations, as docs/operations/upgrade.md says")]
    seen = f"Postgres {version}, {size}, {used} of {limit} connections"
    if used >= MAX_SHARE_OF_CONNECTIONS * limit:
        advice = "Raise max_connections, or lower the number of tasks or the pool sizes (…_DATABASE__POOL_SIZE)"
        return [warning(name, seen, advice)]
    return [ok(name, seen)]


def _reason(error: OSError | DBAPIError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(cause).__name__}: {cause}".removeprefix("ProtocolViolation: ")


def _advice(error: OSError | DBAPIError) -> str:
    causes = list(_causes(error))
    states = {str(getattr(each, "sqlstate", None) or "") for each in causes}
    if "53300" in states:
        return "All connections are taken: raise max_connections, or lower the number of tasks or the pool sizes"
    if "53100" in states:
        return "The disk of the database is full: make it larger"
    if states & {"28000", "28P01"}:
        return "The password of the login role is another one: run the set-up of the database, or see docs/operations/rotation.md"
    refused = next((each for each in causes if isinstance(each, SSLError)), None)
    if isinstance(refused, SSLCertVerificationError) and refused.verify_code == _EXPIRED:
        return "The certificate of the database has expired: renew it"
    if refused:
        return "The certificate of the database is not one that PGSSLROOTCERT has, or has expired"
    return "The database must run and be reachable at REGISTRY_DATABASE__URL"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and the errors that it was raised for."""
    found: BaseException | None = error
    while found:
        yield found
        found = (found.orig if isinstance(found, DBAPIError) else None) or found.__cause__ or found.__context__


async def check_clock(settings: RegistrySettings) -> Sequence[Finding]:
    """Compares the clock of this machine with that of the database."""
    async with opened_database(settings) as engine, engine.connect() as connection:
        before = datetime.now(UTC)
        theirs: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
        ours = before + (datetime.now(UTC) - before) / 2
    return [clock_finding("clock", "the database", (ours - theirs).total_seconds())]


def clock_finding(check: str, other: str, ahead_seconds: float) -> Finding:
    if abs(ahead_seconds) <= MAX_SKEW_SECONDS:
        return ok(check, f"{abs(ahead_seconds):.1f} s from that of {other}")
    direction = "ahead of" if ahead_seconds > 0 else "behind"
    seen = f"The clock of this machine is {abs(ahead_seconds):.0f} s {direction} that of {other}"
    return failed(
        check,
        seen,
        "Set the clocks with NTP. S3 refuses requests that are 15 minutes off, and sessions end early or late",
    )


async def check_jobs(settings: RegistrySettings) -> Sequence[Finding]:
    async with opened_database(settings) as engine, engine.connect() as connection:
        waiting, oldest = (
            await connection.execute(text("SELECT count(*), min(created_at) FROM registry.job WHERE state = 'queued'"))
        ).one()
    if oldest is None or datetime.now(UTC) - oldest < MAX_WAIT:
        return [ok("jobs", f"{waiting} wait")]
    minutes = (datetime.now(UTC) - oldest).total_seconds() / 60
    seen = f"{waiting} wait, one of them for {minutes:.0f} minutes"
    return [
        warning(
            "jobs", seen, "See the log of the registry for its workers, and REGISTRY_JOBS__AT_ONCE for their number"
        )
    ]
