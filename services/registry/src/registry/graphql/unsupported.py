"""What the schema has and this registry has not yet: an answer that says so."""

from ariadne import MutationType

from registry.graphql.unions import OperationError, always

NAME = "NotSupported"
MESSAGE = "This registry cannot do that yet"

mutation = MutationType()

for name in (
    "browsingSessionCreate",
    "browsingSessionRefresh",
    "browsingSessionDispose",
    "restoreObject",
):
    mutation.set_field(name, always(OperationError(NAME, MESSAGE)))

BINDABLES = [mutation]
