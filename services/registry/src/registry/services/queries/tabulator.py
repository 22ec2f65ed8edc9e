"""Tables over the files of packages: permissions and validation of their documents."""

import asyncio

from pydantic import TypeAdapter, ValidationError

from registry.db.buckets import BucketStore
from registry.db.tabulator import SwitchStore, TabulatorStore
from registry.errors import TableRefused, UnknownRule
from shared.audit import AuditQueue
from shared.permissions import require_writer
from shared.schemas.principal import Principal
from shared.schemas.tabulator import (
    InstanceSettings,
    InstanceSettingsUpdate,
    TableName,
    TabulatorDocument,
    TabulatorTable,
)
from shared.yaml_documents import YamlRefused, load_yaml

EVENT_RULES = ("health-omics", "ro-crate")
"""Names of the packaging rules."""
OPEN_QUERY = "tabulator-open-query"
"""Switch: tables are queried with the rights of the instance."""
_RULE = "event-rule:"
_NAME: TypeAdapter[str] = TypeAdapter(TableName)


class TabulatorService:
    def __init__(self, buckets: BucketStore, tables: TabulatorStore, trail: AuditQueue | None = None) -> None:
        self._buckets = buckets
        self._tables = tables
        self._trail = trail

    async def list(self, viewer: Principal, bucket: str) -> list[TabulatorTable]:
        found = await self._buckets.get(viewer, bucket)
        return (await self._tables.tables([found.name])).get(found.name, [])

    async def set(self, viewer: Principal, bucket: str, name: str, config: str | None) -> None:
        """Set a table, or remove it if `config` is None. To remove a missing table is no error."""
        await self._require_writable(viewer, bucket)
        if config is None:
            await self._tables.remove(bucket, name)
        else:
            _require_name("tableName", name)
            await asyncio.to_thread(_require_document, config)
            await self._tables.put(bucket, name, config)
        self._record("Set" if config is not None else "Delete", bucket, name)

    async def rename(self, viewer: Principal, bucket: str, name: str, new_name: str) -> None:
        await self._require_writable(viewer, bucket)
        _require_name("newTableName", new_name)
        await self._tables.rename(bucket, name, new_name)
        self._record("Rename", bucket, name)

    def _record(self, operation: str, bucket: str, name: str) -> None:
        if self._trail:
            self._trail.put(f"Tabulator.{operation}", f"table:{bucket}/{name}")

    async def _require_writable(self, viewer: Principal, bucket: str) -> None:
        """Allow administrators and writers. Raises BucketNotFound or NotAWriter."""
        if viewer.is_admin and await self._buckets.is_registered(bucket):
            return
        await self._buckets.get(viewer, bucket)
        require_writer(viewer, bucket)


class SwitchService:
    def __init__(self, switches: SwitchStore, trail: AuditQueue | None = None) -> None:
        self._switches = switches
        self._trail = trail

    async def get(self) -> InstanceSettings:
        on = await self._switches.enabled()
        return InstanceSettings(
            tabulator_open_query=OPEN_QUERY in on, event_rules={name: _RULE + name in on for name in EVENT_RULES}
        )

    async def update(self, wanted: InstanceSettingsUpdate) -> InstanceSettings:
        rules = wanted.event_rules or {}
        unknown = sorted(rules.keys() - set(EVENT_RULES))
        if unknown:
            raise UnknownRule(f"There is no rule {unknown[0][:100]}. Rules are: {', '.join(EVENT_RULES)}")
        switches = {_RULE + name: on for name, on in rules.items()}
        if wanted.tabulator_open_query is not None:
            switches[OPEN_QUERY] = wanted.tabulator_open_query
        await self._switches.set_switches(switches)
        if self._trail:
            for name, on in switches.items():
                self._trail.put("Settings.TurnOn" if on else "Settings.TurnOff", name)
        return await self.get()


def _require_name(field: str, name: str) -> None:
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        raise TableRefused(
            field, ["A table's name has up to 255 letters, digits, _ and -, and starts with a letter"]
        ) from error


def _require_document(config: str) -> None:
    try:
        TabulatorDocument.model_validate(load_yaml(config))
    except YamlRefused as error:
        raise TableRefused("config", [str(error)]) from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:20]]
        raise TableRefused("config", problems) from error
