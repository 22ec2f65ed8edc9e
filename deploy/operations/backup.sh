#!/bin/sh
# Dump the database without the index, which can be rebuilt from S3: backup.sh FILE
# PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE (patchwork) name the database. PGUSER must be able to read both schemas.
set -eu
umask 077
pg_dump --format=custom --schema=auth --schema=registry --dbname="${PGDATABASE:-patchwork}" --file="$1.unfinished"
mv "$1.unfinished" "$1"
