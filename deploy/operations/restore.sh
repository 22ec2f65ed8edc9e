#!/bin/sh
# Fill a new database from such a dump, all or nothing: restore.sh FILE
# Its roles and empty schemas are there (`python -m shared.db.migrate database`), no service runs yet, and nothing is migrated
# before: the dump has its own tables, which the migrations of the next start bring up to date.
set -eu
pg_restore --exit-on-error --single-transaction --schema=auth --schema=registry --dbname="${PGDATABASE:-patchwork}" "$1"
