#!/bin/sh
# Restore a dump of backup.sh into a new database in one transaction: restore.sh FILE
# Its roles and empty schemas must exist (`python -m shared.db.migrate database`), no service may run, and nothing may be migrated
# before: the dump contains the tables, which the migrations of the next start bring up to date.
set -eu
pg_restore --exit-on-error --single-transaction --schema=auth --schema=registry --dbname="${PGDATABASE:-patchwork}" "$1"
