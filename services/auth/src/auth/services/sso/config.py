"""The SSO configuration: a YAML document that maps claims of identities to roles."""

import asyncio
from functools import lru_cache
from typing import Any

from auth.db.stores import Stores
from auth.errors import SsoConfigNotFound, SsoConfigRefused
from auth.services.audit import record
from auth.services.sso.claims import evaluate_claims, schema_problem
from shared.caller import current
from shared.schemas.sso import SsoCheck, SsoConfig, SsoVerdict
from shared.yaml_documents import YamlRefused, load_yaml

REQUIRED = frozenset({"version", "default_role", "mappings"})
OPTIONAL = frozenset({"union_roles"})


class SsoConfigService:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def get(self) -> SsoConfig:
        config = await self._stores.sso_config.find()
        if config is None:
            raise SsoConfigNotFound
        return config

    async def set(self, text: str) -> SsoConfig:
        named = roles_named(await asyncio.to_thread(parse, text))
        await self._stores.lock("roles")
        missing = named - (await self._stores.roles.ids_of_names(named)).keys()
        if missing:
            raise SsoConfigRefused(f"No such role: {', '.join(sorted(missing))}")
        await self._stores.sso_config.add(text, current())
        await record(self._stores, "SsoConfig.Set")
        return await self.get()

    async def check(self, wanted: SsoCheck) -> SsoVerdict:
        """Evaluate claims without changing anything; raises SsoConfigNotFound or SsoConfigRefused."""
        text = wanted.text if wanted.text is not None else (await self.get()).text
        return await asyncio.to_thread(lambda: evaluate_claims(parse(text), wanted.claims))

    async def remove(self) -> None:
        await self._stores.lock("roles")
        if await self._stores.sso_config.find() is not None:
            await self._stores.sso_config.add(None, current())
            await record(self._stores, "SsoConfig.Remove")


async def roles_in_use(stores: Stores) -> frozenset[str]:
    """Roles that the present document names, and that therefore cannot be renamed or deleted."""
    config = await stores.sso_config.find()
    return roles_named(await asyncio.to_thread(parse_cached, config.text)) if config else frozenset()


@lru_cache(maxsize=2)
def parse_cached(text: str) -> dict[str, Any]:
    """Parse an accepted document; cached, because every sign-in needs it."""
    return parse(text)


def parse(text: str) -> dict[str, Any]:
    """The document; raises SsoConfigRefused with one line per problem."""
    try:
        document = load_yaml(text)
    except YamlRefused as error:
        raise SsoConfigRefused(str(error)) from error
    if not isinstance(document, dict):
        raise SsoConfigRefused("The document is not a mapping")
    problems = list(_problems(document))
    if problems:
        raise SsoConfigRefused("\n".join(problems))
    return document


def roles_named(document: dict[str, Any]) -> frozenset[str]:
    return frozenset([document["default_role"], *(role for each in document["mappings"] for role in each["roles"])])


def _problems(document: dict[str, Any]) -> list[str]:
    found = [f"{name} is missing" for name in sorted(REQUIRED - document.keys())]
    found += [f"{name} is not known" for name in sorted(map(str, document.keys() - REQUIRED - OPTIONAL))]
    if document.get("version", "1.0") != "1.0":
        found.append('version is not "1.0"')
    if not isinstance(document.get("default_role", ""), str):
        found.append("default_role is not the name of a role")
    if not isinstance(document.get("union_roles", False), bool):
        found.append("union_roles is neither true nor false")
    mappings = document.get("mappings", [])
    if not isinstance(mappings, list):
        return [*found, "mappings is not a list"]
    for number, mapping in enumerate(mappings):
        found += [f"mappings[{number}]: {problem}" for problem in _problems_of_mapping(mapping)]
    return found


def _problems_of_mapping(mapping: object) -> list[str]:
    if not isinstance(mapping, dict):
        return ["it is not a mapping"]
    found = [f"{name} is not known" for name in sorted(map(str, mapping.keys() - {"schema", "roles", "admin"}))]
    if not isinstance(mapping.get("schema"), dict | bool):
        found.append("schema is neither a JSON Schema nor true nor false")
    elif problem := schema_problem(mapping["schema"]):
        found.append(problem)
    roles = mapping.get("roles")
    if not isinstance(roles, list) or not roles or not all(isinstance(role, str) for role in roles):
        found.append("roles is not a list of names of roles")
    if mapping.get("admin") not in (None, True, False):
        found.append("admin is neither true nor false nor null")
    return found
