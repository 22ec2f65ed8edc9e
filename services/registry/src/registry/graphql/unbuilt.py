"""What the schema has and this registry has not yet: the schema's own empty answers, or one that says so."""

from ariadne import MutationType, ObjectType, QueryType

from registry.graphql.answers import OperationError, Resolver, always
from shared.errors import Invalid

NAME = "NotSupported"
MESSAGE = "This registry cannot do that yet"

query = QueryType()
mutation = MutationType()
admin_queries = ObjectType("AdminQueries")
user_queries = ObjectType("UserAdminQueries")
packager_queries = ObjectType("PackagerAdminQueries")
admin_mutations = ObjectType("AdminMutations")
user_mutations = ObjectType("UserAdminMutations")
packager_mutations = ObjectType("PackagerAdminMutations")

_FAILED = always(OperationError(NAME, MESSAGE))


def _error(*_: object, **__: object) -> None:
    """For results that have no other way to say it."""
    raise Invalid(MESSAGE)


def _sso_config(*_: object, config: str | None = None) -> OperationError | None:
    return OperationError(NAME, MESSAGE) if config else None


def _set(fields: dict[ObjectType, dict[str, Resolver]]) -> None:
    for kind, resolvers in fields.items():
        for name, resolver in resolvers.items():
            kind.set_field(name, resolver)


_set(
    {
        query: {
            "admin": always({"user": {}, "api_keys": {}, "packager": {}}),
            "roles": always([]),
            "policies": always([]),
        },
        admin_queries: {"isDefaultRoleSettingDisabled": always(False), "tabulatorOpenQuery": always(False)},
        user_queries: {"list": always([])},
        packager_queries: {"eventRules": always([])},
        mutation: {
            "admin": always({"user": {}, "api_keys": {}, "packager": {}}),
            **dict.fromkeys(("packageConstruct", "packagePromote", "packageFromFolder"), _FAILED),
            **dict.fromkeys(("browsingSessionCreate", "browsingSessionRefresh", "browsingSessionDispose"), _FAILED),
            **dict.fromkeys(("bucketSetTabulatorTable", "bucketRenameTabulatorTable", "restoreObject"), _FAILED),
            **dict.fromkeys(("policyCreateManaged", "policyCreateUnmanaged", "policyDelete"), _FAILED),
            **dict.fromkeys(("policyUpdateManaged", "policyUpdateUnmanaged"), _FAILED),
            **dict.fromkeys(("roleCreateManaged", "roleCreateUnmanaged", "roleDelete", "roleSetDefault"), _error),
            **dict.fromkeys(("roleUpdateManaged", "roleUpdateUnmanaged"), _error),
        },
        admin_mutations: {
            "setSsoConfig": _sso_config,
            "setTabulatorOpenQuery": always({"tabulator_open_query": False}),
            **dict.fromkeys(("bucketSetTabulatorTable", "bucketRenameTabulatorTable"), _FAILED),
        },
        user_mutations: {"create": _FAILED},
        packager_mutations: {"toggleEventRule": _FAILED},
    }
)

BINDABLES = [
    query,
    mutation,
    admin_queries,
    user_queries,
    packager_queries,
    admin_mutations,
    user_mutations,
    packager_mutations,
]
