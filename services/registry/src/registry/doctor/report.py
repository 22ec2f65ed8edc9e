"""Findings for people, for programs, and for somebody who helps."""

import json
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, SecretStr

from registry.doctor.findings import Finding, FindingState
from registry.services.diagnostics import zip_of
from registry.settings import RegistrySettings

_CREDENTIALS_OF_URL = re.compile(r"(?<=://)[^/@\s]+@")


def as_text(findings: Sequence[Finding]) -> str:
    width = max((len(each.check) for each in findings), default=0)
    lines = []
    for each in findings:
        lines.append(f"{each.state:<8} {each.check:<{width}} {each.seen}")
        if each.advice:
            lines.append(f"{'':<8} {'':<{width}} → {each.advice}")
    count = {state: sum(each.state is state for each in findings) for state in FindingState}
    lines.append(
        f"{count[FindingState.OK]} ok, {count[FindingState.WARNING]} to look at, {count[FindingState.FAILED]} failed"
    )
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps([each.model_dump(mode="json") for each in findings], indent=2, ensure_ascii=False)


def support_bundle(findings: Sequence[Finding], settings: RegistrySettings) -> bytes:
    """A ZIP archive of JSON documents, without secrets and without data of users."""
    about = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("patchwork-registry"),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    return zip_of(
        {
            "about.json": json.dumps(about, indent=2),
            "findings.json": _CREDENTIALS_OF_URL.sub("…@", as_json(findings)),
            "settings.json": json.dumps(shown_settings(settings), indent=2),
        }
    )


def shown_settings(value: Any) -> Any:
    """A value of the settings. Of a secret only whether it is set: a URL with a password is one."""
    match value:
        case BaseModel():
            return {name: shown_settings(getattr(value, name)) for name in type(value).model_fields}
        case SecretStr():
            return "set" if value.get_secret_value() else "empty"
        case Mapping():
            return {shown_settings(str(name)): shown_settings(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [shown_settings(each) for each in value]
        case bool() | int() | float() | None:
            return value
        case _:  # a text, or a value such as a path
            return _CREDENTIALS_OF_URL.sub("…@", str(value))
