"""Mutations of the schema that this registry does not support."""

from ariadne import MutationType

from registry.graphql.unions import OperationError, always

NAME = "NotSupported"
MESSAGE = "This registry does not support that yet"

mutation = MutationType()

for name in (
    "browsingSessionCreate",
    "browsingSessionRefresh",
    "browsingSessionDispose",
):
    mutation.set_field(name, always(OperationError(NAME, MESSAGE)))

BINDABLES = [mutation]
