"""Taking JSON apart: what is not as expected is named."""

from typing import Any

from registry.services.query_values import text
from shared.errors import Invalid


def single(body: object, what: str) -> tuple[str, Any]:
    found = json_object(body, what)
    if len(found) != 1:
        raise Invalid(f"{what} has exactly one key, not {len(found)}: {', '.join(sorted(found))[:200]}")
    [(key, value)] = found.items()
    return key, value


def json_object(body: object, what: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid(f"{what} takes an object, not {str(body)[:40]!r}")
    return body


def only(given: dict[str, Any], what: str, known: set[str]) -> None:
    unknown = sorted(given.keys() - known)
    if unknown:
        supported = ", ".join(sorted(known)) or "nothing"
        raise Invalid(f"{unknown[0][:80]!r} is not supported in {what}. These are: {supported}")


def listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def names(values: list[Any]) -> tuple[str, ...]:
    return tuple(text(value).strip() for value in values)
