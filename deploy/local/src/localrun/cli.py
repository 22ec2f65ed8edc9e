"""`patchwork`: run the system on this machine, and administer it."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import psutil

from localrun.configuration import BadConfiguration, Configuration
from localrun.credentials import SystemSecrets
from localrun.emulator import EmulatorUnusable
from localrun.external_services import ExternalServices
from localrun.offline import DirectoryUnusable
from localrun.paths import ROOT
from localrun.ports import PortTaken
from localrun.postgres import PostgresUnusable
from localrun.supervisor import StartFailed
from localrun.system import SCHEMAS, SERVICES, InnerPorts, System

ENVIRONMENT = """\
environment variables (defaults in parentheses):
  PATCHWORK_DATA            data directory (.patchwork)
  PATCHWORK_HOST            host name in all URLs (localhost)
  PATCHWORK_BIND            IP address to listen on (127.0.0.1)
  PATCHWORK_CATALOG_PORT    port of the web catalog (3000)
  PATCHWORK_REGISTRY_PORT   port of the registry (5000)
  PATCHWORK_S3_PORT         port of S3 (5001)
  PATCHWORK_S3PROXY_PORT    port of the S3 proxy (5002)
  PATCHWORK_PACKAGES_PORT   port of the package gateway (5003)
  PATCHWORK_ADMIN_PASSWORD  password of the first administrator (quilt; random if PATCHWORK_BIND lets others in)
  PATCHWORK_LOG_FORMAT      log format of the services: console or json (console)
  PATCHWORK_POSTGRES_BIN    bin directory of another Postgres installation
"""
SECRETS = ("database-passwords", "internal-token", "secret-key", "store-keys")
IMPORT_QUILT2 = "import-quilt2"
REBUILD_SEARCH = "rebuild-search"
DOCTOR = "doctor"
CANARY = "canary"
VERIFY_REPORT = "verify-report"
REGISTRY_COMMANDS = frozenset({IMPORT_QUILT2, REBUILD_SEARCH, DOCTOR, CANARY, VERIFY_REPORT})
HELP = frozenset({"-h", "--help"})


class NotRunning(Exception):
    """The command needs a running system."""


def main() -> None:
    options, rest = _parser().parse_known_args()
    if rest and options.command not in {*SCHEMAS, *REGISTRY_COMMANDS}:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        sys.exit(_run(options, [*getattr(options, "arguments", []), *rest]))
    except (
        BadConfiguration,
        EmulatorUnusable,
        NotRunning,
        PortTaken,
        PostgresUnusable,
        StartFailed,
        DirectoryUnusable,
    ) as error:
        sys.exit(f"patchwork: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "patchwork",
        description="Run the system on this machine, and administer it.",
        epilog=ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="run the system in the foreground; Ctrl-C stops it")
    up.add_argument("--reload", action="store_true", help="restart services when their code changes")
    up.add_argument(
        "--env-file", type=Path, metavar="FILE", help="file with settings, by their names here or in a Quilt 2 registry"
    )
    up.add_argument(
        "--ports",
        metavar="CATALOG,REGISTRY",
        help="ports of the web catalog and the registry; with --env-file 80,5000, as in Quilt 2",
    )
    up.add_argument("--verbose", action="store_true", help="show all log lines, not only warnings")
    commands.add_parser("demo", help="push example packages to the running system with the quilt3 client")
    commands.add_parser(
        IMPORT_QUILT2,
        help="import a Quilt 2 registry from its database; see patchwork import-quilt2 --help",
        add_help=False,
    )
    commands.add_parser(
        REBUILD_SEARCH,
        help="build the search index again; see patchwork rebuild-search --help",
        add_help=False,
    )
    commands.add_parser(
        DOCTOR,
        help="check the running system, and say what to do; see patchwork doctor --help",
        add_help=False,
    )
    commands.add_parser(
        CANARY,
        help="do what clients do, and record whether it worked; see patchwork canary --help",
        add_help=False,
    )
    commands.add_parser(
        VERIFY_REPORT,
        help="check the signature of a report; see patchwork verify-report --help",
        add_help=False,
    )
    upgrade = commands.add_parser("upgrade", help="say whether the running system can be upgraded to this version")
    upgrade.add_argument("--check", action="store_true", required=True, help="change nothing; `make up` upgrades")
    commands.add_parser("status", help="show URLs, processes and memory of the running system")
    backup = commands.add_parser("backup", help="write a backup into a new directory")
    backup.add_argument("directory", type=Path)
    restore = commands.add_parser(
        "restore", help="create the data directory from a backup; the next start rebuilds the index"
    )
    restore.add_argument("directory", type=Path)
    rotate = commands.add_parser("rotate", help="replace secrets of the stopped system")
    rotate.add_argument("secret", choices=SECRETS)
    for service in filter(_has_commands, SCHEMAS):
        commands.add_parser(
            service,
            help=f"administer {service} of the running system; see patchwork {service} --help",
            add_help=False,
        )
    commands.add_parser("check-migrations", help="check that the migrations create the tables that the code declares")
    new = commands.add_parser("new-migration", help="write a migration to the tables that the code declares")
    new.add_argument("service", choices=SCHEMAS)
    new.add_argument("name")
    return parser


def _has_commands(service: str) -> bool:
    return files(service).joinpath("cli.py").is_file()


def _run(options: argparse.Namespace, arguments: list[str]) -> int:
    if options.command == "up":
        return _up(options)
    if options.command in {"check-migrations", "new-migration"}:
        return _migrations(options)
    if options.command in {"backup", "restore", "rotate"}:
        return _maintain(options)
    if HELP & set(arguments) or options.command == VERIFY_REPORT:
        return _run_service_command(options.command, arguments, dict(os.environ))
    return _run_on(_running(), options, arguments)


def _run_on(run: dict[str, Any], options: argparse.Namespace, arguments: list[str]) -> int:
    """Run a command that needs the running system."""
    if options.command == "status":
        _status(run)
        return 0
    if options.command == "demo":
        return _demo(run)
    system = _system_of(run)
    if options.command == "upgrade":
        return _check_upgrade(system)
    if options.command == CANARY:
        return _canary(system, arguments)
    return _run_service_command(options.command, arguments, system.environment(_service_of(options.command)))


def _check_upgrade(system: System) -> int:
    """Ask the code that is installed here about each service; 1 when something is to be done first."""
    statuses = []
    for service in SERVICES:
        print(f"{service}:", flush=True)
        called = [sys.executable, "-m", "shared.upgrade", service]
        statuses.append(subprocess.run(called, env=system.environment(service), check=False).returncode)
    return int(any(statuses))


def _canary(system: System, arguments: list[str]) -> int:
    """Run the canary. The first run makes its accounts; from then on the runtime runs it every hour."""
    environment = system.canary_environment
    if not system.has_canary:
        made = subprocess.run(
            [sys.executable, "-m", "auth.cli", "create-canary", environment["CANARY_BUCKET"], "--password-stdin"],
            env=system.environment("auth"),
            input=environment["CANARY_PASSWORD"],
            text=True,
            check=False,
        )
        if made.returncode:
            return made.returncode
        system.canary_mark.touch()
    return _run_service_command(CANARY, arguments, environment)


def _run_service_command(command: str, arguments: list[str], environment: dict[str, str]) -> int:
    """Run the command of a service, in the service's environment."""
    service = _service_of(command)
    named = [] if service == command else [command]
    called = [sys.executable, "-m", f"{service}.cli", *named, *arguments]
    return subprocess.run(called, env=environment, check=False).returncode


def _service_of(command: str) -> str:
    return "registry" if command in REGISTRY_COMMANDS else command


def _up(options: argparse.Namespace) -> int:
    from localrun.runtime import AlreadyRunning, Runtime  # noqa: PLC0415 – only here

    external = _external(options)
    try:
        runtime = Runtime(
            Configuration.from_environment(), reload=options.reload, verbose=options.verbose, external=external
        )
        asyncio.run(runtime.run())
    except AlreadyRunning as error:
        sys.exit(f"patchwork: {error}")
    return 0


def _external(options: argparse.Namespace) -> ExternalServices:
    """Read the env file. Its settings of this machine become environment variables, unless the shell has set these."""
    ports = options.ports or ("80,5000" if options.env_file else "")
    catalog, _, registry = ports.partition(",")
    for name, port in (("CATALOG", catalog), ("REGISTRY", registry)):
        if options.ports:
            os.environ[f"PATCHWORK_{name}_PORT"] = port
        elif port:
            os.environ.setdefault(f"PATCHWORK_{name}_PORT", port)
    if not options.env_file:
        return ExternalServices()
    external, here, notes = ExternalServices.of_file(options.env_file, Configuration.from_environment().s3.number)
    for name, value in here.items():
        os.environ.setdefault(name, value)
    print("\n".join(f"{options.env_file.name}: {line}" for line in notes), flush=True)
    return external


def _migrations(options: argparse.Namespace) -> int:
    from localrun.schema import check_migrations, new_migration  # noqa: PLC0415 – slow to import

    if options.command == "check-migrations":
        check_migrations()
    else:
        new_migration(options.service, options.name)
    return 0


def _maintain(options: argparse.Namespace) -> int:
    from localrun import backups, rotation  # noqa: PLC0415 – slow to import

    configuration = Configuration.from_environment()
    external = ExternalServices.kept(configuration.data)
    if options.command != "restore" and (external.database or external.s3):
        raise DirectoryUnusable(
            "the env file names an external database or object store: back up and rotate secrets there"
        )
    if options.command == "backup":
        run = _find_run()
        backups.backup(_configuration_of(run) if run else configuration, options.directory, run)
    elif options.command == "restore":
        backups.restore(configuration, options.directory)
    else:
        rotation.rotate(configuration, options.secret)
    return 0


def _running() -> dict[str, Any]:
    if not (run := _find_run()):
        data = Configuration.from_environment().data
        raise NotRunning(f"nothing is running in {data}; start it with `make up` (or set PATCHWORK_DATA)")
    return run


def _find_run() -> dict[str, Any]:
    """The contents of run.json; empty when the system does not run."""
    try:
        run: dict[str, Any] = json.loads((Configuration.from_environment().data / "run.json").read_text())
    except FileNotFoundError:
        return {}
    return run if psutil.pid_exists(run["runtime"]) else {}


def _configuration_of(run: dict[str, Any]) -> Configuration:
    """The configuration of the running system, which takes precedence over this shell's environment."""
    ports = {variable: str(number) for variable, number in run["public_ports"].items()}
    others = {"PATCHWORK_HOST": run["host"], "PATCHWORK_BIND": run["bind"]}
    return Configuration.from_environment({**os.environ, **ports, **others})


def _system_of(run: dict[str, Any]) -> System:
    secrets = SystemSecrets.of(Configuration.from_environment().data)
    return System(_configuration_of(run), secrets, InnerPorts(**run["inner_ports"]))


def _status(run: dict[str, Any]) -> None:
    for name, url in run["urls"].items():
        print(f"{name:<10} {url}")
    print()
    total = 0.0
    for name, pid in {"runtime": run["runtime"], **run["pids"]}.items():
        memory = _memory(pid, alone=name == "runtime")
        total += memory
        print(f"{name:<10} process {pid:<8} {memory:6.0f} MB")
    print(f"{'':<27} {total:6.0f} MB (shared pages are divided among the processes)")
    _search_status(_system_of(run))


def _search_status(system: System) -> None:
    from registry.follower.opening import directory_of  # noqa: PLC0415 – slow to import
    from registry.follower.status import now, read_status  # noqa: PLC0415 – the same
    from registry.settings import SearchSettings  # noqa: PLC0415 – the same

    environment = system.environment("registry")
    settings = SearchSettings(directory=Path(environment["REGISTRY_SEARCH__DIRECTORY"]))
    status = read_status(directory_of(settings).status_file)
    print()
    if status is None or not status.runs(now()):
        print("search     no follower runs")
        return
    lag = status.lag_seconds(now())
    age = "not all documents yet" if lag is None else f"{lag:.1f} s behind"
    print(f"search     {status.state.value}, {age}: position {status.position} of {status.head}")
    print(f"{'':<10} {status.documents} documents, {status.bytes_on_disk / 1e6:.1f} MB in {settings.directory}")


def _memory(pid: int, *, alone: bool) -> float:
    """Memory in megabytes of the process, or of the process and its descendants. Shared pages count in proportion where possible."""
    try:
        process = psutil.Process(pid)
        family = [process] if alone else [process, *process.children(recursive=True)]
        details = [each.memory_full_info() for each in family]
    except psutil.Error:
        return 0.0
    return float(sum(getattr(each, "pss", each.rss) for each in details)) / 1e6


def _demo(run: dict[str, Any]) -> int:
    name, password = _system_of(run).sign_in
    known = {"PATCHWORK_USER": name, "PATCHWORK_PASSWORD": password}
    addresses = {
        "PATCHWORK_CATALOG_URL": run["urls"]["catalog"],
        "PATCHWORK_REGISTRY_URL": run["urls"]["registry"],
        "PATCHWORK_S3_URL": run["urls"]["s3"],
        "AWS_ENDPOINT_URL": run["urls"]["s3"],
        "PATCHWORK_DATA": str(Configuration.from_environment().data),
    }
    command = [str(ROOT / ".venvs/client/bin/python"), str(ROOT / "deploy/local/demo/demo.py")]
    return subprocess.run(command, env={**known, **os.environ, **addresses}, check=False).returncode
