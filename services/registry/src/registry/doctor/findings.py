"""The values of an examination."""

from enum import StrEnum

from pydantic import BaseModel


class FindingState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works now, and will not for long, or not for everybody."""
    FAILED = "failed"


class Finding(BaseModel):
    check: str
    """Name of the check, such as `database` or `certificate of registry.example.com`."""
    state: FindingState
    seen: str
    advice: str = ""
    """The next step; empty when nothing is to be done."""


def ok(check: str, seen: str) -> Finding:
    return Finding(check=check, state=FindingState.OK, seen=seen)


def warning(check: str, seen: str, advice: str) -> Finding:
    return Finding(check=check, state=FindingState.WARNING, seen=seen, advice=advice)


def failed(check: str, seen: str, advice: str) -> Finding:
    return Finding(check=check, state=FindingState.FAILED, seen=seen, advice=advice)


def has_expired_certificate(said: str) -> bool:
    """True if this is what OpenSSL, httpx or botocore say of a server whose certificate has expired."""
    return "certificate has expired" in said
