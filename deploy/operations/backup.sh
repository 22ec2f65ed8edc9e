#!/bin/sh
# Dump what S3 does not tell (people, rights, buckets, jobs; not the index): backup.sh FILE
# The database is the one that PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE (patchwork) name; PGUSER reads both schemas.
set -eu
umask 077
pg_dump --format=custom --schema=auth --schema=registry --dbname="${PGDATABASE:-patchwork}" --file="$1.unfinished"
mv "$1.unfinished" "$1"
