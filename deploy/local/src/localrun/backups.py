"""`patchwork backup` and `patchwork restore`: everything of one machine but the index, which is made from S3 again.

A backup is a directory: `database.dump` (schemas auth and registry), `secrets.json`, `aws/` (objects, users, roles,
queues) and `backup.json`, without which it is not complete. The database is dumped first: an object that no row knows
is nothing, a row without its object is a broken link.
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
    """Of the running system `run`, or of one that does not run; raises Unfit."""
    if target.exists():
        raise DirectoryUnusable(f"{target} exists; a backup makes its own directory")
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
        f"Wrote {target} ({size / 1e6:,.1f} MB). It holds every secret of this system: keep it where nobody reads it."
    )


def restore(configuration: Configuration, source: Path) -> None:
    """Into a data directory that does not exist yet; raises Unfit."""
    data = configuration.data
    if not (source / "backup.json").exists():
        raise DirectoryUnusable(f"{source} is no complete backup")
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
    print(f"Restored {data} as it was on {about['began']}. The next start makes the index from S3.")
    if about["public_urls"] != system.public_urls:
        urls = ", ".join(about["public_urls"].values())
        print(f"It was reached at {urls}: at other addresses everybody signs in anew.")


def _run(cluster: Cluster, script: str, file: Path) -> None:
    """One of those that do it for any Postgres."""
    if not (cluster.binaries / "pg_dump").exists():
        raise DirectoryUnusable(
            f"{cluster.binaries} has no pg_dump; set PATCHWORK_POSTGRES_BIN to a directory that has"
        )
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(cluster.port), "PGUSER": SUPERUSER, "PGPASSWORD": cluster.password}
    environment = {**where, "PGDATABASE": DATABASE, "PATH": f"{cluster.binaries}:/usr/bin:/bin", "LC_ALL": "C"}
    command = [str(ROOT / "deploy" / "operations" / script), str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DirectoryUnusable(f"{script} failed: {done.stderr.strip()}")
