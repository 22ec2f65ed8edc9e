"""`python -m shared.upgrade SERVICE`: with the image of a new version and the settings of the present one, says whether a service can be
upgraded, and what to do first. It changes nothing. The exit status is 1 when something is to be done first.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from stat import S_ISREG
from typing import Any, get_args, get_origin

import asyncpg
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.db.engine import AsyncEngine, open_engine
from shared.db.heads import is_ahead, newest_revision, revision_of
from shared.settings import AwsSettings, DatabaseSettings, PublicSettings

SCHEMAS = {"auth": "auth", "registry": "registry", "indexer": "index"}
SERVICES = (*SCHEMAS, "s3proxy")
MIN_POSTGRES = 15
"""Major version of Postgres that this version needs."""
DATABASE_SECONDS = 30.0
"""Time for all questions to the database. The audit trail of a large installation takes some seconds."""
MIN_FREE_BYTES = 1 << 30
TESTED_CLIENTS = ("3.1.14", "5.4.0", "8.0.0")
"""Versions of quilt3 that the tests run."""
OLDEST_CLIENT = (3, 1)
SHARED_GROUPS = (AwsSettings, DatabaseSettings, PublicSettings)
"""Groups of settings that many services have. Where all get the same, some get what they do not need."""
ROOM_FACTOR = 3
"""A search index needs three times its size while its files are merged, or while a new version makes another one."""


@dataclass(frozen=True, slots=True)
class UpgradeFinding:
    is_blocking: bool
    """To be done before the upgrade; otherwise good to know."""
    text: str


def must(what: str) -> UpgradeFinding:
    return UpgradeFinding(is_blocking=True, text=what)


def note(what: str) -> UpgradeFinding:
    return UpgradeFinding(is_blocking=False, text=what)


async def examine_upgrade(service: str, environment: Mapping[str, str]) -> list[UpgradeFinding]:
    model = settings_of(service)
    findings = list(unknown_settings(model, environment))
    try:
        settings: Any = model()  # from the environment
    except ValidationError as error:
        wrong = {"__".join(map(str, each["loc"])): each["msg"] for each in error.errors()}
        prefix = str(model.model_config.get("env_prefix", ""))
        return [*findings, *(must(f"{prefix}{name.upper()}: {said}") for name, said in wrong.items())]
    if service in SCHEMAS:
        findings += await _database_findings(service, settings.database)
    if service == "registry":
        findings += _room_findings(settings.search.directory)
    return findings


def settings_of(service: str) -> type[BaseSettings]:
    """The settings of a service whose code is here."""
    found = vars(import_module(f"{service}.settings")).values()
    prefix = f"{service.upper()}_"
    return next(
        each
        for each in found
        if isinstance(each, type)
        and issubclass(each, BaseSettings)
        and each.model_config.get("env_prefix") == prefix
        and "internal" in each.model_fields
    )


def unknown_settings(model: type[BaseSettings], environment: Mapping[str, str]) -> Iterator[UpgradeFinding]:
    """Variables that this version does not read: it has removed or renamed them, or they are misspelt."""
    prefix = str(model.model_config.get("env_prefix", ""))
    names = {
        *_names(model, prefix),
        *(name for each in SHARED_GROUPS for name in _names(each, f"{prefix}{_group(each)}__")),
    }
    groups = tuple(_named_groups(model, prefix))
    for variable in sorted(environment):
        if not variable.startswith(prefix) or variable.startswith(groups):
            continue
        name = variable.removesuffix("_FILE")
        if name in names or variable in names:
            continue
        close = get_close_matches(name, names, 1)
        advice = f"perhaps {close[0]} is meant" if close else "remove it"
        yield must(f"{variable} is not a setting of this version: {advice}; see the notes of the release")


def _group(model: type[BaseModel]) -> str:
    return model.__name__.removesuffix("Settings").upper()


def _names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.validation_alias if isinstance(field.validation_alias, str) else f"{prefix}{name.upper()}"
        for each in _models_in(field.annotation):
            yield from _names(each, f"{prefix}{name.upper()}__")


def _named_groups(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """Beginnings of variables in which an administrator chooses a name."""
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is dict or any(get_origin(each) is dict for each in get_args(field.annotation)):
            yield f"{prefix}{name.upper()}__"
        for each in _models_in(field.annotation):
            yield from _named_groups(each, f"{prefix}{name.upper()}__")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            yield each


async def _database_findings(service: str, settings: DatabaseSettings) -> list[UpgradeFinding]:
    schema = SCHEMAS[service]
    one = settings.model_copy(update={"pool_size": 1})
    try:
        async with asyncio.timeout(DATABASE_SECONDS), open_engine(one, f"{service}-upgrade-check") as engine:
            return [
                *await _version_findings(engine),
                *await _migration_findings(engine, service, schema),
                *(await _job_findings(engine) if service == "registry" else []),
                *(await _client_findings(engine) if service == "auth" else []),
            ]
    except TimeoutError:
        return [must(f"The database does not answer within {DATABASE_SECONDS:g} s. `doctor` says more")]
    except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [must(f"The database does not answer: {type(error).__name__}. `doctor` says more")]


async def _version_findings(engine: AsyncEngine) -> list[UpgradeFinding]:
    async with engine.connect() as connection:
        found = int((await connection.execute(text("SELECT current_setting('server_version_num')"))).scalar_one())
    if found // 10_000 < MIN_POSTGRES:
        return [must(f"Postgres {found // 10_000} is too old: this version needs Postgres {MIN_POSTGRES} or newer")]
    return []


async def _migration_findings(engine: AsyncEngine, service: str, schema: str) -> list[UpgradeFinding]:
    found, head = await revision_of(engine, schema), newest_revision(service)
    if found is None:
        return [note(f"The schema {schema} is new: its migrations make it")]
    if is_ahead(service, found):
        return [must(f"The schema {schema} is at {found}, which a newer version than this one made")]
    if found != head:
        return [note(f"The migrations of {schema} from {found} to {head} wait; the upgrade runs them first")]
    return []


async def _job_findings(engine: AsyncEngine) -> list[UpgradeFinding]:
    async with engine.connect() as connection:
        counts = await import_module("registry.db.upgrades").count_waiting_work(connection)
    return [
        note(f"{kind} that wait or run: {count}. They are given back and go on after the upgrade")
        for kind, count in counts.items()
        if count
    ]


async def _client_findings(engine: AsyncEngine) -> list[UpgradeFinding]:
    async with engine.connect() as connection:
        versions = await import_module("auth.db.upgrades").find_client_versions(connection)
    found = sorted(versions, key=_numbers)
    too_old = [each for each in found if _numbers(each) < OLDEST_CLIENT]
    served = [each for each in found if each not in too_old]
    known = ", ".join(TESTED_CLIENTS)
    return [
        *(must(f"Somebody uses quilt3 {each}: this version serves quilt3 from 3.1 on") for each in too_old),
        *([note(f"People use quilt3 {', '.join(served)}; the tests of this version run {known}")] if served else []),
    ]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split(".") if each)


def _room_findings(directory: Path) -> list[UpgradeFinding]:
    if not directory.exists():
        return []
    used = sum(map(_size, directory.rglob("*")))
    free, needed = shutil.disk_usage(directory).free, max(MIN_FREE_BYTES, ROOM_FACTOR * used)
    if free < needed:
        return [
            must(
                f"The disk of {directory} has {free / 1e9:.1f} GB left; a new search index beside the present one needs {needed / 1e9:.1f} GB"
            )
        ]
    return []


def _size(path: Path) -> int:
    """Bytes of a file; 0 for what is none, and for one that the running service has just removed."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    return found.st_size if S_ISREG(found.st_mode) else 0


def as_text(findings: Sequence[UpgradeFinding]) -> str:
    lines = [f"{'first' if each.is_blocking else 'note':<6}{each.text}" for each in findings]
    blocking = sum(each.is_blocking for each in findings)
    return "\n".join([*lines, f"{blocking} to be done first" if blocking else "Can be upgraded"])


def main() -> None:
    parser = argparse.ArgumentParser("python -m shared.upgrade", description="Say whether a service can be upgraded.")
    parser.add_argument("service", choices=SERVICES)
    given = parser.parse_args()
    findings = asyncio.run(examine_upgrade(given.service, os.environ))
    sys.stdout.write(as_text(findings) + "\n")
    raise SystemExit(any(each.is_blocking for each in findings))


if __name__ == "__main__":
    main()
