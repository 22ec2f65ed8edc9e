"""The mails that the local system kept instead of sending them."""

import re
from email import message_from_bytes, policy
from pathlib import Path

from support.worlds.system import System, eventually


def link_to(system: System, address: str, part: str) -> str:
    """The latest link with `part` in it in the mails to `address`, once there is one."""
    found: list[str] = []

    def arrived() -> bool:
        found[:] = links(system.data / "mail" / "new", address, part)
        return bool(found)

    eventually(arrived)
    return found[-1]


def links(mails: Path, address: str, part: str) -> list[str]:
    found = []
    for path in sorted(mails.glob("*"), key=lambda path: path.stat().st_mtime_ns):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        if address in str(message["To"]) and body is not None:
            found += [link for link in re.findall(r"https?://\S+", body.get_content()) if part in link]
    return found
