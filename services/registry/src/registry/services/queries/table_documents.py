"""Tables of Tabulator in queries: their documents, and whose rights decide."""

from dataclasses import dataclass
from functools import cached_property

import regex

from registry.db.access import VisibilityRules
from registry.db.buckets import BucketStore
from registry.db.tabulator import SwitchStore, TabulatorStore
from registry.errors import SqlLimitReached, TableNotFound, TableRefused
from registry.services.queries.tabulator import OPEN_QUERY
from shared.aws.objects import ObjectStore
from shared.db.engine import Sessions, transaction
from shared.queries.types import ColumnDefinition, TableDefinition
from shared.schemas.principal import Level, Principal
from shared.schemas.tabulator import CsvParser, TabulatorDocument
from shared.yaml_documents import load_yaml

MATCH_SECONDS = 0.1
"""Longest time in which an expression is compared with one name."""


class TableDocument:
    """A table's document, with its expressions ready. Their named groups are columns."""

    def __init__(self, document: TabulatorDocument) -> None:
        """Raises TableRefused."""
        self._document = document
        self._package = _compiled("source.package_name", document.source.package_name)
        self._path = _compiled("source.logical_key", document.source.logical_key)

    @cached_property
    def definition(self) -> TableDefinition:
        parser = self._document.parser
        columns = [ColumnDefinition(each.name, each.type, each.nullable) for each in self._document.schema_]
        continues = self._document.continue_on_error
        groups = list({**self._package.groupindex, **self._path.groupindex})
        if isinstance(parser, CsvParser):
            return TableDefinition(columns, "csv", parser.delimiter, parser.header, continues, groups)
        return TableDefinition(columns, "parquet", continue_on_error=continues, groups=groups)

    def matches_package(self, name: str) -> bool:
        return _search(self._package, name) is not None

    def groups_of(self, package: str, path: str) -> dict[str, str | None] | None:
        """Values of the named groups; None for a file that is not of the table."""
        in_path = _search(self._path, path)
        in_package = _search(self._package, package) if in_path else None
        if in_path is None or in_package is None:
            return None
        return {**in_package.groupdict(), **in_path.groupdict()}


@dataclass(frozen=True, slots=True)
class OpenedTable:
    document: TableDocument
    viewer: Principal
    """The caller, who also reads the bucket if the table is open."""
    objects: ObjectStore | None
    """S3 with the rights of the instance; None: the rights of the caller decide."""


class OpenTables:
    """Finds tables. Where the instance has them open, everybody who is signed in reads them with the rights of the instance."""

    def __init__(self, sessions: Sessions, rules: VisibilityRules, own_objects: ObjectStore) -> None:
        self._sessions = sessions
        self._rules = rules
        self._own_objects = own_objects

    async def open(self, viewer: Principal, bucket: str, table: str) -> OpenedTable:
        """Raises BucketNotFound, TableNotFound or TableRefused."""
        async with transaction(self._sessions) as session:
            # Packages of Quilt 2 have readers of their own, whatever the instance allows.
            is_open = OPEN_QUERY in await SwitchStore(session).enabled() and not self._rules.of(viewer).is_shared(
                bucket
            )
            reading = _with_bucket(viewer, bucket) if is_open else viewer
            await BucketStore(session, self._rules).get(reading, bucket)
            tables = (await TabulatorStore(session).tables([bucket])).get(bucket, [])
        config = next((each.config for each in tables if each.name == table), None)
        if config is None:
            raise TableNotFound(f"There is no table {table} in bucket {bucket}")
        document = TableDocument(TabulatorDocument.model_validate(load_yaml(config)))
        return OpenedTable(document, reading, self._own_objects if is_open else None)


def _with_bucket(viewer: Principal, bucket: str) -> Principal:
    permissions = {**viewer.permissions, bucket: viewer.permissions.get(bucket, Level.READ)}
    return viewer.model_copy(update={"permissions": permissions})


def _compiled(field: str, expression: str) -> "regex.Pattern[str]":
    try:
        return regex.compile(expression)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise TableRefused(field, [f"The expression {expression[:100]} cannot be read: {error}"]) from error


def _search(expression: "regex.Pattern[str]", text: str) -> "regex.Match[str] | None":
    try:
        return expression.search(text, timeout=MATCH_SECONDS)
    except TimeoutError:
        raise SqlLimitReached(
            f"The expression {expression.pattern[:100]} takes too long to be compared with {text[:100]}",
            limit="seconds",
        ) from None
