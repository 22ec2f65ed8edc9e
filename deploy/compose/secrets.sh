#!/bin/sh
# Creates the secrets that compose.yaml reads in the given directory. Existing secrets are kept.
# Containers read them as different users, so the directory is closed to others, not the files.
set -eu
directory=${1:-secrets}
umask 077
mkdir -p "$directory"
chmod 700 "$directory"
for name in admin_password auth_database auth_secret_key canary_password events_token indexer_database indexer_token internal_token \
	postgres_password registry_database s3proxy_token store_secret; do
	file=$directory/$name
	if [ ! -s "$file" ]; then
		od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$file.new"
		chmod 444 "$file.new"
		mv "$file.new" "$file"
		echo "made $file"
	fi
done

# Empty except while a secret is being replaced: see docs/install/compose.md.
for name in auth_secret_key_before indexer_token_before internal_token_before s3proxy_token_before; do
	if [ ! -e "$directory/$name" ]; then
		: >"$directory/$name"
		chmod 444 "$directory/$name"
	fi
done
