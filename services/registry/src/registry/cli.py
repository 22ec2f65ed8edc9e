"""Administration from a shell: `python -m registry.cli --help`. Settings come from the environment, as for the service."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from registry.quilt2.db.imports import only_import
from registry.quilt2.db.source_database import name_of_database, open_source_database
from registry.quilt2.importing.import_run import ImportPlan, ImportRun
from registry.quilt2.importing.object_inventory import InventoryCheck
from registry.settings import RegistrySettings
from shared.aws.clients import open_s3
from shared.aws.objects import S3ObjectStore
from shared.clients.administration import Administration
from shared.clients.transport import open_peer
from shared.db.engine import open_engine, sessions_of
from shared.errors import AppError

_PROGRESS_SECONDS = 1.0
"""Seconds between two lines of progress."""


class ProgressPrinter:
    """Prints a line of progress each second, and one at the end of each stage."""

    def __init__(self) -> None:
        self._printed_at = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._printed_at >= _PROGRESS_SECONDS or done >= total:
            self._printed_at = now
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


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
        )
        await run.run()
        report = await run.import_log.report()
    lines = list(report.lines())
    if given.report:
        await asyncio.to_thread(_write_lines, Path(given.report), lines)
        lines = [f"Reasons: see {given.report}"] if lines else []
    notice = ["Dry run: nothing was written."] if given.dry_run else []
    return "\n".join([*report.summary(), *lines, *notice])


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m registry.cli", description="Administration of packages.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    summary = "Import users, packages and events of a Quilt 2 registry from its database. Run it again to continue."
    command = commands.add_parser("import-quilt2", help=summary, description=summary)
    command.set_defaults(run=import_quilt2)
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
    return root


def main() -> None:
    given = parser().parse_args()
    try:
        print(asyncio.run(given.run(given, RegistrySettings())))  # from the environment
    except AppError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
