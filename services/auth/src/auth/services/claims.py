"""What the SSO configuration gives to whom: from the claims of an ID token to roles and administrator's rights."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from shared.schemas.sso import MappingVerdict, SsoVerdict

_BROKEN = (Unresolvable, RecursionError, ValueError, TypeError, OverflowError)


def judge(document: Mapping[str, Any], claims: Mapping[str, Any]) -> SsoVerdict:
    """The first mapping that matches counts alone, unless the document wants the union of all."""
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
    """Why this is no JSON Schema that can be matched against claims."""
    try:
        Draft202012Validator.check_schema(schema)
        _validator(schema).is_valid({})
    except SchemaError as error:
        return f"schema{error.json_path[1:]}: {error.message}"[:500]
    except _BROKEN as error:
        return f"schema: {error}"[:500]
    return None


def _match(index: int, mapping: Mapping[str, Any], claims: Mapping[str, Any]) -> MappingVerdict:
    return MappingVerdict(
        index=index,
        matches=(problem := _mismatch(mapping["schema"], claims)) is None,
        counts=False,
        why_not=problem,
        roles=list(mapping["roles"]),
        admin=mapping.get("admin"),
    )


def _mismatch(schema: object, claims: Mapping[str, Any]) -> str | None:
    try:
        found = best_match(_validator(schema).iter_errors(dict(claims)))
    except _BROKEN as error:
        return f"The schema cannot be applied: {error}"[:500]
    return f"{found.json_path}: {found.message}"[:500] if found else None


def _validator(schema: Any) -> Any:
    return Draft202012Validator(schema, registry=Registry())  # which fetches nothing
