"""Members of the schema's unions that several modules use. A class is named as its GraphQL type.

The prefix `Graphql` distinguishes it from a class of the same name elsewhere, and is removed in answers.
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
    """`OperationError.name` of an error: its class, or `Forbidden` for every missing permission, as in Quilt."""
    return "Forbidden" if isinstance(error, NotAWriter | AdminOnly | OwnerOnly) else type(error).__name__


def invalid(path: str | None, name: str, message: str) -> InvalidInput:
    return InvalidInput((InputError(path, name, message),))


def marker(name: str) -> dict[str, str]:
    """A value of a type without fields of interest."""
    return {"__typename": name}


def typename(value: Any, *_: object) -> str:
    """Name of the GraphQL type of a value of a union or an interface."""
    return str(value["__typename"] if isinstance(value, dict) else type(value).__name__.removeprefix("Graphql"))


def always(value: Any) -> Resolver:
    """A resolver that always returns the value."""

    def resolve(*_: object, **__: object) -> Any:
        return value

    return resolve
