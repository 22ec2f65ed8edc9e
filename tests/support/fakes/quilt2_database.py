"""The database of a Quilt 2 registry in its last release, with people and packages."""

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import asyncpg
from support.worlds.quilt2_world import Node

from registry.quilt2.services import trees

TABLES = """
CREATE TABLE "user" (
    id uuid PRIMARY KEY, name varchar(64) UNIQUE, email varchar(320) UNIQUE, password varchar(200) NOT NULL,
    is_admin boolean DEFAULT false, is_active boolean DEFAULT false, last_login timestamptz DEFAULT now(),
    date_joined timestamptz DEFAULT now(), old_id bigint);
CREATE TABLE package (
    id bigserial PRIMARY KEY, owner varchar(64) NOT NULL, name varchar(64) NOT NULL, UNIQUE (owner, name));
CREATE TABLE s3_blob (
    id bigserial PRIMARY KEY, owner varchar(64) NOT NULL, hash varchar(64) NOT NULL, size bigint, preview text,
    preview_tsv tsvector, UNIQUE (owner, hash));
CREATE TABLE instance (
    id bigserial PRIMARY KEY, package_id bigint NOT NULL REFERENCES package ON DELETE CASCADE, hash varchar(64) NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL, created_by varchar(64) NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL, updated_by varchar(64) NOT NULL, contents jsonb NOT NULL,
    readme_blob_id bigint REFERENCES s3_blob, keywords_tsv tsvector NOT NULL DEFAULT '',
    blobs_tsv tsvector NOT NULL DEFAULT '', UNIQUE (package_id, hash));
CREATE TABLE instance_blob (
    instance_id bigint REFERENCES instance ON DELETE CASCADE, blob_id bigint REFERENCES s3_blob,
    PRIMARY KEY (instance_id, blob_id));
CREATE TABLE log (
    id bigserial PRIMARY KEY, package_id bigint NOT NULL REFERENCES package ON DELETE CASCADE,
    instance_id bigint REFERENCES instance ON DELETE CASCADE, created timestamptz DEFAULT now() NOT NULL,
    author varchar(64) NOT NULL);
CREATE TABLE version (
    package_id bigint REFERENCES package ON DELETE CASCADE, version varchar(64),
    instance_id bigint REFERENCES instance ON DELETE CASCADE, user_version varchar(64) NOT NULL,
    PRIMARY KEY (package_id, version));
CREATE TABLE tag (
    package_id bigint REFERENCES package ON DELETE CASCADE, tag varchar(64),
    instance_id bigint REFERENCES instance ON DELETE CASCADE, PRIMARY KEY (package_id, tag));
CREATE TABLE access (
    package_id bigint REFERENCES package ON DELETE CASCADE, "user" varchar(64), PRIMARY KEY (package_id, "user"));
CREATE TABLE invitation (
    id bigserial PRIMARY KEY, package_id bigint NOT NULL REFERENCES package ON DELETE CASCADE,
    email varchar(254) NOT NULL, invited_at timestamptz DEFAULT now());
CREATE TABLE comment (
    id bigserial PRIMARY KEY, package_id bigint NOT NULL REFERENCES package ON DELETE CASCADE,
    author varchar(64) NOT NULL, created timestamptz DEFAULT now() NOT NULL, contents varchar(10240) NOT NULL);
CREATE TABLE event (
    id bigserial PRIMARY KEY, created timestamptz DEFAULT now() NOT NULL, "user" varchar(64), type smallint NOT NULL,
    package_owner varchar(64), package_name varchar(64), package_hash varchar(64), extra jsonb);
"""
FIRST = datetime(2018, 3, 1, 12, tzinfo=UTC)


def password_hash(password: str, *, rounds: int = 1000) -> str:
    """A password hash in passlib's format."""
    salt = b"a salt of 16 b.."
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)

    def packed(raw: bytes) -> str:
        return b64encode(raw).decode().rstrip("=").replace("+", ".")

    return f"$pbkdf2-sha512${rounds}${packed(salt)}${packed(key)}"


@dataclass
class Quilt2Database:
    """A database to fill. Times are a minute apart, so that every one filled in the same way is the same."""

    connection: asyncpg.Connection
    now: datetime = FIRST
    objects: dict[str, bytes] = field(default_factory=dict)
    """Bodies of the objects in the bucket, by key."""

    async def build(self) -> "Quilt2Database":
        await self.connection.execute(TABLES)
        return self

    async def person(self, name: str, email: str | None = None, password: str = "", **more: Any) -> None:
        hashed = password_hash(password) if password else ""
        row = {"password": hashed, "is_active": True, "is_admin": False, **more}
        await self.connection.execute(
            'INSERT INTO "user" (id, name, email, password, is_active, is_admin, date_joined, last_login) '
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            uuid5(NAMESPACE_DNS, name),
            name,
            f"{name}@example.com" if email is None else email,
            row["password"],
            row["is_active"],
            row["is_admin"],
            self._tick(),
        )

    def put(self, owner: str, body: bytes, *, stored: bytes | None = None) -> str:
        """Add an object to `objects`; returns its hash."""
        name = hashlib.sha256(body).hexdigest()
        self.objects[f"objs/{owner}/{name}"] = body if stored is None else stored
        return name

    async def push(
        self,
        owner: str,
        name: str,
        contents: Node,
        *,
        sizes: dict[str, int | None] | None = None,
        readme: str | None = None,
        tags: tuple[str, ...] = ("latest",),
        versions: tuple[tuple[str, str], ...] = (),
        users: tuple[str, ...] = (),
        package_hash: str | None = None,
    ) -> str:
        """Add the rows of a push, and of the tags, versions and readers that followed it."""
        db, moment = self.connection, self._tick()
        package_id = await db.fetchval(
            "INSERT INTO package (owner, name) VALUES ($1, $2) ON CONFLICT (owner, name) DO UPDATE SET name = $2 RETURNING id",
            owner,
            name,
        )
        made = package_hash or trees.package_hash(contents)
        instance_id = await db.fetchval(
            "INSERT INTO instance (package_id, hash, created_at, created_by, updated_at, updated_by, contents) "
            "VALUES ($1, $2, $3, $4, $3, $4, $5) RETURNING id",
            package_id,
            made,
            moment,
            owner,
            json.dumps(contents),
        )
        for each in self._hashes(contents):
            known = len(self.objects.get(f"objs/{owner}/{each}", b""))
            size = (sizes or {}).get(each, known)
            blob_id = await db.fetchval(
                "INSERT INTO s3_blob (owner, hash, size) VALUES ($1, $2, $3) "
                "ON CONFLICT (owner, hash) DO UPDATE SET hash = $2 RETURNING id",
                owner,
                each,
                size,
            )
            await db.execute("INSERT INTO instance_blob VALUES ($1, $2)", instance_id, blob_id)
        if readme is not None:
            each = contents["children"]["README"]["hashes"][0]
            await db.execute("UPDATE s3_blob SET preview = $3 WHERE owner = $1 AND hash = $2", owner, each, readme)
        await db.execute(
            "INSERT INTO log (package_id, instance_id, created, author) VALUES ($1, $2, $3, $4)",
            package_id,
            instance_id,
            moment,
            owner,
        )
        for tag in tags:
            await db.execute(
                "INSERT INTO tag VALUES ($1, $2, $3) ON CONFLICT (package_id, tag) DO UPDATE SET instance_id = $3",
                package_id,
                tag,
                instance_id,
            )
        for normal, typed in versions:
            await db.execute("INSERT INTO version VALUES ($1, $2, $3, $4)", package_id, normal, instance_id, typed)
        for user in (owner, *users):
            await db.execute("INSERT INTO access VALUES ($1, $2) ON CONFLICT DO NOTHING", package_id, user)
        await self.event(owner, 1, owner, name, made)
        return made

    async def invite(self, owner: str, name: str, email: str) -> None:
        await self.connection.execute(
            "INSERT INTO invitation (package_id, email, invited_at) SELECT id, $3, $4 FROM package "
            "WHERE owner = $1 AND name = $2",
            owner,
            name,
            email,
            self._tick(),
        )

    async def comment(self, owner: str, name: str, author: str, contents: str) -> None:
        await self.connection.execute(
            "INSERT INTO comment (package_id, author, created, contents) SELECT id, $3, $4, $5 FROM package "
            "WHERE owner = $1 AND name = $2",
            owner,
            name,
            author,
            self._tick(),
            contents,
        )

    async def event(
        self, user: str | None, kind: int, owner: str | None, name: str | None, package_hash: str | None = None
    ) -> None:
        await self.connection.execute(
            'INSERT INTO event (created, "user", type, package_owner, package_name, package_hash, extra) '
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._tick(),
            user,
            kind,
            owner,
            name,
            package_hash,
            json.dumps({"public": False}),
        )

    def _hashes(self, contents: Node) -> list[str]:
        try:
            return list(trees.objects(contents))
        except KeyError:
            return []

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now
