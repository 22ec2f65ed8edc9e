"""Administration from a shell: `python -m registry.cli --help`. Settings come from the environment, as the service's do."""

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


class ProgressPrinter:
    """A line each second, and one at the end of each stage."""

    def __init__(self) -> None:
        self._said = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said >= _PROGRESS_SECONDS or done >= total:
            self._said = now
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


async def import_quilt2(given: argparse.Namespace, settings: RegistrySettings) -> str:
    if not settings.quilt2.bucket:
        raise SystemExit("REGISTRY_QUILT2__BUCKET is not set: where are the objects of the packages?")
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
        await asyncio.to_thread(_write, Path(given.report), lines)
        lines = [f"Why: see {given.report}"] if lines else []
    tried = ["This was a trial: nothing was written."] if given.dry_run else []
    return "\n".join([*report.summary(), *lines, *tried])


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m registry.cli", description="Administration of packages.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    help_ = "Take over people, packages and events of a Quilt 2 registry from its database; run it again to go on."
    made = commands.add_parser("import-quilt2", help=help_, description=help_)
    made.set_defaults(run=import_quilt2)
    made.add_argument("--from", dest="origin", required=True, metavar="postgresql://…", help="the other database")
    made.add_argument("--dry-run", action="store_true", help="write nothing; tell what would be left out")
    made.add_argument("--batch", type=int, default=200, help="people, packages or events at a time (200)")
    made.add_argument("--report", metavar="FILE", help="where to write what was left out, and why")
    made.add_argument(
        "--check",
        choices=[each.value for each in InventoryCheck],
        default=InventoryCheck.LIST.value,
        help="how to look for the objects: list the bucket (the default), ask for each, for some of each instance, or none",
    )
    made.add_argument(
        "--same",
        action="append",
        default=[],
        metavar="NAME",
        help="an account of this name here is the same person's, whatever the addresses say; may be repeated",
    )
    made.add_argument("--again", action="store_true", help="look at imported packages once more, for what is new")
    made.add_argument("--source", help="what to call the other registry in our notes (host, port and database)")
    return top


def main() -> None:
    given = parser().parse_args()
    try:
        print(asyncio.run(given.run(given, RegistrySettings())))  # from the environment
    except AppError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
