"""`patchwork backup` and `patchwork restore`: everything on this machine but the index, which is rebuilt from S3.

A backup is a directory with `database.dump` (schemas auth and registry), `secrets.json`, `aws/` (objects, users, roles,
queues) and `backup.json`, which is written last. The database is dumped before the objects: an object without a row does no
harm, but a row without its object is a broken link.
"""

import asyncio
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.offline import DirectoryUnusable, database_of, stopped
from localrun.paths import ROOT
from localrun.postgres import SUPERUSER, Cluster
from localrun.snapshots import PARTS, snapshot
from localrun.system import InnerPorts, System
from shared.db.bootstrap import DATABASE, ensure_database

FORMAT = 1


def backup(configuration: Configuration, target: Path, run: dict[str, Any]) -> None:
    """Back up the running system `run`, or the stopped system when `run` is empty; raises DirectoryUnusable."""
    if target.exists():
        raise DirectoryUnusable(f"{target} exists; name a directory that does not exist yet")
    if run:
        _write(System(configuration, SystemSecrets.of(configuration.data), InnerPorts(**run["inner_ports"])), target)
        return
    with stopped(configuration) as system, database_of(system, system.data / "logs" / "backup.log"):
        _write(system, target)


def _write(system: System, target: Path) -> None:
    fresh = target.with_name(target.name + ".unfinished")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    began = datetime.now(UTC)
    _run(system.cluster, "backup.sh", fresh / "database.dump")
    with snapshot(system.data / "aws", system.data / "aws.snapshot") as taken:
        shutil.copytree(taken, fresh / "aws")
    shutil.copy2(system.data / "secrets.json", fresh)
    about = {"format": FORMAT, "began": began.isoformat(), "public_urls": system.public_urls}
    (fresh / "backup.json").write_text(json.dumps(about, indent=1))
    fresh.rename(target)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(
        f"Wrote {target} ({size / 1e6:,.1f} MB). It contains all secrets of this system: keep it where nobody else can read it."
    )


def restore(configuration: Configuration, source: Path) -> None:
    """Restore a backup into a data directory that is empty or does not exist; raises DirectoryUnusable."""
    data = configuration.data
    if not (source / "backup.json").exists():
        raise DirectoryUnusable(f"{source} is not a complete backup")
    about = json.loads((source / "backup.json").read_text())
    if about["format"] != FORMAT:
        raise DirectoryUnusable(f"{source} was written by another version, in the format {about['format']}")
    if data.exists() and any(data.iterdir()):
        raise DirectoryUnusable(f"{data} is not empty; move it away first (or set PATCHWORK_DATA)")
    fresh = data.with_name(data.name + ".restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    shutil.copy2(source / "secrets.json", fresh)
    for part in PARTS:
        shutil.copytree(source / "aws" / part, fresh / "aws" / part)
    system = System(replace(configuration, data=fresh), SystemSecrets.of(fresh), InnerPorts.choose())
    with database_of(system, fresh / "restore.log"):
        asyncio.run(ensure_database(system.cluster.dsn(), system.credentials.roles))
        _run(system.cluster, "restore.sh", source / "database.dump")
    if data.exists():
        data.rmdir()
    fresh.rename(data)
    print(f"Restored {data} as it was on {about['began']}. The next start rebuilds the index from S3.")
    if about["public_urls"] != system.public_urls:
        urls = ", ".join(about["public_urls"].values())
        print(f"Its URLs were {urls}. They have changed, so everybody must sign in again.")


def _run(cluster: Cluster, script: str, file: Path) -> None:
    """Run a script of deploy/operations, which work with any Postgres."""
    if not (cluster.binaries / "pg_dump").exists():
        raise DirectoryUnusable(
            f"{cluster.binaries} has no pg_dump; set PATCHWORK_POSTGRES_BIN to a bin directory that has it"
        )
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(cluster.port), "PGUSER": SUPERUSER, "PGPASSWORD": cluster.password}
    environment = {**where, "PGDATABASE": DATABASE, "PATH": f"{cluster.binaries}:/usr/bin:/bin", "LC_ALL": "C"}
    command = [str(ROOT / "deploy" / "operations" / script), str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DirectoryUnusable(f"{script} failed: {done.stderr.strip()}")
