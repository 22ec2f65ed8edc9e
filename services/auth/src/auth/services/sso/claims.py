"""Evaluation of the SSO configuration: from the claims of an ID token to roles and administrator's rights.

A mapping that cannot be applied makes the whole evaluation fail: skipping it could grant rights that it takes away.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import regex
from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from auth.errors import SsoConfigRefused
from shared.schemas.sso import MappingVerdict, SsoVerdict

_BROKEN = (Unresolvable, RecursionError, ValueError, TypeError, OverflowError, TimeoutError, regex.error)
MAX_MATCH_SECONDS = 0.2
"""Limit for matching one pattern: claims come from outside, and some patterns backtrack without end."""


def evaluate_claims(document: Mapping[str, Any], claims: Mapping[str, Any]) -> SsoVerdict:
    """Apply the first mapping that matches, or all of them if the document sets `union_roles`.

    Raises SsoConfigRefused.
    """
    mappings = [_match(index, mapping, claims) for index, mapping in enumerate(document["mappings"])]
    matching = [verdict for verdict in mappings if verdict.matches]
    if not matching:
        return SsoVerdict(mappings=mappings, by_default=True, roles=[document["default_role"]], is_admin=None)
    counting = matching if document.get("union_roles", False) else matching[:1]
    for verdict in counting:
        verdict.counts = True
    roles = dict.fromkeys(role for verdict in counting for role in verdict.roles)
    votes = {verdict.admin for verdict in counting}
    return SsoVerdict(
        mappings=mappings, by_default=False, roles=list(roles), is_admin=True in votes and False not in votes
    )


def schema_problem(schema: Any) -> str | None:
    """Why the schema cannot be matched against claims, or None."""
    try:
        Draft202012Validator.check_schema(schema)
        if foreign := next(_foreign_references(schema), None):
            return f"schema: {foreign} is not part of it"
        _validator(schema).is_valid({})
    except SchemaError as error:
        return f"schema{error.json_path[1:]}: {error.message}"[:500]
    except _BROKEN as error:
        return f"schema: {error}"[:500]
    return None


def _match(index: int, mapping: Mapping[str, Any], claims: Mapping[str, Any]) -> MappingVerdict:
    return MappingVerdict(
        index=index,
        matches=(problem := _mismatch(index, mapping["schema"], claims)) is None,
        counts=False,
        why_not=problem,
        roles=list(mapping["roles"]),
        admin=mapping.get("admin"),
    )


def _mismatch(index: int, schema: object, claims: Mapping[str, Any]) -> str | None:
    try:
        found = best_match(_validator(schema).iter_errors(dict(claims)))
    except _BROKEN as error:
        raise SsoConfigRefused(f"mappings[{index}] cannot be applied to these claims: {error}"[:500]) from error
    return f"{found.json_path}: {found.message}"[:500] if found else None


def _validator(schema: Any) -> Any:
    return _Validator(schema, registry=Registry())  # an empty registry fetches nothing


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern, regex.VERSION0)


def _pattern(validator: Any, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _compiled(pattern).search(instance, timeout=MAX_MATCH_SECONDS):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def _foreign_references(schema: object) -> Iterator[str]:
    """Values of `$ref` that would have to be fetched."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name in {"$ref", "$dynamicRef"} and isinstance(value, str) and not value.startswith("#"):
                yield value
            yield from _foreign_references(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from _foreign_references(each)
