"""The main job of a client, on an installation that a rehearsal has made: people, pushes, search, installation, and a refusal."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.worlds.system import Api, Client

PACKAGE = "amy/wine"
READER = ("carol", "carol's own password")


@dataclass
class MainJob:
    """Two revisions that are pushed, and may later be installed again from wherever the installation then is."""

    bucket: str
    directory: Path
    large_bytes: int = 9 << 20
    """Size of the largest file; clients send more than 8 MiB in parts."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Top hash of each revision by the word that its files contain."""

    @property
    def registry(self) -> str:
        return f"s3://{self.bucket}"

    def prepare(self, api: Api) -> None:
        """A registered bucket, a role that reads it, and somebody who has it."""
        name, password = READER
        person = {"name": name, "email": f"{name}@example.com", "password": password, "roles": ["Readers"]}
        for path, body in (
            ("/api/v1/buckets", {"name": self.bucket}),
            ("/api/v1/admin/roles", {"name": "Readers", "permissions": {self.bucket: "READ"}}),
            ("/api/v1/admin/users", person),
        ):
            made = api.request("POST", path, json=body)
            assert made.status_code == 201, made.text

    def push(self, user: Client, word: str) -> None:
        pushed = user.act("push", PACKAGE, self.registry, _folder(self.directory / word, self.large_bytes), word)
        self.hashes[word] = pushed["top_hash"]

    def require_found(self, user: Client, word: str) -> None:
        assert user.act("search_until", self.registry, word, "240")["hits"], word

    def require_installable(self, user: Client, where: str) -> None:
        """Every revision, byte for byte."""
        for word, top_hash in self.hashes.items():
            target = self.directory / where / word
            assert user.act("install", PACKAGE, self.registry, top_hash, target)
            assert _contents(target) == _contents(self.directory / word), word

    def require_refusal(self, reader: Client) -> None:
        own = self.directory / next(iter(self.hashes))
        refused = reader.attempt("quilt3", "push", "carol/theft", "--dir", own, "--registry", self.registry)
        assert refused.returncode, refused.stdout
        assert "AccessDenied" in refused.stdout + refused.stderr

    def do(self, user: Client, reader: Client) -> None:
        for word in ("riesling", "silvaner"):
            self.push(user, word)
        assert PACKAGE in user.quilt3("list-packages", self.registry)
        self.require_found(user, "silvaner")
        self.require_installable(reader, "installed")
        self.require_refusal(reader)


def _folder(folder: Path, large_bytes: int) -> Path:
    """Files with odd names, and a large one."""
    word = folder.name
    (folder / "sub dir").mkdir(parents=True)
    for number in range(20):
        (folder / f"bottle {number} ä+%.txt").write_text(f"{word} vintage{number}")
    (folder / "sub dir" / "readme.md").write_text(f"# {word}\n")
    (folder / "large.bin").write_bytes(os.urandom(large_bytes))
    return folder


def _contents(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
