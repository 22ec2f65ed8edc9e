"""Administration from a shell: `python -m registry.cli --help`. Settings come from the environment, as for the service."""

import argparse
import asyncio
import sys
import time
from collections import deque
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from pydantic import ValidationError

from registry.canary.run import as_text as canary_text
from registry.canary.run import log_run, record_run, run_canary
from registry.canary.settings import CanarySettings
from registry.doctor.examination import examine
from registry.doctor.findings import FindingState
from registry.doctor.report import as_json, as_text, support_bundle
from registry.follower.directory import DirectoryForbidden
from registry.follower.rebuilding import rebuild
from registry.follower.status import FollowerStatus
from registry.quilt2.db.imports import only_import
from registry.quilt2.db.source_database import name_of_database, open_source_database
from registry.quilt2.importing.import_run import ImportPlan, ImportRun
from registry.quilt2.importing.object_inventory import InventoryCheck
from registry.settings import FollowerSettings, RegistrySettings
from shared.aws.clients import open_s3
from shared.aws.objects import S3ObjectStore
from shared.clients.administration import Administration
from shared.clients.transport import open_peer
from shared.db.engine import open_engine, sessions_of, transaction
from shared.errors import AppError, Invalid, Unavailable
from shared.index.search_vectors import BATCH_VECTORS, estimated_objects, fill_search_vectors
from shared.logging import configure_logging
from shared.schemas.canary import CanaryRunCreate
from shared.schemas.session import KeySet
from shared.signed_reports import verify_report
from shared.tls import http_tls

_PROGRESS_SECONDS = 1.0
"""Seconds between two lines of progress."""
_KEYS_PATH = "/.well-known/jwks.json"
_KEYS_SECONDS = 30.0
MAX_UNRECORDED_RUNS = 100
"""Runs that wait until the registry can record them."""


class ProgressPrinter:
    """Prints a line of progress each second, and one at the end of each stage."""

    def __init__(self) -> None:
        self._printed_at = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._printed_at >= _PROGRESS_SECONDS or done >= total:
            self._printed_at = now
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


def print_outage(reason: str, seconds: float) -> None:
    print(f"{reason}; next try in {seconds:g} s", file=sys.stderr, flush=True)


async def import_quilt2(given: argparse.Namespace, settings: RegistrySettings) -> str:
    if not settings.quilt2.bucket:
        raise SystemExit("REGISTRY_QUILT2__BUCKET is not set. It must name the bucket with the objects of the packages")
    plan = ImportPlan(
        bucket=settings.quilt2.bucket,
        source=given.source or name_of_database(given.origin),
        batch=given.batch,
        check=InventoryCheck(given.check),
        same=frozenset(given.same),
        again=given.again,
        dry_run=given.dry_run,
    )
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_source_database(given.origin))
        engine = await stack.enter_async_context(open_engine(settings.database, "registry-import"))
        await stack.enter_async_context(only_import(engine))
        s3 = await stack.enter_async_context(open_s3(settings.aws))
        auth = await stack.enter_async_context(open_peer(settings.internal.auth_url, settings.internal))
        run = ImportRun(
            plan,
            database=database,
            sessions=sessions_of(engine),
            objects=S3ObjectStore(s3),
            administration=Administration(auth),
            report_progress=ProgressPrinter(),
            report_outage=print_outage,
        )
        await run.run()
        report = await run.import_log.report()
    lines = list(report.lines())
    if given.report:
        await asyncio.to_thread(_write_lines, Path(given.report), lines)
        lines = [f"Reasons: see {given.report}"] if lines else []
    notice = ["Dry run: nothing was written."] if given.dry_run else []
    return "\n".join([*report.summary(), *lines, *notice])


async def rebuild_search(given: argparse.Namespace, settings: FollowerSettings) -> str:
    progress = ProgressPrinter()
    if given.postgres:
        return await _fill_search_vectors(settings, progress)

    def report(status: FollowerStatus) -> None:
        if status.head:
            progress("Changes", status.position, status.head)

    try:
        return await rebuild(settings, report, if_missing=given.if_missing)
    except DirectoryForbidden as error:
        raise SystemExit(f"{error}. Set REGISTRY_SEARCH__DIRECTORY to another directory") from error


async def _fill_search_vectors(settings: FollowerSettings, progress: ProgressPrinter) -> str:
    after: tuple[str, str] | None = ("", "")
    seen = made = total = 0
    async with open_engine(settings.database, "registry-rebuild-search") as engine:
        while after:
            async with transaction(sessions_of(engine)) as session:
                after, filled = await fill_search_vectors(session, after)
                total = total or await estimated_objects(session)
            seen += BATCH_VECTORS
            made += filled
            progress("Objects", min(seen, total) if after else total, total)
    return f"Made the search vectors of {made} objects, and of all packages without them."


async def doctor(given: argparse.Namespace, settings: RegistrySettings) -> str:
    findings = await examine(settings, given.only)
    if given.bundle:
        await asyncio.to_thread(Path(given.bundle).write_bytes, support_bundle(findings, settings))
    if any(each.state is FindingState.FAILED for each in findings):
        given.status = 1
    return as_json(findings) if given.json else as_text(findings)


async def canary(given: argparse.Namespace, settings: CanarySettings) -> str:
    configure_logging(settings.log, "canary")
    unrecorded: deque[CanaryRunCreate] = deque(maxlen=MAX_UNRECORDED_RUNS)
    while True:
        began = time.monotonic()
        run = await run_canary(settings)
        unrecorded.append(run)
        problem = ""
        while unrecorded and not problem:  # what an outage kept from being recorded is recorded after it
            if not (problem := await record_run(settings, unrecorded[0])):
                unrecorded.popleft()
        if not given.forever:
            given.status = int(bool(problem) or any(each.outcome != "passed" for each in run.steps))
            if given.log:
                log_run(run)
            return canary_text(run) + (f"\nThe run was not recorded: {problem}" if problem else "")
        log_run(run)
        await asyncio.sleep(max(0.0, settings.every_seconds - (time.monotonic() - began)))


async def verify_signed_report(given: argparse.Namespace, _: object) -> str:
    try:
        keys = KeySet.model_validate_json(await _read_keys(given.keys)).keys
        report = await asyncio.to_thread(Path(given.file).read_bytes)
    except OSError as error:
        raise Invalid(f"{error.filename} cannot be read: {error.strerror}") from error
    except httpx.HTTPError as error:
        raise Unavailable(f"{given.keys} did not give its keys: {error or type(error).__name__}") from error
    except ValidationError as error:
        raise Invalid(
            f"{given.keys} has no keys: give the registry's address, or a copy of its {_KEYS_PATH}"
        ) from error
    seal = verify_report(report, keys)
    return f"Signed by {seal.issuer} at {seal.signed_at:%Y-%m-%d %H:%M:%S} UTC, and unchanged"


async def _read_keys(place: str) -> bytes:
    if not place.startswith(("https://", "http://")):
        return await asyncio.to_thread(Path(place).read_bytes)
    async with httpx.AsyncClient(timeout=_KEYS_SECONDS, verify=http_tls()) as http:
        answer = await http.get(f"{place.rstrip('/')}{_KEYS_PATH}")
        return answer.raise_for_status().content


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m registry.cli", description="Administration of packages and search.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    summary = "Import users, packages and events of a Quilt 2 registry from its database. Run it again to continue."
    command = commands.add_parser("import-quilt2", help=summary, description=summary)
    command.set_defaults(run=import_quilt2, settings=RegistrySettings)
    command.add_argument(
        "--from", dest="origin", required=True, metavar="postgresql://…", help="database of the Quilt 2 registry"
    )
    command.add_argument("--dry-run", action="store_true", help="write nothing, and report what would be left out")
    command.add_argument("--batch", type=int, default=200, help="users, packages or events in one batch (200)")
    command.add_argument("--report", metavar="FILE", help="file for the list of what was left out, with reasons")
    command.add_argument(
        "--check",
        choices=[each.value for each in InventoryCheck],
        default=InventoryCheck.LIST.value,
        help="check of the objects: list the bucket (default), request each, request some of each instance, or none",
    )
    command.add_argument(
        "--same",
        action="append",
        default=[],
        metavar="NAME",
        help="the account of this name here belongs to the same person, even if the e-mail addresses differ; may be repeated",
    )
    command.add_argument("--again", action="store_true", help="check imported packages again for new revisions")
    command.add_argument(
        "--source", help="name of the other registry in the import log (default: host, port and database)"
    )
    summary = "Build the search index of this machine again from Postgres, and upload a snapshot of it."
    command = commands.add_parser(
        "rebuild-search",
        help=summary,
        description=f"{summary} Searches find less until it has all documents. A follower that runs on this machine does the work, "
        "and the command waits for it. The snapshot goes to REGISTRY_SEARCH__SNAPSHOT_BUCKET; other machines start from it.",
    )
    command.set_defaults(run=rebuild_search, settings=FollowerSettings)
    command.add_argument(
        "--if-missing",
        action="store_true",
        help="do nothing if there is a snapshot that this version can start from: before an upgrade",
    )
    command.add_argument(
        "--postgres",
        action="store_true",
        help="build what the search in Postgres needs instead (INDEXER_POSTGRES_SEARCH, REGISTRY_SEARCH__BACKEND)",
    )
    summary = "Check the installation from within, and say what to do. The exit status is 1 when something has failed."
    command = commands.add_parser(
        "doctor",
        help=summary,
        description=f"{summary} It looks at the database, clocks, the other services, the settings that services share, the object "
        "store (by writing and removing some small objects), registered buckets, the search index, waiting jobs, public addresses "
        "and their certificates.",
    )
    command.set_defaults(run=doctor, settings=RegistrySettings)
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CHECK",
        help="run this check alone, such as database; may be repeated",
    )
    command.add_argument(
        "--bundle",
        metavar="FILE",
        help="also write a ZIP archive for somebody who helps: findings, versions and settings without secrets",
    )
    summary = "Do what clients do, against the public addresses, and record the run. The exit status is 1 when a step has failed."
    command = commands.add_parser("canary", help=summary, description=summary)
    command.set_defaults(run=canary, settings=CanarySettings)
    command.add_argument(
        "--forever", action="store_true", help="run again every CANARY_EVERY_SECONDS, and log instead of printing"
    )
    command.add_argument("--log", action="store_true", help="also write the line of the log that alarms count")
    summary = "Check that a report is as the installation has signed it."
    command = commands.add_parser("verify-report", help=summary, description=summary)
    command.set_defaults(run=verify_signed_report, settings=lambda: None)
    command.add_argument("file", metavar="FILE")
    command.add_argument(
        "--keys",
        required=True,
        metavar="URL|FILE",
        help=f"address of the registry, or a saved copy of its {_KEYS_PATH}",
    )
    return root


def main() -> None:
    given = parser().parse_args()
    given.status = 0
    try:
        print(asyncio.run(given.run(given, given.settings())))  # from the environment
    except AppError as error:
        raise SystemExit(str(error)) from error
    raise SystemExit(given.status)


if __name__ == "__main__":
    main()
