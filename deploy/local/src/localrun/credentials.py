"""The secrets of the system: random, made once, and stored in `secrets.json` of the data directory."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from shared.db.bootstrap import OWNERS


@dataclass
class SystemSecrets:
    postgres: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    roles: dict[str, str] = field(default_factory=lambda: {role: secrets.token_urlsafe(24) for role in OWNERS.values()})
    """Password of each login role in Postgres."""
    root_key_id: str = field(default_factory=lambda: "ROOT" + secrets.token_hex(8).upper())
    root_secret: str = field(default_factory=lambda: secrets.token_urlsafe(30))
    internal_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    s3proxy_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    indexer_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    auth_secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    internal_token_before: str = ""
    """The previous token, which is still accepted."""
    s3proxy_token_before: str = ""
    """The previous token, which is still accepted, because URLs of objects were signed with it."""
    indexer_token_before: str = ""
    """The previous token, which is still accepted."""
    auth_secret_key_before: str = ""
    """The previous key, until everything that it encrypted has been encrypted with the new one."""
    admin: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    """Password of the first administrator when there is an env file, or when other machines reach the system."""
    people_external_id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """External id that the trust policy of the people's role requires."""
    canary: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """Password of the accounts of the canary."""
    aws_keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Access key id and secret of each service's IAM user."""
    unknown: dict[str, Any] = field(default_factory=dict)
    """Members of a newer version, which are kept for it."""

    @classmethod
    def of(cls, data: Path) -> Self:
        """The secrets of the data directory, created if missing."""
        path = data / "secrets.json"
        if path.exists():
            kept = json.loads(path.read_text())
            names = {each.name for each in fields(cls)} - {"unknown"}
            unknown = {name: value for name, value in kept.items() if name not in names}
            made = cls(**{name: value for name, value in kept.items() if name in names}, unknown=unknown)
            if names <= kept.keys():
                return made
        else:
            made = cls()
        made.save(data)
        return made

    def save(self, data: Path) -> None:
        fresh = data / "secrets.json.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            members = asdict(self)
            json.dump({**members.pop("unknown"), **members}, file, indent=1)
        fresh.replace(data / "secrets.json")
