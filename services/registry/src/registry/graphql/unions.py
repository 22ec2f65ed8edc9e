"""Members of the schema's unions that several nouns share; a class is named as its GraphQL type.

Where a class of another room has that name, the prefix `Graphql` tells them apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.errors import AdminOnly, AppError, NotAWriter, OwnerOnly

Resolver = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class InputError:
    path: str | None
    name: str
    message: str
    context: None = None


@dataclass(frozen=True, slots=True)
class InvalidInput:
    errors: tuple[InputError, ...]


@dataclass(frozen=True, slots=True)
class OperationError:
    name: str
    message: str
    context: None = None


def error_name(error: AppError) -> str:
    """What `OperationError.name` says of an error: its class, but `Forbidden` for every lack of a right, as Quilt has it."""
    return "Forbidden" if isinstance(error, NotAWriter | AdminOnly | OwnerOnly) else type(error).__name__


def invalid(path: str | None, name: str, message: str) -> InvalidInput:
    return InvalidInput((InputError(path, name, message),))


def marker(name: str) -> dict[str, str]:
    """A type that says all by its name."""
    return {"__typename": name}


def typename(value: Any, *_: object) -> str:
    """Which type of its union or interface a value is."""
    return str(value["__typename"] if isinstance(value, dict) else type(value).__name__.removeprefix("Graphql"))


def always(value: Any) -> Resolver:
    """A resolver that knows one answer."""

    def resolve(*_: object, **__: object) -> Any:
        return value

    return resolve
